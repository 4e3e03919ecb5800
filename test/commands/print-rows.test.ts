import stringWidth from "string-width";
import { expect, it } from "vitest";
import { printTable } from "../../src/commands/runs/print-rows.ts";
import type { Row } from "../../src/commands/runs/row.ts";
import { fakeRuntime } from "../fake-runtime.ts";

const row: Row = {
	version: 1,
	status: "saved",
	run_id: "01a22baa-a4ce-7000-8cdc-cfdb7aae3ae4",
	created_at: "2026-11-30T08:55:00Z",
	cost_usd: 0.06,
	paid_usd: 0.06,
	cost_is_estimate: false,
	file: "garden.jpg",
	path: "/shots/garden.jpg",
	seed: 25_438_056,
	prompt: "a serene japanese garden with cherry blossoms at dawn",
	client_ref: "ref",
	model: null,
	sha256: null,
	project: null,
	sandbox: null,
};

const japanese = "夜明けの静かな日本庭園、桜の花が咲き誇る池のほとり";

it.each<[number, Partial<Row>, string]>([
	[140, {}, ""],
	[100, {}, "run"],
	[100, { prompt: "a fox", file: "f" }, ""],
	[80, {}, "run file"],
	[60, {}, "run file seed"],
	[40, {}, "run file seed cost time"],
	[40, { prompt: "a fox" }, "run file seed cost"],
	[60, { prompt: japanese }, "run file seed"],
	[80, { file: "静かな日本庭園の写真.jpg" }, "run file"],
	[20, {}, "run file seed cost time"],
])(
	"in %i columns the prompt is seen, for %o without: %s",
	(columns, given, without) => {
		const runtime = fakeRuntime({ tty: { stdout: true } });
		const stdout = Object.assign(runtime.stdout, { columns });
		expect(printTable([{ ...row, ...given }], "", stdout).join(" ")).toBe(
			without,
		);
		const lines = runtime.stdoutText().trimEnd().split("\n");
		for (const line of lines)
			expect(stringWidth(line)).toBeLessThanOrEqual(columns);
		expect(lines[1]).toContain(` ${(given.prompt ?? "a serene").slice(0, 8)}`);
	},
);
