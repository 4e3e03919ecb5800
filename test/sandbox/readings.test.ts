import { expect, test } from "vitest";
import { parseReadings } from "../../src/sandbox/faults/parse.ts";
import { readingTable } from "../../src/sandbox/faults/readings.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import {
	buy,
	buyAndRead,
	call,
	fakeNow,
	type Json,
	list,
	start,
	ultra,
} from "./start.ts";

/** A new run as it is read once it has ended, with what the faults make of it. */
async function read(reading: string, ...faults: readonly string[]) {
	const sandbox = await start({ as: [reading], faults });
	return buyAndRead(sandbox);
}

const link = expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/outputs\//);

test.each([
	["double-l", "run:canceled", { status_code: "cancelled" }],
	["cost-number", "", { cost: 0.06 }],
	[
		"offset-times",
		"",
		{ completed_at: expect.stringMatching(/\d\.\d{3}\+00:00$/) },
	],
	[
		"failure-reason",
		"run:moderated",
		{ failure_code: null, failure_reason: expect.stringContaining("blocked") },
	],
	[
		"failure-error",
		"run:moderated",
		{ failure_code: null, error: { message: expect.any(String) } },
	],
	[
		"failure-output",
		"run:moderated",
		{ failure_code: null, output: { code: "CONTENT_MODERATED" } },
	],
	["shape-image-list", "", { output: { image: [link] } }],
	["shape-image-url", "", { output: { image_url: link } }],
	[
		"shape-outputs-image-url",
		"",
		{ output: { outputs: [{ image_url: link }] } },
	],
	["shape-signed-url", "", { output: { signed_url: link } }],
	[
		"data-uris",
		"",
		{
			output: {
				outputs: [{ url: expect.stringMatching(/^data:image\/jpeg;/) }],
			},
		},
	],
])("%s, of a run with the fault %j", async (reading, fault, shown) => {
	expect(await read(reading, ...[fault].filter(Boolean))).toMatchObject(shown);
});

test("data-uris: the picture is in the run, and in no listing", async () => {
	const sandbox = await start({
		as: ["data-uris"],
		paint: async () => Buffer.from("painted"),
	});
	const run = await buyAndRead(sandbox);
	const runs = await call(sandbox, "/v1/runs");

	expect(run.output?.outputs?.[0]?.url).toBe(
		`data:image/jpeg;base64,${Buffer.from("painted").toString("base64")}`,
	);
	expect(runs.json.items?.[0]?.output).toBeNull();
});

test("short-links: a link lives 60 s, or as long as the fault says", async () => {
	const time = fakeNow();
	const sandbox = await start({ now: time.now, as: ["short-links"] });
	const run = await buyAndRead(sandbox);
	const url = String(run.output?.outputs?.[0]?.url);
	const statuses: number[] = [];
	for (const ms of [60_000, 1]) {
		time.advance(ms);
		statuses.push((await fetch(url)).status);
	}

	expect(statuses).toEqual([200, 403]);
});

const image = "https://storage.invalid/a.png";

test.each<[string, Record<string, unknown>]>([
	["edit-image-url", { image_url: image }],
	["edit-image-urls", { image_urls: [image] }],
	["edit-image-b64", { image_b64: image }],
])(
	"%s: an edit takes its image there only, and the catalogue says so",
	async (reading, taken) => {
		const sandbox = await start({ as: [reading] });
		const edit = async (input: Record<string, unknown>) => {
			const body = { input: { prompt: "x", ...input } };
			return (await call(sandbox, `${ultra}/edit/runs`, { body })).status;
		};
		const others = [{ image_url: image }, { image_urls: [image] }, {}].filter(
			(other) => Object.keys(other)[0] !== Object.keys(taken)[0],
		);
		const described = await call(sandbox, `${ultra}/edit`);
		const listed = await call(sandbox, "/v1/public/models");
		const inputs = (model: Json | undefined) =>
			list(model?.inputs).map(({ name }) => name);

		expect(await edit(taken)).toBe(201);
		expect(await Promise.all(others.map(edit))).not.toContain(201);
		expect(inputs(described.json)).toEqual([
			...["prompt", "seed"],
			...Object.keys(taken),
		]);
		expect(inputs(listed.json.items?.[1])).toEqual(inputs(described.json));
	},
);

test.each([
	["official-fields", "fields=id,metadata", 422],
	["official-fields", "fields=id,status_code,client_ref,output,input", 200],
	["official-limit", "limit=101", 422],
	["official-limit", "limit=100", 200],
	["no-lookup", "", 403],
])("%s: a listing with %s is %i", async (reading, query, status) => {
	const sandbox = await start({ as: [reading] });

	expect((await call(sandbox, `/v1/runs?${query}`)).status).toBe(status);
});

test.each([
	["no-billing-balance", [404, 200]],
	["no-credit-balances", [200, 404]],
])("%s: the balance is at one path alone", async (reading, statuses) => {
	const sandbox = await start({ as: [reading] });
	const paths = ["/v1/billing/balance", "/v1/credit-balances"];
	const replies = await Promise.all(paths.map((path) => call(sandbox, path)));

	expect(replies.map(({ status }) => status)).toEqual(statuses);
});

test("no-upload: 403 where an asset is announced", async () => {
	const sandbox = await start({ as: ["no-upload"] });
	const body = { filename: "a.png", mime_type: "image/png", size_bytes: 1 };
	const { status } = await call(sandbox, "/v1/asset-uploads", { body });

	expect(status).toBe(403);
});

test("status-200 and retry-after, at whatever endpoint", async () => {
	const sandbox = await start({
		as: ["status-200", "retry-after"],
		faults: ["post:429@2"],
	});
	const replies = [await buy(sandbox), await buy(sandbox)];

	expect(
		replies.map(({ status, headers }) => [status, headers.get("retry-after")]),
	).toEqual([
		[200, null],
		[429, "1"],
	]);
});

test("a reading holds at each turn, at all of its points, and beside faults", async () => {
	const sandbox = await start({ as: ["run-id"], faults: ["poll:500@1"] });
	const { json } = await buy(sandbox);
	const path = `/v1/runs/${json.run_id}`;
	const statuses = [await call(sandbox, path), await call(sandbox, path)];
	const listed = await call(sandbox, "/v1/runs");

	expect(statuses.map(({ status }) => status)).toEqual([500, 200]);
	expect(statuses[1]?.json.run_id).toBe(json.run_id);
	expect(listed.json.items?.[0]?.run_id).toBe(json.run_id);
});

test("what is always so is not told with every request", async () => {
	const notes: (string | undefined)[] = [];
	const sandbox = await start({
		as: ["error-nested"],
		faults: ["list:500"],
		onRequest: ({ note }) => notes.push(note),
	});
	await readTwice(sandbox);

	expect(notes).toEqual([undefined, "500"]);
});

async function readTwice(sandbox: Sandbox): Promise<void> {
	await call(sandbox, "/v1/auth/me");
	await call(sandbox, "/v1/runs");
}

test.each([
	[["nothing"], 'unknown reading "nothing"'],
	[
		["shape-url", "shape-image"],
		"--as shape-url and --as shape-image exclude each other",
	],
])("%j is a usage error", (names, message) => {
	expect(() => parseReadings(names)).toThrow(
		expect.objectContaining({ code: "usage", message }),
	);
});

test("readings in one list are told one at a time", () => {
	expect(() => parseReadings(["webp, sparse"])).toThrow(
		expect.objectContaining({
			hint: "one at a time: --as webp --as sparse",
		}),
	);
});

test("the same reading twice is one", () => {
	expect(parseReadings(["webp", "webp"])).toHaveLength(1);
});

test("no reading has the name of another", () => {
	const names = readingTable.map(({ name }) => name);
	expect(new Set(names).size).toBe(names.length);
});
