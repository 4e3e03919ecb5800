import stringWidth from "string-width";
import type { OutputStream } from "../../runtime.ts";
import { escaped, escapedJson } from "../../system/escape.ts";
import { alignRows } from "../../terminal/align-rows.ts";
import {
	formatCost,
	formatLocalTime,
	shortPrompt,
} from "../../terminal/format.ts";
import { lineWidth } from "../../terminal/style.ts";
import type { Row } from "./row.ts";

const rowsAtOnce = 500;

/** Prints rows as JSON Lines, or as comma-separated values that a spreadsheet takes for text where they would be formulas. */
export async function openRowPrinter(
	form: "json" | "csv",
	stdout: OutputStream,
) {
	const csv =
		form === "csv" ? (await import("csv-stringify/sync")).stringify : undefined;
	let waiting: Row[] = [];
	let header = true;
	const print = () => {
		const text = csv
			? csv(waiting, {
					...{ header, columns, escape_formulas: true },
					cast: { boolean: String, string: (value) => escaped(value) },
				})
			: waiting.map((row) => `${escapedJson(row)}\n`).join("");
		stdout.write(text);
		[waiting, header] = [[], false];
	};
	return {
		add(row: Row): void {
			waiting.push(row);
			if (waiting.length === rowsAtOnce) print();
		},
		end: print,
	};
}

const columns: readonly (keyof Row)[] = [
	...(["created_at", "status", "run_id", "seed", "model"] as const),
	...(["cost_usd", "paid_usd", "file", "sha256", "project"] as const),
	...(["sandbox", "client_ref", "prompt", "cost_is_estimate"] as const),
];

/** What is left out first where a terminal is too narrow for the prompts. */
const dispensable = ["run", "file", "seed", "cost", "time"];
/** So much of the prompts should be seen, in columns. */
const promptWidth = 20;

/**
 * A table; on a terminal with a header, each line as wide as that at most.
 * @param mark stands behind each status
 * @returns the columns that a terminal has no room for
 */
export function printTable(
	rows: readonly Row[],
	mark: string,
	stdout: OutputStream,
): readonly string[] {
	if (rows.length === 0) return [];
	const width = lineWidth(stdout);
	let table = rows.map((row) => cellsOf(row, mark, width));
	const longest = Math.max(
		...table.map(({ prompt = "" }) => stringWidth(prompt)),
	);
	const left: string[] = [];
	for (const name of dispensable) {
		if (room(table, width) >= Math.min(promptWidth, longest)) break;
		table = table.map(({ [name]: _, ...cells }) => cells);
		left.push(name);
	}
	const names = Object.keys(table[0] ?? {});
	const hasHeader = Number.isFinite(width);
	const lines = table.map((cells) => names.map((name) => cells[name] ?? ""));
	stdout.write(alignRows(hasHeader ? [names, ...lines] : lines, width));
	return left;
}

type Cells = Readonly<Record<string, string>>;

/** @param width no prompt need be longer, in characters */
function cellsOf(row: Row, mark: string, width: number): Cells {
	return {
		time: row.created_at === null ? "" : formatLocalTime(row.created_at),
		status: escaped(row.status) + mark,
		run: escaped(nameOf(row)),
		seed: row.seed === null ? "" : String(row.seed),
		cost:
			row.paid_usd === null
				? ""
				: formatCost(row.paid_usd, row.cost_is_estimate),
		file: escaped(row.file ?? ""),
		prompt: shortPrompt(row.prompt ?? "", width),
	};
}

/** What other commands know it by: without a run its reference, as long as it can be given up. */
function nameOf({ run_id, client_ref, status }: Row): string {
	const isOpen = status === "planned" || status === "sending";
	return run_id ?? (isOpen ? client_ref : null) ?? "-";
}

function room(table: readonly Cells[], width: number): number {
	const names = Object.keys(table[0] ?? {}).filter((name) => name !== "prompt");
	const taken = names.map((name) =>
		Math.max(
			name.length,
			...table.map((cells) => stringWidth(cells[name] ?? "")),
		),
	);
	return taken.reduce((rest, column) => rest - column - 2, width);
}
