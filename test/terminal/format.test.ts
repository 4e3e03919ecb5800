import { expect, it, onTestFinished, vi } from "vitest";
import type { SavedRecord, SkippedRecord } from "../../src/record.ts";
import { alignRows } from "../../src/terminal/align-rows.ts";
import {
	formatBytes,
	formatCost,
	formatElapsed,
	formatLocalTime,
	formatSeconds,
	shortPrompt,
} from "../../src/terminal/format.ts";
import { endLine } from "../../src/terminal/image-lines.ts";
import { createStyle } from "../../src/terminal/style.ts";
import { savedRecord, skippedRecord } from "../records.ts";

it.each([
	[0, "0 B"],
	[999, "999 B"],
	[1_000, "1 kB"],
	[1_834, "2 kB"],
	[999_499, "999 kB"],
	[999_500, "1.0 MB"],
	[1_834_021, "1.8 MB"],
	[999_950_000, "1.0 GB"],
])("%d bytes are told as %s", (bytes, text) => {
	expect(formatBytes(bytes)).toBe(text);
});

it.each([
	[0, "0.0 s", "0 s"],
	[9_874, "9.9 s", "9 s"],
	[59_949, "59.9 s", "59 s"],
	[59_950, "1 min 0 s", "59 s"],
	[64_000, "1 min 4 s", "1 min 4 s"],
	[3_725_000, "62 min 5 s", "62 min 5 s"],
])("%d ms took %s, and are going on for %s", (ms, took, soFar) => {
	expect([formatElapsed(ms), formatSeconds(ms)]).toEqual([took, soFar]);
});

it.each([
	[0.06, "$0.06"],
	[0.003, "$0.003"],
	[0, "$0.00"],
	[1.5, "$1.50"],
	[null, "cost not known"],
])("%j dollars are told as %s", (usd, text) => {
	expect(formatCost(usd)).toBe(text);
});

it.each([
	["UTC", "2026-11-03T12:00:59.999Z", "2026-11-03 12:00 +0000"],
	["Pacific/Auckland", "2026-11-03T12:00:00Z", "2026-11-04 01:00 +1300"],
	["Asia/Kathmandu", "2026-01-02T03:04:00Z", "2026-01-02 08:49 +0545"],
	["America/St_Johns", "2026-11-03T02:00:00Z", "2026-11-02 22:30 -0330"],
	["UTC", "soon", ""],
])("in %s, %s is told as %j", (zone, iso, text) => {
	vi.stubEnv("TZ", zone);
	onTestFinished(() => void vi.unstubAllEnvs());
	expect(formatLocalTime(iso)).toBe(text);
});

it.each([
	["a  garden\n at dawn ", 48, "a garden at dawn"],
	["a garden at dawn", 8, "a garde…"],
	["🦊🦊🦊🦊", 3, "🦊🦊…"],
	["a\u001b[2Jb\u202ec", 48, "a\\x1b[2Jb\\u202ec"],
	["", 48, ""],
])("the prompt %j in %d characters is %j", (prompt, width, text) => {
	expect(shortPrompt(prompt, width)).toBe(text);
});

const saved = savedRecord({ file: "x.jpg", bytes: 1_834_021, total_ms: 9_874 });

it.each<[SavedRecord | SkippedRecord, string]>([
	[saved, "640 × 480 · 1.8 MB · seed 42 · $0.06 · 9.9 s"],
	[
		{ ...saved, cost_usd: null, sandbox: true },
		"640 × 480 · 1.8 MB · seed 42 · cost not known · 9.9 s · sandbox",
	],
	[
		skippedRecord(saved),
		"640 × 480 · 1.8 MB · seed 42 · already there, nothing spent",
	],
	[
		{ ...saved, charged: "no", cost_usd: 0 },
		"640 × 480 · 1.8 MB · seed 42 · nothing spent · 9.9 s",
	],
])(
	"an image is one line that a person likes to read: %#",
	async (record, line) => {
		const plain = await createStyle(false);
		expect(endLine(record, plain)).toBe(`✔ x.jpg  ${line}`);
	},
);

it("columns stand below one another, without blanks at the end of a line", () => {
	const rows = [
		["one", "2", "three"],
		["four", "", ""],
		["", "six6", ""],
	];
	expect(alignRows(rows)).toBe("one   2     three\nfour\n      six6\n");
	expect(alignRows([])).toBe("");
});

it("columns stand below one another, and lines are cut, as wide as a terminal shows them", () => {
	const rows = [
		["庭.jpg", "夜明けの日本庭園"],
		["fox.jpg", "a 🦊 in the snow"],
	];
	expect(alignRows(rows)).toBe(
		"庭.jpg   夜明けの日本庭園\nfox.jpg  a 🦊 in the snow\n",
	);
	expect(alignRows(rows, 14)).toBe("庭.jpg   夜明…\nfox.jpg  a 🦊…\n");
	expect(alignRows([["e\u0301e\u0301e\u0301e\u0301"]], 3)).toBe(
		"e\u0301e\u0301…\n",
	);
});
