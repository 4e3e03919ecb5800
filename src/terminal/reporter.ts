import type { Failure } from "../errors.ts";
import type { JobEvent, JobLabel } from "../events.ts";
import {
	type ErrorRecord,
	errorRecord,
	type ImageRecord,
	withPath,
} from "../record.ts";
import type { OutputStream, Runtime } from "../runtime.ts";
import { escaped, escapedJson } from "../system/escape.ts";
import { planLine } from "./image-lines.ts";
import { type Narration, tellImages, tellMessages } from "./narration.ts";
import { startProgress } from "./progress.ts";
import { board, statusLine } from "./progress-text.ts";
import {
	canAnimate,
	canColor,
	createSpinner,
	createStyle,
	lineWidth,
} from "./style.ts";

/** What a command tells while it works; where and how was decided when it was made. */
export interface Reporter {
	/** Once it is known what there is to do. */
	begin(order: {
		readonly images: number;
		/** What a batch is estimated to cost. */
		readonly estimateMicros?: number | undefined;
	}): void;
	/** A line that belongs to no image. */
	info(text: string): void;
	/** Something in the input that must be mended. */
	complaint(text: string): void;
	event(job: JobLabel, event: JobEvent): void;
	/** How one image ended. */
	record(record: ImageRecord): void;
	/** One thing worth knowing that is no result. */
	note(text: string): void;
	/** Only for `--verbose`. */
	detail(text: string): void;
	/** The user pressed Ctrl-C: what becomes of what was begun, and the command that goes on. */
	interrupted(nextCommand: string): void;
	/** Why something failed that is no image. */
	failed(failure: Failure): void;
	/** Why the command ended before any image. */
	commandFailed(failure: Failure): void;
	/** The last word. */
	end(): void;
}

export interface ReporterOptions {
	readonly json?: boolean | undefined;
	readonly quiet?: boolean | undefined;
	readonly verbose?: boolean | undefined;
	readonly color?: boolean | undefined;
	/** Many images: told by a board, and by a line for each that failed. */
	readonly isBatch?: boolean | undefined;
	/** Nothing is done: what would be is listed on stdout. */
	readonly dryRun?: boolean | undefined;
	/** stdout belongs to the bytes of an image. */
	readonly stdoutTaken?: boolean | undefined;
}

/** Results on stdout (paths, or records with `--json`), everything meant for eyes on stderr. */
export async function createReporter(
	runtime: Pick<
		Runtime,
		"stdout" | "stderr" | "env" | "clock" | "cwd" | "onSuspend"
	>,
	options: ReporterOptions = {},
): Promise<Reporter> {
	const { stderr, env, clock } = runtime;
	const { quiet = false, verbose = false, isBatch = false } = options;
	const isLive = !quiet && !options.dryRun && canAnimate(stderr, env);
	const hasColor = options.color !== false && canColor(stderr, env);
	const style = await createStyle(hasColor);
	const nowMs = () => clock.elapsed();
	const progress = startProgress(nowMs());
	const spinner =
		isLive &&
		(await createSpinner(runtime, hasColor, () =>
			isBatch ? board(progress, nowMs(), style) : statusLine(progress, nowMs()),
		));
	const narration: Narration = {
		progress,
		style,
		nowMs,
		isBatch,
		verbose,
		spinner: spinner || undefined,
		print: (line) => void stderr.write(`${line}\n`),
		say: (line) => void (quiet || stderr.write(`${line}\n`)),
	};
	const results = createResults(
		runtime,
		options.json === true,
		options.dryRun ? await planTeller(runtime.stdout) : undefined,
		// On a terminal the line on stderr names the file already.
		options.stdoutTaken === true || (isLive && runtime.stdout.isTTY === true),
	);
	const messages = tellMessages(narration);
	const images = tellImages(narration);
	return {
		...messages,
		...images,
		record(record) {
			// First the line for eyes, so that on a terminal the path stands below it.
			images.record(record);
			results(record);
		},
		commandFailed(failure) {
			messages.failed(failure);
			results(errorRecord(failure));
		},
	};
}

/** What goes to stdout, and nothing else does. */
function createResults(
	/** Its stdout is opened by the first result: what ends without one is sooner at its end. */
	runtime: Pick<Runtime, "stdout" | "cwd">,
	json: boolean,
	planned: ((record: PlanRecord) => string) | undefined,
	silent: boolean,
): (record: ImageRecord | ErrorRecord) => void {
	const print = (line: string) => void runtime.stdout.write(`${line}\n`);
	if (json) return (record) => print(escapedJson(withPath(record, runtime)));
	if (planned)
		return (record) => {
			const { status } = record;
			if (status === "planned" || status === "skipped" || status === "saved")
				print(planned(record));
		};
	return (record) => {
		const line = silent ? undefined : resultOf(record);
		// A script needs the name as it is; a terminal must not obey it.
		if (line) print(runtime.stdout.isTTY ? escaped(line) : line);
	};
}

type PlanRecord = Parameters<typeof planLine>[0];

/** For scripts a line of fields; on a terminal one that keeps to its width. */
async function planTeller(
	stdout: OutputStream,
): Promise<(record: PlanRecord) => string> {
	const width = lineWidth(stdout);
	if (!Number.isFinite(width)) return planLine;
	const { default: cliTruncate } = await import("cli-truncate");
	return (record) =>
		cliTruncate(planLine(record).replaceAll("\t", "  "), width);
}

function resultOf(record: ImageRecord | ErrorRecord): string | undefined {
	switch (record.status) {
		case "saved":
		case "skipped":
			return record.file;
		case "submitted":
			// The images of one run share its id.
			return (record.output ?? 1) === 1
				? (record.run_id ?? undefined)
				: undefined;
		case "pending":
		case "failed":
		case "planned":
		case "error":
			return undefined;
		default:
			return record satisfies never;
	}
}
