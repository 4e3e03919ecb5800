import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, it, test } from "vitest";
import {
	openRunHistories,
	queueMsOf,
} from "../../src/purchase/poll/run-history.ts";
import type { Run } from "../../src/runflow/schemas.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { makeRun } from "./fake-client.ts";

const likely = { from: 3_000, to: 15_000 };
const startMs = Date.UTC(2026, 10, 3, 12);
const at = (ms: number) => new Date(startMs + ms).toISOString();

/** A run that took so long by the service's clock. */
function lasting(ms: number, run: Partial<Run> = {}): Run {
	const state = "succeeded";
	return makeRun({ state, createdAt: at(0), completedAt: at(ms), ...run });
}

function file(): string {
	return path.join(temporaryFolder(), "state", "run-times.json");
}

/** A command that sees these runs end. */
async function see(store: string, runs: readonly Run[], service = "api") {
	const histories = await openRunHistories(store, service);
	const history = histories.of("a/model", likely);
	for (const run of runs) history.learn(run);
	return { histories, history };
}

async function remembered(store: string, service = "api", model = "a/model") {
	return (await openRunHistories(store, service)).of(model, likely).pastMs;
}

test("a run counts at once in this command, and in the next one after it", async () => {
	const store = file();
	const first = await see(store, [lasting(9_000), lasting(11_000)]);
	expect(first.history.pastMs).toEqual([9_000, 11_000]);
	expect(await remembered(store)).toEqual([]);
	await first.histories.save();
	expect(await remembered(store)).toEqual([9_000, 11_000]);
	expect(await readdir(path.dirname(store))).toEqual(["run-times.json"]);
});

test("only the last twenty count", async () => {
	const store = file();
	const many = (ms: number) => Array(15).fill(lasting(ms));
	for (const ms of [1_000, 2_000])
		await (await see(store, many(ms))).histories.save();
	const expected = [...Array(5).fill(1_000), ...Array(15).fill(2_000)];
	expect(await remembered(store)).toEqual(expected);
	const { history } = await see(store, Array(50).fill(lasting(3_000)));
	expect(history.pastMs).toEqual(Array(20).fill(3_000));
});

test("each model and each service has its own", async () => {
	const store = file();
	await (await see(store, [lasting(9_000)])).histories.save();
	await (await see(store, [lasting(100)], "sandbox")).histories.save();
	expect(await remembered(store)).toEqual([9_000]);
	expect(await remembered(store, "sandbox")).toEqual([100]);
	expect(await remembered(store, "api", "another/model")).toEqual([]);
});

it.each<[string, Run, readonly number[]]>([
	[
		"the time in the queue is no work",
		lasting(9_000, { startedAt: at(4_000) }),
		[5_000],
	],
	[
		"the service's own count will do",
		makeRun({ state: "succeeded", durationMs: 7_000 }),
		[7_000],
	],
	[
		"without times there is nothing to learn",
		makeRun({ state: "succeeded" }),
		[],
	],
	["a run that failed says nothing", lasting(900, { state: "failed" }), []],
	["nor does one that ended before it began", lasting(-5), []],
])("%s", async (_what, run, expected) => {
	expect((await see(file(), [run])).history.pastMs).toEqual(expected);
});

it.each([
	"",
	"{",
	"null",
	'{"version":2,"pastMs":{"api a/model":[1]}}',
	'{"version":1,"pastMs":{"api a/model":["x"]}}',
	'{"version":1,"pastMs":{"api a/model":7}}',
])("a file with %j is no history, and is replaced", async (text) => {
	const store = file();
	await mkdir(path.dirname(store), { recursive: true });
	await writeFile(store, text);
	expect(await remembered(store)).toEqual([]);
	await (await see(store, [lasting(9_000)])).histories.save();
	expect(await remembered(store)).toEqual([9_000]);
});

test("what two commands learn at once is not lost where one ends after the other", async () => {
	const store = file();
	const one = await see(store, [lasting(1_000)]);
	const other = await see(store, [lasting(2_000)]);
	await one.histories.save();
	await other.histories.save();
	expect(await remembered(store)).toEqual([1_000, 2_000]);
});

test("commands that end in the same moment leave a whole file", async () => {
	const store = file();
	const ended = await Promise.all(
		Array.from({ length: 20 }, () => see(store, [lasting(1_000)])),
	);
	await Promise.all(ended.map(({ histories }) => histories.save()));
	expect((await remembered(store)).length).toBeGreaterThan(0);
	expect(JSON.parse(await readFile(store, "utf8")).version).toBe(1);
});

test("a disk that takes nothing fails no command", async () => {
	const folder = temporaryFolder();
	await writeFile(path.join(folder, "state"), "");
	const store = path.join(folder, "state", "run-times.json");
	await (await see(store, [lasting(1_000)])).histories.save();
	expect(await remembered(store)).toEqual([]);
});

test("a command that saw no run end writes nothing", async () => {
	const store = file();
	await (await see(store, [])).histories.save();
	await expect(readFile(store)).rejects.toThrow("ENOENT");
});

test("the time in the queue is what the service tells of it", () => {
	const queued = { createdAt: at(0), startedAt: at(2_500) };
	expect(queueMsOf(makeRun(queued))).toBe(2_500);
	expect(queueMsOf(makeRun({ ...queued, startedAt: undefined }))).toBe(0);
	expect(queueMsOf(makeRun({ ...queued, startedAt: at(-1) }))).toBe(0);
});
