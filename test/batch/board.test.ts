import { expect, it } from "vitest";
import type { ImageRecord } from "../../src/record.ts";
import { createBatchNarrator } from "../../src/terminal/batch-narrator.ts";
import { createBoard } from "../../src/terminal/board.ts";
import type { Style } from "../../src/terminal/style.ts";

const same = (text: string) => text;
const plain: Style = {
	bold: same,
	dim: same,
	red: (text) => `<${text}>`,
	green: same,
	yellow: same,
};

const asked = {
	version: 1,
	prompt: "a",
	seed: 7,
	model: "m",
	client_ref: "ref",
	sandbox: false,
} as const;

function saved(index: number, file = `out/${index}.jpg`): ImageRecord {
	return {
		...asked,
		status: "saved",
		index,
		line: index,
		file,
		bytes: 2_000,
		width: 64,
		height: 48,
		format: "jpeg",
		sha256: "00",
		run_id: "run",
		charged: "yes",
		cost_usd: 0.06,
		paid_usd: 0.06,
		submitted_at: null,
		run_ms: 100,
		total_ms: 200,
	};
}

function skipped(index: number): ImageRecord {
	const { submitted_at, run_ms, total_ms, ...rest } = saved(index) as Extract<
		ImageRecord,
		{ status: "saved" }
	>;
	return { ...rest, status: "skipped", charged: "no", cost_usd: 0 };
}

function failed(
	index: number,
	message = "run r failed",
	more: { run_id?: string | null; code?: "run_failed" | "interrupted" } = {},
): ImageRecord {
	return {
		...asked,
		status: "failed",
		index,
		line: index,
		run_id: more.run_id === undefined ? "run" : more.run_id,
		charged: "no",
		error: {
			code: more.code ?? "run_failed",
			message,
			hint: "try again",
			retryable: false,
			http_status: null,
			request_id: null,
		},
	};
}

function label(index: number) {
	return { index, prompt: "a", seed: 7, priceMicros: 60_000 };
}

function createWorld(images: number, estimateMicros?: number) {
	let now = 0;
	const board = createBoard(() => now, plain);
	board.begin(images, estimateMicros);
	return {
		board,
		pass: (ms: number) => {
			now += ms;
		},
		lines: () => board.text().split("\n"),
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
	const { board, pass, lines } = createWorld(8, 480_000);
	for (const index of [5, 6]) board.event(label(index), { type: "sending" });
	for (const index of [1, 2, 3]) board.record(saved(index));
	board.record(saved(4));
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
	const { board, lines } = createWorld(8, 480_000);
	for (const index of [1, 2, 3]) board.event(label(index), { type: "sending" });
	const downloading = { receivedBytes: 1, totalBytes: 2 };
	board.event(label(2), { type: "downloading", ...downloading });
	expect(lines()[1]).toBe("  0 saved, 2 running, 1 downloading");
	board.record(saved(2));
	expect(lines()[1]).toBe("  1 saved, 2 running");
});

it("what an interrupt kept from being begun does not move the bar", () => {
	const { board, lines } = createWorld(8, 480_000);
	for (const index of [1, 2]) board.record(saved(index));
	const before = lines()[0];
	for (const index of [5, 6, 7, 8])
		board.record(failed(index, "stopped", { code: "interrupted" }));
	expect(lines()[0]).toBe(before);
});

it("what was there already takes no time, and does not shorten what is left", () => {
	const { board, pass, lines } = createWorld(100, 600_000);
	for (let index = 1; index <= 90; index += 1) board.record(skipped(index));
	expect(lines()[0]).not.toContain("left");
	for (const index of [91, 92, 93, 94]) board.record(saved(index));
	board.record(failed(95));
	pass(50_000);
	expect(lines().slice(0, 2)).toEqual([
		`${"█".repeat(23)}░ 95 of 100 · $0.24 of $0.60 · 50 s left`,
		"  4 saved, 90 there already, 0 running, <1 failed>",
	]);
});

it("without a known price it shows what was spent alone", () => {
	const { board, lines } = createWorld(2);
	board.record(saved(1));
	expect(lines()[0]).toBe(`${"█".repeat(12)}${"░".repeat(12)} 1 of 2 · $0.06`);
});

it("at the end the bar is full, and nothing is left", () => {
	const { board, pass, lines } = createWorld(3, 180_000);
	for (const index of [1, 2, 3]) board.record(saved(index));
	pass(9_000);
	expect(lines()[0]).toBe(
		`${"█".repeat(24)} 3 of 3 · $0.18 of $0.18 · 0 s left`,
	);
});

it("a name of a file cannot move the terminal", () => {
	const { board } = createWorld(1);
	board.record(saved(1, "out/\u001b[2Jx\n.jpg"));
	expect(board.text()).not.toContain("\u001b");
	expect(board.text().split("\n")).toHaveLength(3);
});

it.each<[string, readonly ImageRecord[], readonly string[]]>([
	["nothing, where no image ended", [], []],
	["what was saved", [saved(1), saved(2)], ["2 saved of 5 · $0.12 · 3 s"]],
	[
		"each kind of end",
		[saved(1), skipped(2), failed(3)],
		["1 saved, 1 there already, 1 failed of 5 · $0.06 · 3 s"],
	],
])("the summary tells %s", (_what, records, expected) => {
	const { board, pass } = createWorld(5);
	for (const record of records) board.record(record);
	pass(3_000);
	expect(board.summary()).toEqual(expected);
});

it("the summary tells of hiccups, and after an interrupt of the command that goes on", () => {
	const { board } = createWorld(2);
	board.event(label(1), { type: "note", text: "reset" });
	board.record(saved(1));
	board.interrupted("flux-ultra batch rows");
	expect(board.summary()).toEqual([
		"1 saved of 2 · $0.06 · 0 s · 1 hiccup mended",
		"To go on: flux-ultra batch rows",
	]);
});

it("a job that is only noted is not under way; one is an image, several are images", () => {
	const { board } = createWorld(5);
	const seen = [board.underWay()];
	board.event(label(1), { type: "note", text: "x" });
	seen.push(board.underWay());
	for (const index of [1, 2]) {
		board.event(label(index), { type: "sending" });
		seen.push(board.underWay());
	}
	board.record(saved(1));
	seen.push(board.underWay());
	expect(seen).toEqual([
		"0 images are",
		"0 images are",
		"1 image is",
		"2 images are",
		"1 image is",
	]);
});

/** What a narrator off a terminal prints of some records. */
function told(records: readonly ImageRecord[], quiet = false) {
	const printed: string[] = [];
	const narrator = createBatchNarrator({
		progress: {
			print: (line) => printed.push(line),
			show: () => {},
			stop: () => {},
		},
		style: plain,
		now: () => 0,
		quiet,
		verbose: false,
		isLive: false,
	});
	narrator.begin({ images: records.length });
	for (const record of records) narrator.record(record);
	return printed;
}

it.each<[string, readonly ImageRecord[], readonly string[]]>([
	["what was there already", [skipped(1)], []],
	[
		"what an interrupt left",
		[failed(1, "x", { run_id: null, code: "interrupted" })],
		[],
	],
	[
		"one reason of many that never began once",
		[1, 2, 3].map((index) => failed(index, "no credit", { run_id: null })),
		["line 1: <error:> no credit", "  try again"],
	],
	[
		"each run that failed, the same hint once",
		[failed(1, "run a failed"), failed(2, "run b failed")],
		[
			"line 1: <error:> run a failed",
			"  try again",
			"line 2: <error:> run b failed",
		],
	],
])("of %s it tells no more than that", (_what, records, expected) => {
	expect(told(records)).toEqual(expected);
	expect(told([saved(9), ...records], true)).toEqual(expected);
});
