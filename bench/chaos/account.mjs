import { createHash, createHmac, randomUUID } from "node:crypto";
import sharp from "sharp";

export const callbackSecret = "whsec_chaos";

/** What the service knows, of all accounts: everything that happened is held against it at the end. */
export function createAccount(random, faults) {
	const runs = new Map();
	const byKey = new Map();
	const strikes = (name) => random.chance(faults[name] ?? 0);

	function createRun(model, order, { owner, key, connection }) {
		const nowMs = Date.now();
		const images = order.input.num_images ?? 1;
		const run = {
			...{ id: randomUUID(), owner, model, order, images, connection },
			/** Our client's own name of the order. */
			ref: order.metadata?.job ?? order.client_ref,
			createdAtMs: nowMs,
			endsAtMs: nowMs + random.between(...faults.runMs),
			fails: strikes("fail"),
			billMicros: Math.round(priceOf(model, images) * faults.billRatio),
		};
		runs.set(run.id, run);
		byKey.set(`${owner} ${key}`, run);
		return run;
	}

	return {
		...{ runs, faults, strikes, createRun, assets: new Map() },
		/** Of each order, taken or not, the connection that it came by. */
		orders: [],
		knownBy: (owner, key) =>
			faults.honoursKeys ? byKey.get(`${owner} ${key}`) : undefined,
		/** Runs that succeeded, or will. */
		billed: () => [...runs.values()].filter(({ fails }) => !fails),
		/** Each image that was made, by the sha256 of its bytes: its run, and which of that run it is. */
		async pictures() {
			const sums = new Map();
			for (const run of runs.values())
				for (let at = 1; at <= run.images; at += 1)
					if (!run.fails)
						sums.set(sha256(await pictureOf(run, at)), { run, at });
			return sums;
		},
	};
}

/** A run as the API shows it. */
export function viewOf(run, { linkMs }, base) {
	const hasEnded = Date.now() >= run.endsAtMs;
	const status = !hasEnded ? "running" : run.fails ? "failed" : "succeeded";
	const done = status === "succeeded";
	const { input, metadata = {}, client_ref = null } = run.order;
	const outputs = Array.from({ length: run.images }, (_, at) => ({
		url: `${base}/files/${run.id}/${at + 1}?until=${Date.now() + linkMs}&sig=${randomUUID()}`,
		type: "image",
	}));
	return {
		...{ id: run.id, status_code: status, input, metadata, client_ref },
		created_at: new Date(run.createdAtMs).toISOString(),
		completed_at: hasEnded ? new Date(run.endsAtMs).toISOString() : null,
		output: done
			? { outputs, seed: input.seed ?? null, nsfw_detected: null }
			: {},
		cost: done ? (run.billMicros / 1e6).toFixed(6) : null,
		...(status === "failed" && {
			failure_code: "WORKER_LOST",
			failure_message: "the worker went away",
		}),
	};
}

/** Tells whoever asked to be called that a run has ended. */
export async function callBack(run, { output }) {
	const { callback_url: url, metadata } = run.order;
	const text = JSON.stringify({
		event: run.fails ? "run.failed" : "run.completed",
		...{ run_id: run.id, status: run.fails ? "failed" : "succeeded" },
		...{ output, duration_ms: 100, metadata },
	});
	const signature = createHmac("sha256", callbackSecret)
		.update(text)
		.digest("hex");
	const headers = {
		"content-type": "application/json",
		"runflow-signature": signature,
	};
	await fetch(url, { method: "POST", headers, body: text }).catch(() => {});
}

const known = new Map();

/** A picture like no other, of a few hundred bytes. */
export async function pictureOf({ id, order }, at) {
	const name = `${id}/${at}`;
	const raw = Buffer.concat(
		Array.from({ length: 24 }, (_, row) =>
			createHash("sha256").update(`${name}/${row}`).digest(),
		),
	);
	const picture =
		known.get(name) ??
		sharp(raw, { raw: { width: 16, height: 16, channels: 3 } })
			.toFormat(order.input.output_format ?? "jpeg")
			.toBuffer();
	known.set(name, picture);
	return picture;
}

/** As the documents have it, in micro-dollars. */
function priceOf(model, images) {
	if (model.includes("lightning")) return 3_000;
	if (model.includes("klein")) return 6_000 * images;
	return 60_000;
}

export function sha256(bytes) {
	return createHash("sha256").update(bytes).digest("hex");
}
