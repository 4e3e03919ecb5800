import type { Failure } from "../errors.ts";
import type { JobEvent, JobLabel } from "../events.ts";
import type { ErrorRecord, ImageRecord } from "../record.ts";
import type { Runtime } from "../runtime.ts";
import { createBatchNarrator } from "./batch-narrator.ts";
import { createNarrator } from "./narrator.ts";
import { liveProgress, plainProgress } from "./progress.ts";
import { createResults } from "./results.ts";
import { canAnimate, canColor, createStyle } from "./style.ts";

/** What a command tells while it works; where and how was decided when it was made. */
export interface Reporter {
	/** Once it is known what there is to do. */
	begin(order: {
		readonly images: number;
		/** What a batch is estimated to cost. */
		readonly estimateMicros?: number | undefined;
	}): void;
	/** What a batch comes to. */
	headline(text: string): void;
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
	failure(failure: Failure, record: ErrorRecord): void;
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
	/** stdout belongs to the bytes of an image. */
	readonly stdoutTaken?: boolean | undefined;
}

/** Results on stdout (paths, or records with `--json`), everything meant for eyes on stderr. */
export async function createReporter(
	runtime: Pick<Runtime, "stdout" | "stderr" | "env" | "clock">,
	options: ReporterOptions = {},
): Promise<Reporter> {
	const { stdout, stderr, env, clock } = runtime;
	const isLive = !options.quiet && canAnimate(stderr, env);
	const hasColor = options.color !== false && canColor(stderr, env);
	const results = createResults(stdout, {
		json: options.json === true,
		// On a terminal the line on stderr names the file already.
		silent: options.stdoutTaken === true || (isLive && stdout.isTTY === true),
	});
	const create = options.isBatch ? createBatchNarrator : createNarrator;
	const narrator = create({
		progress: isLive
			? await liveProgress(stderr, hasColor)
			: plainProgress(stderr),
		style: await createStyle(stderr, env, options.color === false),
		now: () => clock.elapsed(),
		quiet: options.quiet === true,
		verbose: options.verbose === true,
		isLive,
	});
	return {
		...narrator,
		record(record) {
			// First the line for eyes, so that on a terminal the path stands below it.
			narrator.record(record);
			results.record(record);
		},
		failure(failure, record) {
			narrator.failed(failure);
			results.error(record);
		},
	};
}
