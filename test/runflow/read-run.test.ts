import nock from "nock";
import { describe, expect, test } from "vitest";
import { ServiceProblem } from "../../src/runflow/problem.ts";
import type { Run } from "../../src/runflow/schemas.ts";
import { makeRun } from "../purchase/fake-client.ts";
import { apiUrl, nockClient, useNock } from "./nock-client.ts";

useNock();

const link = "https://storage.test/image.jpg?signature=abc";
const link2 = "https://storage.test/second.jpg";
const dataUrl = "data:image/png;base64,iVBORw0KGgo=";

async function readRun(body: nock.Body): Promise<Run> {
	nock(apiUrl).get("/v1/runs/run-1?add_signature=true").reply(200, body);
	return (await nockClient()).readRun("run-1");
}

test("a whole run is read with every field", async () => {
	const wire = {
		id: "run-1",
		status_code: "succeeded",
		model_id: "model-uuid",
		input: { prompt: "a garden", seed: 41 },
		output: {
			outputs: [{ url: link, type: "image", width: 2752, height: 1536 }],
			seed: 42,
			timing: null,
			nsfw_detected: false,
		},
		cost: "0.060",
		duration_ms: 9123,
		client_ref: "ref-1",
		metadata: { job: "job-1", other: [1] },
		request_id: "req-1",
		jurisdiction_code: "eu",
		created_at: "2026-05-06T10:00:00Z",
		started_at: "2026-05-06T10:00:01Z",
		completed_at: "2026-05-06T10:00:10Z",
		nodes_total: 1,
		failure_code: null,
		failure_message: null,
		failure_stage_code: null,
	};
	expect(await readRun(wire)).toEqual({
		id: "run-1",
		state: "succeeded",
		status: "succeeded",
		outputs: [{ url: link, size: { width: 2752, height: 1536 } }],
		images: 1,
		seed: 42,
		nsfwDetected: false,
		costText: "0.060",
		clientRef: "ref-1",
		jobRef: "job-1",
		prompt: "a garden",
		durationMs: 9123,
		createdAt: "2026-05-06T10:00:00Z",
		completedAt: "2026-05-06T10:00:10Z",
		startedAt: "2026-05-06T10:00:01Z",
		requestId: "req-1",
		failure: {},
		modelId: "model-uuid",
		raw: wire,
	});
});

test("an id and a status are all that a run needs", async () => {
	const wire = { id: "run-1", status_code: "queued" };
	expect(await readRun(wire)).toEqual(makeRun({ raw: wire }));
});

test("fields that are null, or of a type that nobody promised, are as good as missing", async () => {
	const names = [
		"output",
		"input",
		"metadata",
		"cost",
		"duration_ms",
		"client_ref",
		"request_id",
		"created_at",
		"completed_at",
		"failure_code",
		"failure_message",
		"failure_reason",
		"error",
		"model_id",
	];
	for (const odd of [null, true, []]) {
		const fields = Object.fromEntries(names.map((name) => [name, odd]));
		const raw = { ...fields, id: "run-1", status_code: "queued" };
		expect(await readRun(raw)).toEqual(makeRun({ raw }));
	}
});

test("`run_id` stands in for `id`, and `status` for `status_code`", async () => {
	const run = await readRun({ run_id: "run-1", status: "running" });
	expect(run).toMatchObject({ id: "run-1", state: "running" });
});

test.each([
	["queued", "queued"],
	["dispatching", "queued"],
	["running", "running"],
	["succeeded", "succeeded"],
	["partial_succeeded", "succeeded"],
	["failed", "failed"],
	["errored", "failed"],
	["timeout", "failed"],
	["canceled", "canceled"],
	["cancelled", "canceled"],
	["paused", "unknown"],
	["constructor", "unknown"],
	["SUCCEEDED", "unknown"],
	["", "unknown"],
])("the status %j means %s", async (status, state) => {
	const run = await readRun({ id: "run-1", status_code: status });
	expect(run).toMatchObject({ state, status });
});

test.each([
	["outputs, the documented place", { outputs: [{ url: link }] }, [link]],
	[
		"several outputs",
		{ outputs: [{ url: link }, { url: link2 }] },
		[link, link2],
	],
	["outputs as plain links", { outputs: [link] }, [link]],
	["image_urls", { image_urls: [link, link2] }, [link, link2]],
	["image with a url", { image: { url: link } }, [link]],
	["image as a link", { image: link }, [link]],
	["images", { images: [{ url: link, content_type: "image/jpeg" }] }, [link]],
	["url", { url: link }, [link]],
	["output_url", { output_url: link }, [link]],
	["image_url", { image_url: link }, [link]],
	["signed_url", { signed_url: link }, [link]],
	["outputs with an image_url", { outputs: [{ image_url: link }] }, [link]],
	["outputs with a signed_url", { outputs: [{ signed_url: link }] }, [link]],
	["a link and nothing else", link, [link]],
	["a list of links", [link, link2], [link, link2]],
	["a list of objects", [{ url: link }], [link]],
	[
		"an empty place before the right one",
		{ outputs: [], images: [{ url: link }] },
		[link],
	],
	[
		"entries of which one has a link",
		{ outputs: [null, { url: null }, { url: link }] },
		[link],
	],
	["image as a list of links", { image: [link, link2] }, [link, link2]],
	["a `data:` URI", { outputs: [{ url: dataUrl }] }, [dataUrl]],
	["a `data:` URI in another place", { images: [dataUrl] }, [dataUrl]],
	["a place of its own", { result: { picture: link } }, [link]],
	[
		"places of their own",
		{ files: [{ download_url: link }, { download_url: link2 }] },
		[link, link2],
	],
	[
		"an object of several links to one image",
		{ artifacts: [{ kind: "image", signed_url: link, url: link }] },
		[link],
	],
	[
		"links that are no output",
		{
			input: { image_url: link },
			thumbnail_url: link,
			docs: link,
			log_url: link,
		},
		[],
	],
	["text that is no link", { outputs: [{ url: "image.jpg" }] }, []],
	["an empty list", { outputs: [] }, []],
	["an empty object", {}, []],
	["null", null, []],
	["a number", 7, []],
])("links are found in %s", async (_where, output, links) => {
	const run = await readRun({
		id: "run-1",
		status_code: "succeeded",
		output: output as nock.DataMatcher,
	} as nock.Body);
	expect(run.outputs).toEqual(links.map((url) => ({ url })));
});

test.each([
	["the output", { output: { seed: 7 }, input: { seed: 8 } }, 7],
	[
		"the input, where the output has none",
		{ output: { seed: null }, input: { seed: 8 } },
		8,
	],
	["nowhere", { input: { seed: "8" } }, undefined],
])("the seed is taken from %s", async (_where, fields, seed) => {
	expect((await readRun({ id: "run-1", ...fields })).seed).toBe(seed);
});

test.each([
	["0.060", "0.060"],
	[0.06, "0.06"],
	[0, "0"],
	["", ""],
])("a cost of %j is kept as written", async (cost, costText) => {
	expect((await readRun({ id: "run-1", cost })).costText).toBe(costText);
});

test.each([
	["failure fields", { failure_code: "X", failure_message: "why" }],
	["failure_reason", { failure_code: "X", failure_reason: "why" }],
	["an error object", { error: { code: "X", message: "why" } }],
	["an envelope in the output", { output: { code: "X", message: "why" } }],
	[
		"an error in the output",
		{ output: { error: { code: "X", message: "why" } } },
	],
])("the reason of a failure is read from %s", async (_where, fields) => {
	const run = await readRun({ id: "run-1", status_code: "failed", ...fields });
	expect(run.failure).toEqual({ code: "X", message: "why" });
});

test("an error that is plain text is the reason", async () => {
	const run = await readRun({ id: "run-1", error: "out of memory" });
	expect(run.failure).toEqual({ message: "out of memory" });
});

test("links are found beside the output where it has none", async () => {
	const wire = { id: "run-1", status_code: "succeeded", output: null };
	const { outputs } = await readRun({ ...wire, result: { image_url: link } });
	expect(outputs).toEqual([{ url: link }]);
});

test("an image that was held back is said to be", async () => {
	const run = await readRun({ id: "run-1", output: { nsfw_detected: true } });
	expect(run.nsfwDetected).toBe(true);
});

test("an id of another kind than ours cannot leave its place in the path", async () => {
	nock(apiUrl)
		.get("/v1/runs/..%2Fauth%2Fme%3Fx?add_signature=true")
		.reply(200, { id: "x" });
	await (await nockClient()).readRun("../auth/me?x");
});

describe("an answer that is no run", () => {
	test.each([
		["HTML", "<html><title>Sorry</title></html>", "text/html; charset=utf-8"],
		["nothing", "", "text/plain"],
		["garbage", "\u0000\u0001{{", "application/json"],
	])("says what came: %s", async (what, text, type) => {
		nock(apiUrl)
			.get("/v1/runs/run-1?add_signature=true")
			.reply(200, text, { "content-type": type });
		const error = await (await nockClient())
			.readRun("run-1")
			.catch((thrown) => thrown);
		expect(error).toBeInstanceOf(ServiceProblem);
		expect({ status: error.status, fromService: error.fromService }).toEqual({
			status: 200,
			fromService: false,
		});
		const messages: Record<string, string> = {
			HTML: "an answer that is not the API's (HTTP 200, text/html): <html><title>Sorry</title></html>",
			nothing: "an empty answer (HTTP 200)",
			garbage:
				"an answer that is not the API's (HTTP 200, application/json): \u0000\u0001{{",
		};
		expect(error.message).toBe(messages[what]);
	});

	test("names what is missing in JSON of the service", async () => {
		await expect(readRun({ status_code: "queued" })).rejects.toMatchObject({
			message: "an answer with no `id` in the run",
		});
	});
});

test.each<[unknown, object]>([
	[
		{ url: link, asset_id: "asset-1" },
		{ url: link, assetId: "asset-1" },
	],
	[
		{ url: "runflow://assets/asset-1" },
		{ url: "runflow://assets/asset-1", assetId: "asset-1" },
	],
	[
		{ url: link, asset_id: "runflow://assets/asset-1" },
		{ url: link, assetId: "asset-1" },
	],
	[{ url: link, asset_id: null }, { url: link }],
	[{ url: link, asset_id: "a/../b" }, { url: link }],
	[{ url: link, asset_id: 7 }, { url: link }],
])(
	"of the output %j the asset is known where it names one",
	async (output, read) => {
		const { outputs } = await readRun({
			id: "run-1",
			status_code: "succeeded",
			output: { outputs: [{ url: link2 }, output] as nock.Body[] },
		});
		expect(outputs).toEqual([{ url: link2 }, read]);
	},
);
