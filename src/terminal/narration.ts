import type { Failure } from "../errors.ts";
import type { JobEvent, JobLabel } from "../events.ts";
import type { ErrorInfo, ImageRecord } from "../record.ts";
import { escaped } from "../system/escape.ts";
import { endLine, stepKey, stepLine } from "./image-lines.ts";
import { addEvent, addRecord, hasLeft, type Progress } from "./progress.ts";
import { moneyUnderWay, summary } from "./progress-text.ts";
import type { Reporter } from "./reporter.ts";
import type { Style } from "./style.ts";

type EndedRecord = Exclude<ImageRecord, { status: "planned" }>;

/** What the parts of a reporter share. */
export interface Narration {
	readonly progress: Progress;
	readonly style: Style;
	readonly nowMs: () => number;
	readonly isBatch: boolean;
	readonly verbose: boolean;
	/** On a live terminal each state replaces the one before; elsewhere each change is a line. */
	readonly spinner: { start(): void; stop(): void } | undefined;
	/** A line on stderr. */
	readonly print: (line: string) => void;
	/** A line on stderr that `--quiet` leaves out. */
	readonly say: (line: string) => void;
}

/** What is told of no image: notes, details, and why something failed. */
export function tellMessages({
	style,
	verbose,
	spinner,
	print,
	say,
}: Narration) {
	return {
		info: (text: string) => say(escaped(text)),
		complaint: (text: string) => print(escaped(text)),
		note: (text: string) => say(`${style.yellow("note:")} ${escaped(text)}`),
		detail(text: string) {
			if (verbose) print(style.dim(escaped(text)));
		},
		failed(failure: Failure) {
			const { message, hint, cause, code, isAnswer } = failure;
			spinner?.stop();
			print(`${isAnswer ? "" : `${style.red("error:")} `}${escaped(message)}`);
			if (hint) print(`  ${escaped(hint, { keepNewlines: true })}`);
			const stack = cause instanceof Error ? cause.stack : failure.stack;
			if (stack && (code === "internal" || (verbose && code !== "usage")))
				print(escaped(stack, { keepNewlines: true }));
		},
	};
}

/** What happens to the images: on a live terminal a status line or a board, elsewhere a line for each change, in a batch for each end. */
export function tellImages(narration: Narration) {
	const { progress, style, nowMs, isBatch, spinner, print, say } = narration;
	let nextCommand: string | undefined;
	const tellError = createErrorTeller(
		narration,
		() => nextCommand !== undefined,
	);

	function showProgress(): void {
		const isOver = progress.underWay.size === 0 || nextCommand !== undefined;
		if (isOver && !isBatch) spinner?.stop();
		else spinner?.start();
	}

	return {
		begin(order: Parameters<Reporter["begin"]>[0]) {
			progress.images = order.images;
			progress.estimateMicros = order.estimateMicros;
			progress.startedAtMs = nowMs();
		},
		event(job: JobLabel, event: JobEvent) {
			const before = progress.underWay.get(job.index)?.step;
			addEvent(progress, job, event, nowMs());
			if (nextCommand === undefined || isBatch)
				tellEvent(job, event, before && stepKey(before), narration);
			showProgress();
		},
		record(record: ImageRecord) {
			addRecord(progress, record);
			showProgress();
			// What would be made is a result of the plan, and stands on stdout.
			if (record.status === "planned") return;
			if ("error" in record && record.error) tellError(record, record.error);
			// In a batch the board has what is saved, and what was there already is only counted.
			else if (!isBatch || (!spinner && news.includes(record.status)))
				say(`${prefixOf(record, narration)}${endLine(record, style)}`);
		},
		interrupted(command: string) {
			nextCommand = command;
			const size = [...progress.underWay.values()].filter(hasLeft).length;
			// Also with --quiet: money may be under way.
			if (isBatch)
				return print(
					`Stopping: nothing more is bought; ${size} ${size === 1 ? "image is" : "images are"} on the way home. Ctrl-C again leaves them to: ${command}`,
				);
			spinner?.stop();
			for (const line of moneyUnderWay(progress, command)) print(line);
		},
		end() {
			spinner?.stop();
			const folder = isBatch ? progress.folder : undefined;
			const line = summary(progress, nowMs(), folder);
			const isPlan = progress.ended.planned > 0;
			const isWanted =
				isBatch || isPlan || (progress.images > 1 && !nextCommand);
			if (line && isWanted) say(line);
			if (progress.isUnbilled)
				say(
					`${style.yellow("note:")} the service states no bill: amounts and limits go by the list price`,
				);
			if (line && isBatch && nextCommand) say(`To go on: ${nextCommand}`);
		},
	};
}

const news: readonly ImageRecord["status"][] = ["saved", "submitted"];

/** @param before the key of the step that was told last */
function tellEvent(
	job: JobLabel,
	event: JobEvent,
	before: string | undefined,
	narration: Narration,
): void {
	const { style, isBatch, verbose, spinner, say } = narration;
	const prefix = prefixOf(job, narration);
	if (event.type === "note") {
		// In a batch something is mended every minute; the board counts, --verbose tells.
		if (!isBatch || verbose)
			say(`${prefix}${style.yellow("note:")} ${escaped(event.text)}`);
	} else if (!isBatch && !spinner && before !== stepKey(event))
		say(`${prefix}${stepLine(job, event)}`);
}

/** Tells why an image is not there, and the next step; a reason or a hint that many share only once. */
function createErrorTeller(
	narration: Narration,
	isInterruptTold: () => boolean,
) {
	const { style, print } = narration;
	const told = new Set<string>();
	const tellHint = (hint: string | null) => {
		if (!hint || told.has(hint)) return;
		told.add(hint);
		print(`  ${escaped(hint)}`);
	};
	return (record: EndedRecord, { code, hint }: ErrorInfo): void => {
		if (code === "interrupted") {
			// What was not begun has no story of its own; what is paid has one where only the reader of stdout has left.
			if (record.status === "pending" && !isInterruptTold()) tellHint(hint);
			return;
		}
		const line = endLine(record, style);
		const isShared =
			"run_id" in record && record.run_id === null && record.charged === "no";
		if (isShared && told.has(line)) return;
		if (isShared) told.add(line);
		print(`${prefixOf(record, narration)}${line}`);
		tellHint(hint);
	};
}

/** Which image a line is about, where there are several. */
function prefixOf(
	{ index, line }: { readonly index: number; readonly line?: number },
	{ progress: { images }, style }: Narration,
): string {
	if (line !== undefined) return `line ${line}: `;
	return images > 1 ? style.dim(`[${index}/${images}] `) : "";
}
