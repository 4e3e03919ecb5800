import { expect, it } from "vitest";
import type { JobEvent, JobLabel } from "../../src/events.ts";
import type { ImageRecord } from "../../src/record.ts";
import { createTally } from "../../src/terminal/tally.ts";

function label(index = 1, priceMicros: number | undefined = 60_000): JobLabel {
	return { index, prompt: "a", seed: 7, priceMicros };
}

function ended(index: number, status: "saved" | "failed"): ImageRecord {
	return { index, status, cost_usd: 0.06 } as unknown as ImageRecord;
}

const state = (
	name: "queued" | "running" | "unknown",
	sinceMs = 0,
	status: string = name,
): JobEvent => ({ type: "state", state: name, status, sinceMs });

it.each<[JobEvent, string]>([
	[{ type: "sending" }, "sending"],
	[{ type: "submitted", runId: "r" }, "queued"],
	[state("queued"), "queued"],
	[state("queued", 20_001), "still queued, the service is busy"],
	[state("running"), "running"],
	[state("unknown", 0, "warming\u001b[2J"), 'status "warming\\x1b[2J"'],
	[
		{ type: "downloading", receivedBytes: 500_000, totalBytes: 1_800_000 },
		"downloading 500 kB of 1.8 MB",
	],
	[
		{ type: "downloading", receivedBytes: 500_000, totalBytes: undefined },
		"downloading 500 kB",
	],
	[{ type: "joined", pid: 12 }, "waiting for process 12"],
])(
	"one image: what is going on, since when, what it costs: %j",
	(event, phase) => {
		let now = 1_000;
		const tally = createTally(() => now);
		tally.begin(1);
		tally.event(label(), { type: "sending" });
		now += 9_500;
		tally.event(label(), event);
		expect(tally.text()).toBe(`${phase} · 9 s · $0.06`);
		tally.event(label(), { type: "note", text: "reset; going on" });
		expect(tally.text()).toBe(`${phase} · 9 s · $0.06`);
	},
);

it("a price that nobody knows is not told", () => {
	const tally = createTally(() => 0);
	tally.begin(1);
	tally.event({ ...label(), priceMicros: undefined }, { type: "sending" });
	expect(tally.text()).toBe("sending · 0 s");
});

it("several images: how many are where, and what is spent", () => {
	let now = 0;
	const tally = createTally(() => now);
	tally.begin(5);
	tally.event(label(1), { type: "sending" });
	tally.event(label(2), { type: "submitted", runId: "r2" });
	tally.event(label(3), state("queued", 30_000));
	tally.event(label(4), state("running"));
	tally.event(label(5), state("running"));
	now = 61_000;
	tally.record(ended(5, "saved"));
	expect(tally.text()).toBe(
		"1 of 5 saved, 1 sending, 2 queued, 1 running · 1 min 1 s · $0.06",
	);
	expect(tally.openCount()).toBe(4);
	tally.record(ended(4, "failed"));
	expect(tally.summary()).toBe("1 saved, 1 failed of 5 · $0.06 · 1 min 1 s");
});

it.each<[string, readonly JobEvent[], readonly string[]]>([
	["nothing", [], ["Interrupted. Nothing that was bought is under way."]],
	[
		"one run",
		[{ type: "submitted", runId: "r1" }],
		[
			"Interrupted. Run r1 goes on and is paid; it cannot be canceled.",
			"To bring what is paid: flux-ultra resume",
		],
	],
	[
		"several runs",
		[{ type: "submitted", runId: "r1" }, state("running")],
		[
			"Interrupted. 2 runs go on and are paid; they cannot be canceled.",
			"To bring what is paid: flux-ultra resume",
		],
	],
	[
		"an order that may have arrived",
		[{ type: "sending" }],
		[
			"Interrupted while 1 order was being sent: it may have been bought.",
			"To bring what is paid: flux-ultra resume",
		],
	],
])(
	"an interrupt leaves %s behind, and names the command that goes on",
	(_what, events, lines) => {
		const tally = createTally(() => 0);
		tally.begin(events.length);
		for (const [at, event] of events.entries())
			tally.event(label(at + 1), event);
		expect(tally.leftBehind("flux-ultra resume")).toEqual(lines);
	},
);
