import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readRecording } from "../../src/sandbox/replay/recording.ts";
import { createWorld, type Json, type World } from "../cli/world.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { noisePng } from "../uploads/noise-png.ts";

/** The records of a command apart from times, and from references that are new in each command. */
function told(records: readonly Json[]): readonly Json[] {
	return records.map((record) => {
		const { client_ref: _, submitted_at: __, total_ms: ___, ...rest } = record;
		const text = JSON.stringify(rest)
			.replaceAll(/127\.0\.0\.1:\d+|begins with the bytes [\da-f ]+/g, "")
			.replaceAll(/[^"]+(?=\/work\b)/g, "")
			.replaceAll(" --trace t.har", "");
		return JSON.parse(text);
	});
}

function prepare({ cwd }: World): void {
	writeFileSync(join(cwd, "in.png"), noisePng(64, 64));
	const rows = [1, 2, 3, 4, 5].map((seed) => ({ prompt: "a row", seed }));
	writeFileSync(
		join(cwd, "rows.jsonl"),
		rows.map((row) => `${JSON.stringify(row)}\n`).join(""),
	);
	writeFileSync(join(cwd, "rows.txt"), "one.\ntwo.\nthree.\nfour.\nfive.\n");
}

async function record(argv: readonly string[], faults: readonly string[] = []) {
	const world = await createWorld({ faults });
	prepare(world);
	const words = [...argv, "--json", "--trace", "t.har"];
	const { code, records } = await world.run(words);
	return { code, records, har: join(world.cwd, "t.har") };
}

async function replayed(har: string): Promise<World> {
	const recording = await readRecording(har);
	const world = await createWorld({ recording });
	prepare(world);
	return world;
}

const one = ["a.", "-s", "7", "-o", "x.jpg"];

describe("what was recorded ends in the same way, with the same records apart from times", () => {
	it.each<[readonly string[], readonly string[], number]>([
		[one, [], 0],
		[["a.", "--seeds", "1-4", "-o", "out/"], [], 0],
		[["batch", "rows.jsonl", "-o", "out/"], [], 0],
		[
			["a.", "-s", "7", "-m", "klein", "--param", "num_images=3", "-o", "k/"],
			[],
			0,
		],
		[one, ["post:reset-after@1", "poll:503@2"], 0],
		[one, ["post:reset-before@1", "list:lookup-lag"], 0],
		[one, ["image:cut@1", "image:expire@2"], 0],
		[one, ["image:redirect", "image:no-etag"], 0],
		[one, ["webp"], 0],
		[one, ["moderated"], 6],
		[one, ["no-credit"], 5],
		[one, ["image:garbage"], 9],
		[one, ["image:html"], 9],
		[
			["batch", "rows.jsonl", "-o", "out/", "-p", "3"],
			["post:429/2", "run:failed@3"],
			3,
		],
	])("%j with %j: exit %i", async (argv, faults, exit) => {
		const { code, records, har } = await record(argv, faults);
		expect(code).toBe(exit);
		const again = await (await replayed(har)).run([...argv, "--json"]);
		expect(told(again.records)).toEqual(told(records));
		expect(again.code).toBe(code);
	});

	it("an edit of a file too, but for the bytes of its image: what it started from is not in the recording", async () => {
		const argv = ["a.", "-s", "7", "-i", "in.png", "-o", "x.jpg"];
		const { records, har } = await record(argv);
		const again = await (await replayed(har)).run([...argv, "--json"]);
		const [now, before] = [again.records, records].map((all) =>
			told(all).map(({ sha256: _, bytes: __, ...rest }) => rest),
		);
		expect(now).toEqual(before);
	});

	it("rows whose seeds are made anew have the images of their prompts", async () => {
		const argv = ["batch", "rows.txt", "-o", "out/", "-p", "2"];
		const { records, har } = await record(argv);
		const again = await (await replayed(har)).run([...argv, "--json"]);
		const runs = (all: readonly Json[]) =>
			all.map(({ prompt, run_id }) => [prompt, run_id]);
		expect(again.code).toBe(0);
		expect(runs(again.records)).toEqual(runs(records));
	});

	it("what was never asked for is what other answers say of it", async () => {
		const { har } = await record([...one, "--no-wait"]);
		const world = await replayed(har);
		expect((await world.run([...one, "--no-wait"])).code).toBe(0);
		const { code, stderr } = await world.run(["resume", "--timeout", "30s"]);
		expect([code, stderr]).toEqual([
			8,
			expect.stringContaining("is still going on"),
		]);
	});
});

const api = "https://api.example";
const order = "/v1/models/black-forest-labs/flux-1-1-pro-ultra/runs";
const link = "https://bucket.example/o/1.jpg";
const run = {
	id: "run-1",
	status_code: "succeeded",
	input: { prompt: "a.", seed: 7 },
	output: { outputs: [{ url: link, width: 80, height: 40 }] },
	message: "see https://docs.example/runs",
};
const queued = { ...run, status_code: "queued", output: null };

/** A HAR file of another program: method, address, status, and the answer or the length of a picture. */
function harOf(
	...exchanges: readonly (readonly [string, string, number, object | number])[]
): string {
	const entries = exchanges.map(([method, url, status, answer], at) => ({
		startedDateTime: new Date(at).toISOString(),
		request: { method, url },
		response: {
			status,
			headers: [],
			content:
				typeof answer === "number"
					? { size: answer }
					: { size: 1, text: JSON.stringify(answer) },
		},
	}));
	const file = join(temporaryFolder(), "foreign.har");
	// By their times, not by their order in the file.
	const log = { creator: { name: "a browser" }, entries: entries.reverse() };
	writeFileSync(file, JSON.stringify({ log }));
	return file;
}

function foreignHar(): string {
	return harOf(
		["POST", `${api}${order}`, 201, queued],
		["GET", `${api}/v1/runs/run-1?add_signature=true`, 200, run],
		["GET", link, 200, 1_000],
	);
}

async function ask({ sandbox }: World, method: string, path: string) {
	const answer = await fetch(`${sandbox.apiUrl}${path}`, { method });
	return { status: answer.status, text: await answer.text() };
}

describe("a recording of another program", () => {
	it("is enough: links lead here, and what was left out is painted in its size", async () => {
		const world = await replayed(foreignHar());
		const { code, records, sent } = await world.run([...one, "--json"]);
		expect(code).toBe(0);
		expect(records).toMatchObject([
			{ run_id: "run-1", format: "jpeg", width: 80, height: 40 },
		]);
		const { apiUrl, storageUrl } = world.sandbox;
		const origins = sent.map(({ url }) => url.origin);
		expect(origins).toEqual([apiUrl, apiUrl, storageUrl]);
	});

	it("answers a question again and again, an order once, and nothing that is not in it", async () => {
		const world = await replayed(foreignHar());
		expect((await ask(world, "POST", order)).status).toBe(201);
		expect(await ask(world, "POST", order)).toEqual({
			status: 404,
			text: JSON.stringify({
				code: "NOT_FOUND",
				message: `the recording has no more POST ${order}`,
			}),
		});
		const first = await ask(world, "GET", "/v1/runs/run-1");
		expect(first.text).toContain(
			`"${world.sandbox.storageUrl}/bucket.example/o/1.jpg"`,
		);
		expect(first.text).toContain("https://docs.example/runs");
		expect(await ask(world, "GET", "/v1/runs/run-1")).toEqual(first);
		expect((await ask(world, "GET", "/v1/health")).status).toBe(404);
	});

	it.each<[string, number, object, string, object]>([
		["/v1/runs/run-1", 200, queued, "/v1/runs", { items: [run] }],
		[
			"/v1/runs/run-1",
			503,
			{ message: "queued" },
			"/v1/runs",
			{ items: [run] },
		],
		["/v1/runs", 200, { items: [queued] }, "/v1/runs/run-1", run],
	])(
		"lets no run go on for ever where it asks more often: %s, %i",
		async (path, status, early, other, late) => {
			const world = await replayed(
				harOf(
					["GET", api + path, status, early],
					["GET", api + other, 200, late],
				),
			);
			expect((await ask(world, "GET", path)).text).toContain("queued");
			expect((await ask(world, "GET", path)).text).toContain("succeeded");
		},
	);
});

describe("sandbox --replay", () => {
	const entry = {
		startedDateTime: "2026-11-01T00:00:00Z",
		request: { method: "GET", url: "https://a.example/" },
		response: { status: 200, headers: [], content: { size: 0 } },
	};
	const log = { creator: { name: "x" }, entries: [entry] };

	it.each<[string, string, string]>([
		["a picture", "\xff\xd8", "is no HAR file: it is not JSON"],
		["other JSON", '{"a":1}', "is no HAR file: log: Invalid input"],
		[
			"half a HAR",
			JSON.stringify({ log: { ...log, entries: [{}] } }),
			"is no HAR file: log.entries.0.startedDateTime: Invalid input",
		],
		[
			"a HAR of somebody else",
			JSON.stringify({ log }),
			"holds no request of the Runflow API",
		],
	])("%s: exit 2", async (_, content, message) => {
		const world = await createWorld();
		writeFileSync(join(world.cwd, "x.har"), content);
		const { code, stdout, stderr } = await world.run([
			...["sandbox", "--replay", "x.har", "--port", "0"],
		]);
		expect([code, stdout]).toEqual([2, ""]);
		expect(stderr).toContain(message);
	});

	it("serves the recording until it is interrupted", async () => {
		const world = await createWorld();
		const har = foreignHar();
		const argv = ["sandbox", "--replay", har, "--port", "0"];
		const { code, stdout, stderr } = await world.run(argv, {
			during({ signal, stderrText }) {
				const look = () => {
					if (stderrText().includes("Use it from")) signal("SIGINT");
					else setImmediate(look);
				};
				setImmediate(look);
			},
		});
		expect([code, stdout]).toEqual([
			0,
			expect.stringMatching(/^export .*=http/),
		]);
		expect(stderr).toContain(`replay   ${har}\n`);
		expect(stderr).toMatch(/\n0 requests\n$/);
	});

	it("a file that is not there, and other options of the service: exit 2", async () => {
		const world = await createWorld();
		const none = await world.run(["sandbox", "--replay", "none.har"]);
		expect([none.code, none.stderr]).toEqual([
			2,
			expect.stringContaining("none.har cannot be read: there is no such file"),
		]);
		const words = ["sandbox", "--replay", "x.har", "--link-ttl", "5s"];
		const both = await world.run(words);
		expect([both.code, both.stderr]).toEqual([
			2,
			expect.stringContaining(
				"--replay says what was recorded, and takes no --link-ttl",
			),
		]);
	});
});
