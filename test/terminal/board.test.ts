import { expect, it } from "vitest";
import { Failure } from "../../src/errors.ts";
import type { JobEvent } from "../../src/events.ts";
import type { ImageRecord } from "../../src/record.ts";
import {
	addEvent,
	addRecord,
	startProgress,
} from "../../src/terminal/progress.ts";
import { board, summary } from "../../src/terminal/progress-text.ts";
import { createReporter } from "../../src/terminal/reporter.ts";
import type { Style } from "../../src/terminal/style.ts";
import { fakeRuntime } from "../fake-runtime.ts";
import { failedRecord, savedRecord, skippedRecord } from "../records.ts";

const same = (text: string) => text;
const plain: Style = {
	bold: same,
	dim: same,
	red: (text) => `<${text}>`,
	green: same,
	yellow: same,
};

function saved(index: number, file = `out/${index}.jpg`): ImageRecord {
	return savedRecord({ index, line: index, file });
}

function failed(
	index: number,
	message = "run r failed",
	more: { run_id?: string | null; code?: "run_failed" | "interrupted" } = {},
): ImageRecord {
	const { code = "run_failed", ...rest } = more;
	const failure = new Failure(code, message, { hint: "try again" });
	return failedRecord({ index, line: index, ...rest }, failure);
}

function pending(record: ImageRecord) {
	return { ...record, status: "pending", submitted_at: null } as ImageRecord;
}

function label(index: number) {
	return { index, prompt: "a", seed: 7, priceMicros: 60_000 };
}

function createWorld(images: number, estimateMicros?: number) {
	let now = 0;
	const progress = Object.assign(startProgress(0), { images, estimateMicros });
	return {
		pass: (ms: number) => {
			now += ms;
		},
		event: (index: number, event: JobEvent) =>
			addEvent(progress, label(index), event, now),
		record: (record: ImageRecord) => addRecord(progress, record),
		lines: () => board(progress, now, plain).split("\n"),
		summary: () => summary(progress, now),
		folder: () => progress.folder,
	};
}

it("at first it shows an empty bar, and what it may cost", () => {
	const { lines } = createWorld(60, 3_600_000);
	expect(lines()).toEqual([
		`${"░".repeat(24)} 0 of 60 · $0.00 of $3.60`,
		"  0 saved, 0 running",
	]);
});

it("half-way it shows counts, cost, time left and the last three files", () => {
	const { event, record, pass, lines } = createWorld(8, 480_000);
	for (const index of [5, 6]) event(index, { type: "sending" });
	for (const index of [1, 2, 3]) record(saved(index));
	record(saved(4));
	pass(20_000);
	expect(lines()).toEqual([
		`${"█".repeat(12)}${"░".repeat(12)} 4 of 8 · $0.24 of $0.48 · 20 s left`,
		"  4 saved, 2 running",
		"  out/2.jpg",
		"  out/3.jpg",
		"  out/4.jpg",
	]);
});

it("what is coming home is not called running", () => {
	const { event, record, lines } = createWorld(8, 480_000);
	for (const index of [1, 2, 3]) event(index, { type: "sending" });
	const downloading = { receivedBytes: 1, totalBytes: 2 };
	event(2, { type: "downloading", ...downloading });
	expect(lines()[1]).toBe("  0 saved, 2 running, 1 downloading");
	record(saved(2));
	expect(lines()[1]).toBe("  1 saved, 2 running");
	event(3, { type: "joined", pid: 7 });
	expect(lines()[1]).toBe(
		"  1 saved, 1 running, 1 waiting for another process",
	);
});

it("why orders do not leave is shown until one does", () => {
	const { event, lines } = createWorld(8, 480_000);
	for (const index of [1, 2]) {
		event(index, { type: "sending" });
		event(index, { type: "note", text: "no network; trying again in 4 s" });
	}
	expect(lines().slice(1)).toEqual([
		"  0 saved, 2 running",
		"  no network; trying again in 4 s",
	]);
	for (const index of [1, 2]) event(index, { type: "submitted", runId: "r" });
	expect(lines().slice(1)).toEqual(["  0 saved, 2 running"]);
});

it("that runs can't be asked for is shown until one is seen again", () => {
	const { event, lines } = createWorld(8, 480_000);
	event(1, { type: "submitted", runId: "r" });
	event(1, { type: "note", text: "no network; the runs go on" });
	expect(lines().slice(1)).toEqual([
		"  0 saved, 1 running",
		"  no network; the runs go on",
	]);
	const seen = { state: "running", status: "running", sinceMs: 1 } as const;
	event(1, { type: "state", ...seen });
	expect(lines().slice(1)).toEqual(["  0 saved, 1 running"]);
});

it("what is paid and to come, and what was not bought, has not failed", () => {
	const { record, lines } = createWorld(4);
	record({
		...failed(1),
		status: "pending",
		submitted_at: null,
	} as ImageRecord);
	record(failed(2, "no network", { run_id: null, code: "interrupted" }));
	record(failed(3));
	expect(lines()[1]).toBe(
		"  0 saved, 0 running, <1 pending>, <1 failed>, <1 not bought>",
	);
});

it("what an interrupt kept from being begun does not move the bar", () => {
	const { record, lines } = createWorld(8, 480_000);
	for (const index of [1, 2]) record(saved(index));
	const before = lines()[0];
	for (const index of [5, 6, 7, 8])
		record(failed(index, "stopped", { run_id: null, code: "interrupted" }));
	expect(lines()[0]).toBe(before);
});

it("what was there already takes no time, and does not shorten what is left", () => {
	const { record, pass, lines } = createWorld(100, 600_000);
	for (let index = 1; index <= 90; index += 1) record(skippedRecord({ index }));
	expect(lines()[0]).not.toContain("left");
	for (const index of [91, 92, 93, 94]) record(saved(index));
	record(failed(95));
	pass(50_000);
	expect(lines().slice(0, 2)).toEqual([
		`${"█".repeat(23)}░ 95 of 100 · $0.24 of $0.60 · 50 s left`,
		"  4 saved, 90 there already, 0 running, <1 failed>",
	]);
});

it("without a known price it shows what was spent alone", () => {
	const { record, lines } = createWorld(2);
	record(saved(1));
	expect(lines()[0]).toBe(`${"█".repeat(12)}${"░".repeat(12)} 1 of 2 · $0.06`);
});

it("at the end the bar is full, and nothing is left", () => {
	const { record, pass, lines } = createWorld(3, 180_000);
	for (const index of [1, 2, 3]) record(saved(index));
	pass(9_000);
	expect(lines()[0]).toBe(
		`${"█".repeat(24)} 3 of 3 · $0.18 of $0.18 · 0 s left`,
	);
});

it("a name of a file cannot move the terminal", () => {
	const { record, lines } = createWorld(1);
	record(saved(1, "out/\u001b[2Jx\n.jpg"));
	expect(lines().join()).not.toContain("\u001b");
	expect(lines()).toHaveLength(3);
});

it.each<[string, readonly ImageRecord[], string | undefined]>([
	["nothing, where no image ended", [], undefined],
	["what was saved", [saved(1), saved(2)], "2 saved of 5 · $0.12 · 3 s"],
	[
		"each kind of end",
		[saved(1), skippedRecord({ index: 2 }), failed(3)],
		"1 saved, 1 there already, 1 failed of 5 · $0.06 · 3 s",
	],
])("the summary tells %s", (_what, records, expected) => {
	const { record, pass, summary } = createWorld(5);
	for (const one of records) record(one);
	pass(3_000);
	expect(summary()).toBe(expected);
});

it("hiccups are mended once all images are on disk", () => {
	const { event, record, summary } = createWorld(2);
	event(1, { type: "note", text: "reset" });
	record(saved(1));
	expect(summary()).toMatch(/ · 1 hiccup$/);
	record(skippedRecord({ index: 2 }));
	expect(summary()).toMatch(/ · 1 hiccup mended$/);
});

/** What a batch tells off a terminal. */
async function tellBatch({ images = 2, quiet = false } = {}) {
	const runtime = fakeRuntime();
	const reporter = await createReporter(runtime, { isBatch: true, quiet });
	reporter.begin({ images });
	return {
		reporter,
		lines: () => runtime.stderrText().split("\n").slice(0, -1),
	};
}

it("at the end it tells of hiccups, and after an interrupt of the command that goes on", async () => {
	const { reporter, lines } = await tellBatch();
	reporter.event(label(1), { type: "note", text: "reset" });
	reporter.record(saved(1));
	reporter.interrupted("flux-ultra batch rows");
	reporter.end();
	expect(lines().slice(-2)).toEqual([
		"1 saved of 2 in out/ · $0.06 · 0 s · 1 hiccup",
		"To go on: flux-ultra batch rows",
	]);
});

it.each([
	[0, "0 images are on the way home"],
	[1, "1 image is on the way home"],
	[2, "2 images are on the way home"],
])(
	"at an interrupt %d are under way, and one that is only noted is not",
	async (count, told) => {
		const { reporter, lines } = await tellBatch({ images: 5 });
		reporter.event(label(5), { type: "note", text: "x" });
		for (let index = 1; index <= count; index += 1)
			reporter.event(label(index), { type: "sending" });
		// An order that waits for its next try has not left.
		reporter.event(label(4), { type: "sending" });
		reporter.event(label(4), { type: "note", text: "no network" });
		reporter.interrupted("flux-ultra batch rows");
		expect(lines().join()).toContain(told);
	},
);

it.each<[string, readonly ImageRecord[], readonly string[]]>([
	["what was there already", [skippedRecord()], []],
	[
		"what an interrupt left",
		[failed(1, "x", { run_id: null, code: "interrupted" })],
		[],
	],
	[
		"what is paid, and nobody reads any more, once the way on",
		[1, 2].map((index) => pending(failed(index, "x", { code: "interrupted" }))),
		["  try again"],
	],
	[
		"one reason of many that never began once",
		[1, 2, 3].map((index) => failed(index, "no credit", { run_id: null })),
		["line 1: error: no credit", "  try again"],
	],
	[
		"each run that failed, the same hint once",
		[failed(1, "run a failed"), failed(2, "run b failed")],
		[
			"line 1: error: run a failed",
			"  try again",
			"line 2: error: run b failed",
		],
	],
])("of %s it tells no more than that", async (_what, records, expected) => {
	const loud = await tellBatch();
	for (const record of records) loud.reporter.record(record);
	expect(loud.lines()).toEqual(expected);
	const quiet = await tellBatch({ quiet: true });
	for (const record of [saved(9), ...records]) quiet.reporter.record(record);
	expect(quiet.lines()).toEqual(expected);
});

it.each<[readonly string[], string | undefined]>([
	[["out/1.jpg", "out/2.jpg"], "out"],
	[["out/a/1.jpg", "out/b/2.jpg", "out/a/3.jpg"], "out"],
	[["out/1.jpg", "1.jpg", "out/2.jpg"], "."],
	[["a/1.jpg", "b/1.jpg"], "."],
	[["/x/a/1.jpg", "/x/1.jpg"], "/x"],
	[["/x/1.jpg", "out/1.jpg", "out/2.jpg"], undefined],
	[[], undefined],
])("the folder of the files %j is %s", (files, folder) => {
	const world = createWorld(9);
	for (const [at, file] of files.entries())
		world.record({ ...saved(at + 1), file } as ImageRecord);
	expect(world.folder()).toBe(folder);
});
