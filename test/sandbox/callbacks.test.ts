import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { buy, call, start } from "./start.ts";

interface Delivery {
	readonly headers: IncomingHttpHeaders;
	readonly body: string;
}

/** Somebody who is called back. Answers with the statuses given, in turn, then with 204. */
async function listen(...statuses: readonly number[]) {
	const deliveries: Delivery[] = [];
	const left = [...statuses];
	const waiting = new Set<() => void>();
	const server = createServer(async (request, response) => {
		const chunks: Buffer[] = [];
		for await (const chunk of request as AsyncIterable<Buffer>)
			chunks.push(chunk);
		deliveries.push({
			headers: request.headers,
			body: Buffer.concat(chunks).toString(),
		});
		response.writeHead(left.shift() ?? 204).end();
		for (const wake of waiting) wake();
	});
	await new Promise<void>((resolve) =>
		server.listen(0, "127.0.0.1", () => resolve()),
	);
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
		deliveries,
		async count(wanted: number): Promise<readonly Delivery[]> {
			while (deliveries.length < wanted)
				await new Promise<void>((resolve) => waiting.add(resolve));
			return deliveries;
		},
	};
}

async function secretOf(sandbox: Sandbox): Promise<string> {
	const body = { label: "test" };
	const { json } = await call(sandbox, "/v1/callback-secrets", { body });
	return String(json.plain_secret);
}

function sign(secret: string, body = ""): string {
	return createHmac("sha256", secret).update(body).digest("hex");
}

test("the end of a run is told, with links that work and a signature of the raw body", async () => {
	const listener = await listen();
	const sandbox = await start();
	const secret = await secretOf(sandbox);
	const { json } = await buy(sandbox, {
		callback_url: listener.url,
		metadata: { job: "7" },
	});
	const [delivery] = await listener.count(1);
	const told = JSON.parse(delivery?.body ?? "");

	expect(secret).toMatch(/^whsec_/);
	expect(told).toEqual({
		event: "run.completed",
		run_id: json.id,
		status: "succeeded",
		output: expect.objectContaining({ seed: 42 }),
		duration_ms: expect.any(Number),
		created_at: String(json.created_at).replace("Z", "+00:00"),
		completed_at: expect.stringMatching(/\+00:00$/),
		metadata: { job: "7" },
	});
	expect(delivery?.headers).toMatchObject({
		"runflow-signature": sign(secret, delivery?.body),
		"runflow-request-id": expect.any(String),
		"content-type": "application/json",
	});
	expect((await fetch(told.output.outputs[0].url)).status).toBe(200);
});

const moderated = {
	code: "CONTENT_MODERATED",
	message: expect.any(String),
	errors: null,
};

test.each([
	["moderated", "run.failed", "failed", moderated],
	["canceled", "run.cancelled", "canceled", null],
	["partial", "run.partial_succeeded", "partial_succeeded", expect.anything()],
])("%s is told as %s", async (fault, event, status, output) => {
	const listener = await listen();
	const sandbox = await start({ faults: [fault] });
	await buy(sandbox, { callback_url: listener.url });
	const [delivery] = await listener.count(1);

	expect(JSON.parse(delivery?.body ?? "")).toMatchObject({
		event,
		status,
		output,
	});
});

test("without a secret there is no signature", async () => {
	const listener = await listen();
	const sandbox = await start();
	await buy(sandbox, { callback_url: listener.url });
	const [delivery] = await listener.count(1);

	expect(delivery?.headers).not.toHaveProperty("runflow-signature");
});

test("the newest secret signs", async () => {
	const listener = await listen();
	const sandbox = await start();
	await secretOf(sandbox);
	const newest = await secretOf(sandbox);
	await buy(sandbox, { callback_url: listener.url });
	const [delivery] = await listener.count(1);

	expect(delivery?.headers["runflow-signature"]).toBe(
		sign(newest, delivery?.body),
	);
});

test("what is not answered with 2xx is delivered again", async () => {
	const listener = await listen(500);
	const sandbox = await start({ callbackRetryMs: [5] });
	await buy(sandbox, { callback_url: listener.url });
	const [first, second] = await listener.count(2);

	expect(second?.body.replace(/\?[^"]*/, "")).toBe(
		first?.body.replace(/\?[^"]*/, ""),
	);
});

test("a delivery is on record, and can be asked for again", async () => {
	const listener = await listen(500);
	const told: string[] = [];
	const sandbox = await start({
		callbackRetryMs: [],
		onRequest: ({ port }) => told.push(port),
	});
	const { json } = await buy(sandbox, { callback_url: listener.url });
	await vi.waitFor(() => expect(told).toContain("callback"), {
		interval: 2,
		timeout: 60_000,
	});
	const path = `/v1/runs/${json.id}`;
	const again = await call(sandbox, `${path}/callback-redeliveries`, {
		body: {},
	});
	const deliveries = await listener.count(2);
	const { json: record } = await call(sandbox, `${path}/callback`);

	expect([again.status, again.json]).toMatchObject([
		201,
		{ run_id: json.id, id: record.items?.[1]?.id },
	]);
	expect(record.items?.[0]).toEqual({
		id: expect.any(String),
		status_code: "failed",
		response_status: 500,
		created_at: expect.any(String),
	});
	expect(
		new Set(deliveries.map(({ body }) => JSON.parse(body).run_id)),
	).toEqual(new Set([json.id]));
});

test("what has not ended, or asked for no callback, is not delivered again", async () => {
	const sandbox = await start({ faults: ["stuck@2"] });
	const { json: silent } = await buy(sandbox);
	const { json: open } = await buy(sandbox, {
		callback_url: "http://127.0.0.1:9/",
	});
	const ask = (id: unknown) =>
		call(sandbox, `/v1/runs/${id}/callback-redeliveries`, { body: {} });

	expect((await ask(silent.id)).json.code).toBe("CONFLICT");
	expect((await ask(open.id)).json.code).toBe("CONFLICT");
	expect((await ask("nothing")).status).toBe(404);
});

test("a secret needs a label", async () => {
	const sandbox = await start();
	const { status } = await call(sandbox, "/v1/callback-secrets", { body: {} });

	expect(status).toBe(422);
});

test("lost: never sent", async () => {
	const listener = await listen();
	const sandbox = await start({ faults: ["lost@1"] });
	await buy(sandbox, { callback_url: listener.url, metadata: "first" });
	await buy(sandbox, { callback_url: listener.url, metadata: "second" });
	await listener.count(1);

	expect(
		listener.deliveries.map(({ body }) => JSON.parse(body).metadata),
	).toEqual(["second"]);
});

test("twice: sent again after it was answered", async () => {
	const listener = await listen();
	const sandbox = await start({ faults: ["twice"] });
	await buy(sandbox, { callback_url: listener.url });

	expect(await listener.count(2)).toHaveLength(2);
});

test("late: sent some time after the end", async () => {
	const listener = await listen();
	const sandbox = await start({ faults: ["late=30ms"] });
	const startedAt = performance.now();
	await buy(sandbox, { callback_url: listener.url });
	await listener.count(1);

	expect(performance.now() - startedAt).toBeGreaterThan(25);
});

test("forged: says failed, signed with another secret", async () => {
	const listener = await listen();
	const sandbox = await start({ faults: ["forged"] });
	const secret = await secretOf(sandbox);
	await buy(sandbox, { callback_url: listener.url });
	const [delivery] = await listener.count(1);

	expect(JSON.parse(delivery?.body ?? "").event).toBe("run.failed");
	expect(delivery?.headers["runflow-signature"]).toMatch(/^[\da-f]{64}$/);
	expect(delivery?.headers["runflow-signature"]).not.toBe(
		sign(secret, delivery?.body),
	);
});

test("bare: without a signature, although there is a secret", async () => {
	const listener = await listen();
	const sandbox = await start({ faults: ["bare"] });
	await secretOf(sandbox);
	await buy(sandbox, { callback_url: listener.url });
	const [delivery] = await listener.count(1);

	expect(delivery?.headers).not.toHaveProperty("runflow-signature");
});

test("callback:garbage: rightly signed, and no JSON", async () => {
	const listener = await listen();
	const sandbox = await start({ faults: ["callback:garbage"] });
	const secret = await secretOf(sandbox);
	await buy(sandbox, { callback_url: listener.url });
	const [delivery] = await listener.count(1);

	expect(delivery?.body).toBe("<callback/>");
	expect(delivery?.headers["runflow-signature"]).toBe(
		sign(secret, delivery?.body),
	);
});
