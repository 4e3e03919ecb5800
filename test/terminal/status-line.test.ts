import { expect, it } from "vitest";
import type { JobEvent, JobLabel } from "../../src/events.ts";
import type { ImageRecord } from "../../src/record.ts";
import {
	addEvent,
	addRecord,
	startProgress,
} from "../../src/terminal/progress.ts";
import {
	moneyUnderWay,
	statusLine,
	summary,
} from "../../src/terminal/progress-text.ts";

function progressOf(images: number) {
	return Object.assign(startProgress(0), { images });
}

function label(index = 1, priceMicros: number | undefined = 60_000): JobLabel {
	return { index, prompt: "a\nfox", seed: 7, priceMicros };
}

function ended(index: number, status: "saved" | "failed"): ImageRecord {
	const error = { code: "run_failed" };
	const file = `${index}.jpg`;
	return {
		index,
		status,
		file,
		// A few of those that fail are billed all the same.
		cost_usd: 0.06,
		error,
	} as unknown as ImageRecord;
}

const state = (
	name: "queued" | "running" | "unknown",
	sinceMs = 0,
	status: string = name,
): JobEvent => ({ type: "state", state: name, status, sinceMs });

const downloading = (totalBytes: number | undefined): JobEvent => ({
	type: "downloading",
	receivedBytes: 500_000,
	totalBytes,
});

const buying = " · buying $0.06";

it.each<[JobEvent, string, string]>([
	[{ type: "sending" }, "sending", buying],
	[{ type: "submitted", runId: "r" }, "queued", buying],
	[state("queued"), "queued", buying],
	[state("queued", 20_001), "still queued, the service is busy", buying],
	[state("running"), "running", buying],
	[state("unknown", 0, "warming\u001b[2J"), 'status "warming\\x1b[2J"', buying],
	[downloading(1_800_000), "downloading 500 kB of 1.8 MB", " · paid $0.06"],
	[downloading(undefined), "downloading 500 kB", " · paid $0.06"],
	[{ type: "joined", pid: 12 }, "waiting for process 12", ""],
])(
	"one image: what is going on, since when, whether it is paid, seed and prompt: %j",
	(event, step, money) => {
		const told = `${step} · 9 s${money} · seed 7 · a fox`;
		const progress = progressOf(1);
		addEvent(progress, label(), { type: "sending" }, 1_000);
		addEvent(progress, label(), event, 10_500);
		expect(statusLine(progress, 10_500)).toBe(told);
		const note = { type: "note", text: "reset; going on" } as const;
		addEvent(progress, label(), note, 10_500);
		expect(statusLine(progress, 10_500)).toBe(told);
	},
);

it("a price that nobody knows is not told, nor a seed where there is none", () => {
	const progress = progressOf(1);
	const free = { ...label(), priceMicros: undefined, seed: null };
	addEvent(progress, free, { type: "sending" }, 0);
	expect(statusLine(progress, 0)).toBe("sending · 0 s · buying · a fox");
});

it("several images: how many are where, and what is spent", () => {
	const progress = progressOf(5);
	const events: readonly JobEvent[] = [
		{ type: "sending" },
		{ type: "submitted", runId: "r2" },
		state("queued", 30_000),
		state("running"),
		state("running"),
	];
	for (const [at, event] of events.entries())
		addEvent(progress, label(at + 1), event, 0);
	addRecord(progress, ended(5, "saved"));
	expect(statusLine(progress, 61_000)).toBe(
		"1 of 5 saved, 1 sending, 2 queued, 1 running · 1 min 1 s · $0.06",
	);
	addRecord(progress, ended(4, "failed"));
	expect(summary(progress, 61_000)).toBe(
		"1 saved, 1 failed of 5 · $0.12 · 1 min 1 s",
	);
});

it("an interrupt after an image is saved does not say that nothing was bought", () => {
	const progress = progressOf(2);
	addRecord(progress, ended(1, "saved"));
	expect(moneyUnderWay(progress, "flux-ultra resume")).toEqual([
		"Interrupted. Nothing that was bought is under way.",
	]);
});

it("an interrupt before anything was bought says so", () => {
	expect(moneyUnderWay(progressOf(0), "flux-ultra resume")).toEqual([
		"Interrupted. Nothing was bought.",
	]);
});

const submitted: JobEvent = { type: "submitted", runId: "r1" };

it.each<[string, readonly JobEvent[], readonly string[]]>([
	[
		"one run",
		[submitted],
		["Interrupted. Run r1 goes on and is paid; it cannot be canceled."],
	],
	[
		"several runs",
		[submitted, state("running")],
		["Interrupted. 2 runs go on and are paid; they cannot be canceled."],
	],
	[
		"an order that may have arrived",
		[{ type: "sending" }],
		["Interrupted while 1 order was being sent: it may have been bought."],
	],
	[
		"a run beside orders that may have arrived",
		[{ type: "sending" }, { type: "sending" }, submitted],
		[
			"Interrupted. Run r1 goes on and is paid; it cannot be canceled.",
			"Interrupted while 2 orders were being sent: they may have been bought.",
		],
	],
])(
	"an interrupt leaves %s behind, and names the command that goes on",
	(_what, events, lines) => {
		const progress = progressOf(events.length);
		for (const [at, event] of events.entries())
			addEvent(progress, label(at + 1), event, 0);
		expect(moneyUnderWay(progress, "flux-ultra resume")).toEqual([
			...lines,
			"To bring what is paid: flux-ultra resume",
		]);
	},
);
