import { createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { outputOf } from "./api/output.ts";
import { iso, offsetTime, runFacts, spelled } from "./api/run-view.ts";
import type { ActiveFaults } from "./faults/injector.ts";
import { pause } from "./server/answers.ts";
import type { LogRequest } from "./server/listener.ts";
import type { Service } from "./service.ts";
import { requestId } from "./state/ids.ts";
import { endings, shownAt } from "./state/progress.ts";
import type { RunRecord } from "./state/records.ts";
import type { Store } from "./state/store.ts";

/** Calls back at the end of runs. */
export interface CallbackSender {
	/** Watches a run that this process has created, if somebody wants to be called back. */
	expect(run: RunRecord): void;
	/** Calls back at once for a run that has ended. */
	redeliver(run: RunRecord): Delivery;
	/** What was sent of a run so far, the eldest first. */
	deliveriesOf(run: RunRecord): readonly Delivery[];
	/** Gives up everything that is on its way. */
	stop(): void;
}

/** One callback, on its way or answered. */
export interface Delivery {
	readonly id: string;
	/** Milliseconds since 1970. */
	readonly at: number;
	/** Status of the answer, 0 where there was none; undefined as long as it is open. */
	status?: number;
}

export function createCallbackSender(
	service: Omit<Service, "callbackSender">,
	log: LogRequest,
	// "A few times" (vendor documentation); the waits are inferred.
	retryMs: readonly number[] = [1_000, 4_000, 15_000],
): CallbackSender {
	const leaving = new AbortController();
	const later = async (ms: number, task: () => unknown) => {
		await pause(ms);
		if (!leaving.signal.aborted) task();
	};
	const deliveries = new Map<string, Delivery[]>();
	const deliveriesOf = ({ id }: RunRecord) => deliveries.get(id) ?? [];

	const deliver = async (run: RunRecord, faults: ActiveFaults, attempt = 0) => {
		const delivery: Delivery = { id: service.newId(), at: service.now() };
		deliveries.set(run.id, [...deliveriesOf(run), delivery]);
		const body = await makeBody(run, service, faults);
		const headers = {
			"content-type": "application/json",
			"content-length": String(body.length),
			"runflow-request-id": requestId(),
			"x-flux-ultra-sandbox": "1",
			...signature(body, service.store, faults),
		};
		const url = run.callbackUrl ?? "";
		const entry = log("callback", { method: "POST", url });
		faults.told.forEach(entry.note);
		const status = await post(url, headers, body, leaving.signal).catch(
			(error: unknown) => {
				entry.note(error instanceof Error ? error.message : String(error));
				return 0;
			},
		);
		if (leaving.signal.aborted) return;
		delivery.status = status;
		entry.done(status);
		const isTaken = status >= 200 && status < 300;
		const again = faults.has("twice") && attempt === 0 ? 0 : undefined;
		const waitMs = isTaken ? again : retryMs[attempt];
		if (waitMs !== undefined)
			later(waitMs, () => deliver(run, faults, attempt + 1));
	};

	const start = (run: RunRecord) => {
		const faults = service.injector.next(["callback"]);
		if (faults.has("lost")) return;
		later(faults.timeOf("late") ?? 0, () => deliver(run, faults));
	};

	return {
		expect(run) {
			if (run.callbackUrl === null || run.outcome === "stuck") return;
			const wait = () => {
				const leftMs = shownAt(run) - service.now();
				// A timer may fire a moment early, and cannot be set for more than 24 days.
				if (leftMs > 0) later(Math.min(leftMs, 2 ** 30), wait);
				else start(run);
			};
			wait();
		},
		redeliver(run) {
			void deliver(run, service.injector.next(["callback"]));
			return deliveriesOf(run).at(-1) as Delivery;
		},
		deliveriesOf,
		stop: () => leaving.abort(),
	};
}

/** The body of a callback (vendor documentation). */
async function makeBody(
	run: RunRecord,
	service: Parameters<typeof createCallbackSender>[0],
	faults: ActiveFaults,
): Promise<Buffer> {
	if (faults.has("garbage")) return Buffer.from("<callback/>");
	const now = service.now();
	const { status_code, duration_ms, completed_at } = runFacts(run, now);
	const { event, failure } = endings[run.outcome];
	// An envelope on failure, null on cancel.
	const output = failure
		? { code: failure.code, message: failure.message, errors: null }
		: await outputOf(service, run, now, "signed");
	return Buffer.from(
		JSON.stringify({
			event,
			run_id: run.id,
			status: spelled(status_code, faults),
			output,
			duration_ms,
			created_at: offsetTime(iso(run.createdAt)),
			completed_at: offsetTime(completed_at),
			metadata: run.metadata,
			...(faults.has("forged") && forgery),
		}),
	);
}

const forgery = { event: "run.failed", status: "failed", output: null };

/** HMAC-SHA256 of the raw body in hex, by the newest secret, where one is registered (vendor documentation). */
function signature(
	body: Buffer,
	{ secrets }: Store,
	faults: ActiveFaults,
): Record<string, string> {
	const known = secrets.at(-1)?.secret;
	if (known === undefined || faults.has("bare")) return {};
	const secret = faults.has("forged") ? randomBytes(16).toString("hex") : known;
	return {
		"runflow-signature": createHmac("sha256", secret)
			.update(body)
			.digest("hex"),
	};
}

/** "A few seconds" (vendor documentation). */
const answerWithinMs = 5_000;

/** Sends one callback. Resolves with the status of its answer. */
async function post(
	url: string,
	headers: Readonly<Record<string, string>>,
	body: Buffer,
	stopping: AbortSignal,
): Promise<number> {
	const request = url.startsWith("https:")
		? (await import("node:https")).request
		: httpRequest;
	const signal = AbortSignal.any([
		stopping,
		AbortSignal.timeout(answerWithinMs),
	]);
	const sent = request(url, { method: "POST", headers, agent: false, signal })
		.on("error", () => {})
		.on("socket", (socket) => socket.unref())
		.end(body);
	const [answer] = await once(sent, "response");
	answer.resume();
	return answer.statusCode ?? 0;
}
