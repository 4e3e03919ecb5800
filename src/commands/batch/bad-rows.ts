import { Failure } from "../../errors.ts";
import type { BadRow } from "../../rows/row.ts";
import type { Session } from "../session/session.ts";

/**
 * All of them are shown: whoever mends the file wants to mend it once. What is wrong with many for one reason, as a wrong
 * template is with every row, is said once.
 * @param bad in the order of the file
 * @throws {Failure} `usage` where there are any
 */
export function refuseBadRows(
	bad: readonly BadRow[],
	name: string,
	{ reporter }: Pick<Session, "reporter">,
): void {
	if (bad.length === 0) return;
	const linesOf = new Map<string, number[]>();
	for (const { line, reason } of bad) {
		const lines = linesOf.get(reason) ?? [];
		if (lines.at(-1) !== line) lines.push(line);
		linesOf.set(reason, lines);
	}
	const faults = [...linesOf].map(([reason, [line, ...more]]) => {
		const also = more.length > 0 ? ` (lines ${rangesOf(more)} too)` : "";
		return `${name}:${line}: ${reason}${also}`;
	});
	const [fault, ...more] = faults;
	if (more.length > 0) for (const each of faults) reporter.complaint(each);
	const isOne = bad.length === 1;
	const lines = [...new Set(bad.map(({ line }) => line))];
	const why = more.length > 0 ? `lines ${rangesOf(lines)}` : fault;
	throw new Failure(
		"usage",
		`${bad.length} ${isOne ? "row" : "rows"} of ${name} cannot be bought: ${why}`,
		{
			hint: bad.every(({ hasRemedy }) => hasRemedy)
				? "nothing was sent"
				: "nothing was sent; mend the rows and run the same command again",
		},
	);
}

/** `3, 5-9`. @param lines ascending */
function rangesOf(lines: readonly number[]): string {
	const ranges: { first: number; last: number }[] = [];
	for (const line of lines) {
		const range = ranges.at(-1);
		if (range?.last === line - 1) range.last = line;
		else ranges.push({ first: line, last: line });
	}
	return ranges
		.map(({ first, last }) => (first === last ? first : `${first}-${last}`))
		.join(", ");
}
