import nock from "nock";
import { expect, test } from "vitest";
import type { Order } from "../../src/runflow/client.ts";
import { ServiceProblem } from "../../src/runflow/problem.ts";
import { WireError } from "../../src/runflow/wire-error.ts";
import { apiUrl, nockClient, useNock } from "./nock-client.ts";

useNock();

const ownerPath = "/v1/models/black-forest-labs/flux-1-1-pro-ultra/runs";
const shortPath = "/v1/models/flux-1-1-pro-ultra/runs";

const order: Order = {
	model: "black-forest-labs/flux-1-1-pro-ultra",
	body: '{"input":{"prompt":"a gärden","seed":42},"client_ref":"ref-1"}',
	idempotencyKey: "ref-1",
};

const created = { id: "run-1", status_code: "queued" };
const unknownModel = { code: "MODEL_NOT_FOUND", message: "no such model" };

test("an order goes to the owner's path with the key, the reference and who we are", async () => {
	nock(apiUrl, {
		reqheaders: {
			accept: "application/json",
			authorization: "Bearer rf_live_secret",
			"content-type": "application/json",
			"idempotency-key": "ref-1",
			"user-agent": "flux-ultra/0.0.0",
		},
	})
		.post(ownerPath, order.body)
		.reply(201, created);
	const client = await nockClient();
	expect(await client.createRun(order)).toMatchObject({
		id: "run-1",
		state: "queued",
	});
});

test.each([200, 201, 202])("a run may come with HTTP %i", async (status) => {
	nock(apiUrl).post(ownerPath).reply(status, created);
	const client = await nockClient();
	expect((await client.createRun(order)).id).toBe("run-1");
});

test("the same order is sent with the same bytes and the same reference each time", async () => {
	const seen: unknown[] = [];
	nock(apiUrl)
		.post(ownerPath)
		.times(2)
		.reply(function (_path, body) {
			seen.push([this.req.headers["idempotency-key"], body]);
			return [201, created];
		});
	const client = await nockClient();
	await client.createRun(order);
	await client.createRun(order);
	const once = ["ref-1", JSON.parse(order.body)];
	expect(seen).toEqual([once, once]);
});

test("a service that answers 404 to the owner's path is asked once by the short one, and then by that alone", async () => {
	nock(apiUrl).post(ownerPath).once().reply(404, unknownModel);
	nock(apiUrl, { reqheaders: { "idempotency-key": "ref-1" } })
		.post(shortPath, order.body)
		.times(2)
		.reply(201, created);
	const client = await nockClient();
	await client.createRun(order);
	await client.createRun(order);
});

test("a model that answered by the owner's path is never asked by the short one", async () => {
	nock(apiUrl).post(ownerPath).reply(201, created);
	nock(apiUrl).post(ownerPath).reply(404, unknownModel);
	const client = await nockClient();
	await client.createRun(order);
	await expect(client.createRun(order)).rejects.toMatchObject({ status: 404 });
});

test("a model of more segments keeps all but the owner in the short form", async () => {
	nock(apiUrl)
		.post("/v1/models/bytedance/seedance/2.0/fast/runs")
		.reply(404, "<html>");
	nock(apiUrl).post("/v1/models/seedance/2.0/fast/runs").reply(201, created);
	const client = await nockClient();
	const model = "bytedance/seedance/2.0/fast";
	await client.createRun({ ...order, model });
});

test("where neither path is known, the answer to the documented one is told", async () => {
	nock(apiUrl).post(ownerPath).reply(404, unknownModel);
	nock(apiUrl).post(shortPath).reply(404, { message: "not found" });
	const client = await nockClient();
	await expect(client.createRun(order)).rejects.toMatchObject({
		status: 404,
		code: "MODEL_NOT_FOUND",
		message: "no such model",
	});
});

test("what goes wrong on the short path is told as it is, because it may have bought", async () => {
	nock(apiUrl).post(ownerPath).reply(404, unknownModel);
	nock(apiUrl)
		.post(shortPath)
		.replyWithError(Object.assign(new Error(), { code: "ECONNRESET" }));
	const client = await nockClient();
	await expect(client.createRun(order)).rejects.toMatchObject({
		mayHaveArrived: true,
	});
});

test.each([
	["a 404 about a run", 404, { code: "RUN_NOT_FOUND" }],
	["a refused key", 401, { code: "UNAUTHORIZED" }],
	["a conflict", 409, { code: "CONFLICT" }],
	["an internal error", 500, {}],
])("%s is no reason to try the short path", async (_what, status, body) => {
	nock(apiUrl).post(ownerPath).reply(status, body);
	const client = await nockClient();
	await expect(client.createRun(order)).rejects.toMatchObject({ status });
});

test.each([
	["HTML", "<html><h1>Gateway</h1>", "text/html"],
	["nothing", "", "application/json"],
	["half of the JSON", '{"id":"run-', "application/json"],
	["JSON without an id", '{"status_code":"queued"}', "application/json"],
	["JSON with an empty id", '{"id":""}', "application/json"],
	["a list", '[{"id":"run-1"}]', "application/json"],
	["null", "null", "application/json"],
])(
	"a 201 of %s does not say what the service did",
	async (_what, text, type) => {
		nock(apiUrl)
			.post(ownerPath)
			.reply(201, text, { "content-type": type, "x-request-id": "req-9" });
		const client = await nockClient();
		const error = await client.createRun(order).catch((thrown) => thrown);
		expect(error).toBeInstanceOf(ServiceProblem);
		expect(error).toMatchObject({
			status: 201,
			requestId: "req-9",
			fromService: false,
		});
	},
);

test("a reset connection is an error of the wire that may have bought", async () => {
	nock(apiUrl)
		.post(ownerPath)
		.replyWithError(Object.assign(new Error("gone"), { code: "ECONNRESET" }));
	const client = await nockClient();
	const error = await client.createRun(order).catch((thrown) => thrown);
	expect(error).toBeInstanceOf(WireError);
	expect(error).toMatchObject({
		message: "connection reset: api.runflow.test",
		mayHaveArrived: true,
	});
});

test("a sandbox is known by its header, after any answer", async () => {
	nock(apiUrl).post(ownerPath).reply(500, {}, { "x-flux-ultra-sandbox": "1" });
	const client = await nockClient();
	expect(client.isSandbox()).toBe(false);
	await expect(client.createRun(order)).rejects.toThrow();
	expect(client.isSandbox()).toBe(true);
});
