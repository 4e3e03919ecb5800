import { type IncomingMessage, request } from "node:http";
import { json } from "node:stream/consumers";
import { expect, test } from "vitest";
import { call, start } from "../sandbox/start.ts";

const ultra = "black-forest-labs/flux-1-1-pro-ultra";

test.each([
	{ AUTHORIZATION: "BEARER k", "CONTENT-TYPE": "application/json" },
	{ authorization: "bearer k", "content-type": "application/json" },
	{
		Authorization: "Bearer k",
		"Content-Type": "application/json; charset=utf-8",
	},
])("headers %j, and null for everything that is not said", async (headers) => {
	const sandbox = await start({ anyKey: true });
	const sent = request(`${sandbox.apiUrl}/v1/models/${ultra}/runs`, {
		method: "POST",
		headers: { ...headers, Accept: "*/*" },
	});
	const answered = new Promise<IncomingMessage>((resolve, reject) => {
		sent.on("error", reject);
		sent.on("response", resolve);
	});
	const body = JSON.stringify({
		input: { prompt: "a garden", seed: null },
		callback_url: null,
		metadata: null,
		client_ref: null,
	});
	// Begun before its length is known: it goes out in chunks.
	sent.write(body.slice(0, 20));
	sent.end(body.slice(20));
	const answer = await answered;

	expect(answer.statusCode).toBe(201);
	expect(await json(answer)).toMatchObject({
		status_code: "queued",
		client_ref: null,
		metadata: null,
	});
});

test("a key is all that a request needs to be answered", async () => {
	const sandbox = await start({ anyKey: true });
	for (const path of [
		"/v1/credit-balances",
		"/v1/billing/balance",
		"/v1/auth/me",
		"/v1/runs",
		`/v1/models/${ultra}`,
		`/v1/models/${encodeURIComponent(ultra)}`,
	]) {
		const { status } = await call(sandbox, path);
		expect([path, status]).toEqual([path, 200]);
	}
});
