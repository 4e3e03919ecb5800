import { Failure } from "../../errors.ts";
import { placeholdersOf } from "../../names/template.ts";
import type { Survey } from "../../orders/survey.ts";
import { errorInfo, type FailedRecord } from "../../record.ts";
import type { BadRow, Row } from "../../rows/row.ts";
import { counted } from "../../system/plural.ts";
import type { Session } from "../session/session.ts";
import type { BatchOptions } from "./order.ts";

/**
 * All of them are shown: whoever mends the file wants to mend it once. What is wrong with many for one reason, as a wrong
 * template is with every row, is said once.
 * @throws {Failure} `usage` where there are any
 */
export function refuseBadRows(
	{ bad, images }: Pick<Survey, "bad" | "images">,
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
		const lines = more.length === 1 ? "line" : "lines";
		const also = more.length > 0 ? ` (${lines} ${rangesOf(more)} too)` : "";
		return `${name}:${line}: ${reason}${also}`;
	});
	const [fault, ...more] = faults;
	if (more.length > 0) for (const each of faults) reporter.complaint(each);
	const why = more.length > 0 ? `lines ${linesIn(bad)}` : fault;
	const canBeMended = !bad.every(({ hasRemedy }) => hasRemedy);
	const hints = [
		"nothing was sent",
		...(canBeMended ? ["mend the rows and run the same command again"] : []),
		...(images > 0 ? ["to leave out what is bad: --skip-bad"] : []),
	];
	throw new Failure(
		"usage",
		`${counted(bad.length, "row")} of ${name} cannot be bought: ${why}`,
		{
			hint: hints.join("; "),
			rows: bad
				.slice(0, mostRows)
				.map(({ line, reason }) => ({ line, reason })),
		},
	);
}

const mostRows = 100;

/**
 * With `--each` a row that could not be read may be any number of images, and what counts those before an image would be
 * another once it is mended: the others would be bought again under new names, or by another shard.
 * @param output the template of `-o`
 * @throws {Failure} `usage`
 */
export function refuseUncounted(
	{ bad }: Pick<Survey, "bad">,
	options: Pick<BatchOptions, "each" | "shard">,
	output: string | undefined,
): void {
	const uncounted = bad.filter(({ prompt }) => prompt === undefined);
	const hasIndex = placeholdersOf(output ?? "").includes("index");
	if (!options.each || uncounted.length === 0) return;
	if (!hasIndex && options.shard === undefined) return;
	const counter = hasIndex ? "{index}" : "--shard";
	const lines = uncounted.length === 1 ? "line" : "lines";
	throw new Failure(
		"usage",
		`with --each it is not known how many images ${lines} ${linesIn(uncounted)} will be, and ${counter} counts them`,
		{
			hint: `mend the ${uncounted.length === 1 ? "row" : "rows"}, or leave ${counter} out`,
		},
	);
}

export interface LeftOut {
	readonly record: FailedRecord;
	readonly columns: Row["columns"] | undefined;
}

/** What `--skip-bad` leaves out, image by image as far as it is known what a row asks for. */
export function leaveOut(
	{ bad }: Pick<Survey, "bad">,
	name: string,
	isMine: (number: number) => boolean,
	defaultModel: string,
	{ reporter, service }: Pick<Session, "reporter" | "service">,
): readonly LeftOut[] {
	const told = new Set<number>();
	const mine = bad.filter(({ number }) => isMine(number));
	if (mine.length > 0)
		reporter.note(
			`${counted(mine.length, "row")} of ${name} cannot be bought, and ${mine.length === 1 ? "is" : "are"} left out: ${mine.length === 1 ? "line" : "lines"} ${linesIn(mine)}`,
		);
	return mine.flatMap(({ line, reason, prompt, columns, index, run }) => {
		if (told.has(index)) return [];
		told.add(index);
		const { images, ...rest } = run ?? {
			images: 1,
			seed: null,
			model: defaultModel,
		};
		return Array.from({ length: images }, (_, at) => ({
			record: {
				version: 1,
				prompt: prompt ?? columns?.prompt ?? "",
				...rest,
				client_ref: "",
				index: index + at,
				...(images > 1 && { output: at + 1 }),
				line,
				sandbox: service === "sandbox",
				status: "failed",
				run_id: null,
				charged: "no",
				error: errorInfo(new Failure("usage", reason)),
			},
			columns,
		}));
	});
}

function linesIn(bad: readonly BadRow[]): string {
	return rangesOf([...new Set(bad.map(({ line }) => line))]);
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
