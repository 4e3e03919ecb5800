import nock from "nock";
import { describe, expect, test } from "vitest";
import type { Reference } from "../../src/runflow/listing.ts";
import { apiUrl, nockClient, useNock } from "./nock-client.ts";

useNock();

const exact = "client_ref.EQ:'ref-1'";
const documented = "client_ref='ref-1'";

const mine = { id: "run-1", status_code: "queued", client_ref: "ref-1" };
const other = { id: "run-2", status_code: "queued", client_ref: "ref-2" };

/** An order of which the listing must tell by one name alone. */
const alone = { ref: "ref-1", clientRef: "ref-1" };

/** What official code asks for. */
const fields =
	"id,status_code,client_ref,output,input,cost,duration_ms,created_at";
const sharedFields = fields.replace("client_ref", "client_ref,metadata");
const sort_by = "created_at:asc";

/** Stubs an answer to a question about the runs of one `client_ref`. */
function stubListing(
	q: string,
	status: number,
	body: nock.Body,
	params: Readonly<Record<string, string>> = { fields, limit: "100" },
): void {
	nock(apiUrl)
		.get("/v1/runs")
		.query({ q, sort_by, ...params })
		.reply(status, body);
}

/** Stubs the refusal of every way to ask in one form. */
function stubRefusals(q: string, status: number, body: nock.Body): void {
	stubListing(q, status, body);
	stubListing(q, status, body, { limit: "100" });
	stubListing(q, status, body, {});
}

async function findRuns(...pages: nock.Body[]) {
	for (const [at, page] of pages.entries())
		stubListing(exact, 200, page, {
			...{ fields, limit: "100" },
			...(at > 0 && { pq: `page-${at + 1}` }),
		});
	return find(alone);
}

async function find(reference: Reference) {
	const { runs, complete } = await (await nockClient()).findRuns(reference);
	return { ids: runs.map(({ id }) => id), complete };
}

describe("findRuns", () => {
	test("asks for the reference by exact match", async () => {
		expect(await findRuns({ items: [mine], next: null })).toEqual({
			ids: ["run-1"],
			complete: true,
		});
	});

	test("an empty list is proof that there is no such run", async () => {
		expect(await findRuns({ items: [] })).toEqual({ ids: [], complete: true });
	});

	test("a run is ours by `metadata.job` as well", async () => {
		const renamed = { ...other, metadata: { job: "ref-1" } };
		expect(await findRuns({ items: [renamed] })).toEqual({
			ids: ["run-2"],
			complete: true,
		});
	});

	test("runs of others show that the filter was passed over: then nothing is proven", async () => {
		expect(await findRuns({ items: [other, mine] })).toEqual({
			ids: ["run-1"],
			complete: false,
		});
	});

	test("runs without their reference prove nothing", async () => {
		expect(await findRuns({ items: [{ id: "run-1" }] })).toEqual({
			ids: [],
			complete: false,
		});
	});

	test("of a `client_ref` that many share, ours is the one with our name in `metadata.job`", async () => {
		const run = (id: string, job: string) => ({
			id,
			client_ref: "ref-1",
			metadata: { job },
		});
		const items = [run("a", "job-1"), run("b", "job-2"), run("c", "job-3")];
		const look = async (ref: string) => {
			const asked = { fields: sharedFields, limit: "100" };
			stubListing(exact, 200, { items }, asked);
			return find({ ref, clientRef: "ref-1" });
		};
		expect(await look("job-2")).toEqual({ ids: ["b"], complete: true });
		expect(await look("job-4")).toEqual({ ids: [], complete: true });
	});

	describe("of a `client_ref` that many share", () => {
		const shared = { ref: "job-1", clientRef: "ref-1" };
		const nameless = { items: [{ id: "a", client_ref: "ref-1" }] };
		const asked = { fields: sharedFields, limit: "100" };

		test("a service that passes `metadata` over is asked for whole runs", async () => {
			stubListing(exact, 200, nameless, asked);
			const whole = { ...nameless.items[0], metadata: { job: "job-1" } };
			stubListing(exact, 200, { items: [whole] }, { limit: "100" });
			expect(await find(shared)).toEqual({ ids: ["a"], complete: true });
		});

		test("a run without `metadata` may be ours: nothing is proven", async () => {
			stubListing(exact, 200, nameless, asked);
			stubListing(exact, 200, nameless, { limit: "100" });
			expect(await find(shared)).toEqual({ ids: [], complete: false });
		});
	});

	test.each(["next", "next_pq"])(
		"reads on where `%s` names a further page",
		async (name) => {
			const pages = [
				{ items: [{ ...mine, id: "a" }], [name]: "page-2" },
				{ items: [{ ...mine, id: "b" }], [name]: "page-3" },
				{ items: [{ ...mine, id: "c" }], [name]: null },
			];
			expect(await findRuns(...pages)).toEqual({
				ids: ["a", "b", "c"],
				complete: true,
			});
		},
	);

	test.each([
		["a page that names itself", { items: [mine], next: "page-2" }],
		["an empty page that names another", { items: [], next: "page-3" }],
	])("%s ends the search without proof", async (_what, second) => {
		const first = { items: [mine], next: "page-2" };
		expect(await findRuns(first, second)).toMatchObject({ complete: false });
	});

	test.each([
		["next", 2],
		["next_pq", { pq: "abc" }],
	])(
		"a further page that cannot be asked for (%s: %j) may hold the run",
		async (name, cursor) => {
			const page = { items: [], [name]: cursor } as nock.Body;
			expect(await findRuns(page)).toEqual({ ids: [], complete: false });
		},
	);

	test.each([
		["next", null],
		["next_pq", null],
		["next", ""],
		["prev_pq", "abc"],
		["previous", "abc"],
		["first", "abc"],
	])("%s: %j is no further page", async (name, cursor) => {
		expect(await findRuns({ items: [], [name]: cursor })).toEqual({
			ids: [],
			complete: true,
		});
	});

	test.each([
		["no list", { runs: [] }, "an answer with no list of `items`"],
		[
			"a run without an id",
			{ items: [{ status_code: "queued" }] },
			"an answer with no `id` in the run",
		],
		["a list of ids", { items: ["run-1"] }, "an answer with no run object"],
		[
			"a list and nothing around it",
			["run-1"],
			'an answer that is not the API\'s (HTTP 200, application/json): ["run-1"]',
		],
	])("%s is an answer that says nothing", async (_what, body, message) => {
		await expect(findRuns(body)).rejects.toMatchObject({
			status: 200,
			fromService: false,
			message,
		});
	});

	test.each([400, 405, 414, 422])(
		"a service that refuses the form with %i is asked in the documented one, from then on",
		async (status) => {
			stubRefusals(exact, status, { code: "BAD_QUERY" });
			stubListing(documented, 200, { items: [mine] });
			stubListing(documented, 200, { items: [mine] });
			const client = await nockClient();
			expect((await client.findRuns(alone)).runs).toHaveLength(1);
			expect((await client.findRuns(alone)).runs).toHaveLength(1);
		},
	);

	test("a service that refuses `fields`, or `limit`, is asked without, from then on", async () => {
		const bad = { code: "BAD_QUERY" };
		const client = await nockClient();
		stubListing(exact, 422, bad);
		stubListing(exact, 200, { items: [mine] }, { limit: "100" });
		stubListing(exact, 200, { items: [mine] }, { limit: "100" });
		expect((await client.findRuns(alone)).runs).toHaveLength(1);
		expect((await client.findRuns(alone)).runs).toHaveLength(1);
		stubListing(exact, 400, bad, { limit: "100" });
		stubListing(exact, 200, { items: [mine] }, {});
		expect((await client.findRuns(alone)).runs).toHaveLength(1);
	});

	test("two that ask at once both come to the documented form", async () => {
		for (const _ of [1, 2]) {
			stubRefusals(exact, 400, {});
			stubListing(documented, 200, { items: [] });
		}
		const client = await nockClient();
		const both = [client.findRuns(alone), client.findRuns(alone)];
		expect(await Promise.all(both)).toEqual([
			{ runs: [], complete: true },
			{ runs: [], complete: true },
		]);
	});

	test("a service that refuses every way to ask says so, which is no proof", async () => {
		stubRefusals(exact, 422, {});
		stubRefusals(documented, 422, { code: "BAD_QUERY", message: "no q" });
		const client = await nockClient();
		await expect(client.findRuns(alone)).rejects.toMatchObject({
			status: 422,
			code: "BAD_QUERY",
		});
	});

	test.each([401, 403, 404, 429, 500, 503])(
		"%i is no reason for another form",
		async (status) => {
			stubListing(exact, status, {});
			const client = await nockClient();
			await expect(client.findRuns(alone)).rejects.toMatchObject({ status });
		},
	);
});

describe("listGroup", () => {
	test("reads the newest of one `client_ref`, a hundred a page", async () => {
		const params = { fields, limit: "100", sort_by: "created_at:desc" };
		const page = (from: number) =>
			Array.from({ length: 100 }, (_, at) => ({ ...mine, id: `${from + at}` }));
		const first = { items: page(0), next: "page-2" };
		stubListing(exact, 200, first, params);
		const second = { items: page(100), next: "page-3" };
		stubListing(exact, 200, second, { ...params, pq: "page-2" });
		const runs = await (await nockClient()).listGroup("ref-1", 150);
		expect(runs).toHaveLength(150);
	});

	test("passes over what is of another `client_ref`", async () => {
		const params = { fields, limit: "20", sort_by: "created_at:desc" };
		stubListing(exact, 200, { items: [mine, other] }, params);
		const runs = await (await nockClient()).listGroup("ref-1", 20);
		expect(runs.map(({ id }) => id)).toEqual(["run-1"]);
	});
});

describe("listRuns", () => {
	const stub = (status: number, query: object, body: nock.Body) =>
		nock(apiUrl)
			.get("/v1/runs")
			.query({ sort_by: "created_at:desc", ...query })
			.reply(status, body);
	const ids = async (limit: number) =>
		(await (await nockClient()).listRuns(limit)).map(({ id }) => id);

	test("asks for the newest", async () => {
		stub(200, { limit: "2" }, { items: [mine, other], next_pq: "abc" });
		expect(await ids(2)).toEqual(["run-1", "run-2"]);
	});

	test("asks without a limit where that is refused", async () => {
		stub(422, { limit: "1" }, {});
		stub(200, {}, { items: [mine, other] });
		expect(await ids(1)).toEqual(["run-1"]);
	});
});

test("readLogs gives lines, with nothing where the service says nothing", async () => {
	nock(apiUrl)
		.get("/v1/runs/run-1/logs")
		.reply(200, {
			items: [
				{ level_code: "info", message: "loading", timestamp: "2026-05-06" },
				{ message: null },
			],
		});
	expect(await (await nockClient()).readLogs("run-1")).toEqual([
		{ level: "info", message: "loading", timestamp: "2026-05-06" },
		{ level: "", message: "", timestamp: "" },
	]);
});

test.each([
	["JSON", { id: "me" }],
	["nothing", ""],
	["text", "ok"],
])("checkKey is content with a 200 of %s", async (_what, body) => {
	nock(apiUrl, { reqheaders: { authorization: "Bearer rf_live_secret" } })
		.get("/v1/auth/me")
		.reply(200, body);
	await (await nockClient()).checkKey();
});

test("checkKey fails where the key is refused", async () => {
	nock(apiUrl).get("/v1/auth/me").reply(401, { code: "UNAUTHORIZED" });
	await expect((await nockClient()).checkKey()).rejects.toMatchObject({
		status: 401,
		code: "UNAUTHORIZED",
	});
});
