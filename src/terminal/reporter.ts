import type { Failure } from "../errors.ts";
import type { JobEvent, JobLabel } from "../events.ts";
import type { ErrorRecord, ImageRecord } from "../record.ts";
import type { Runtime } from "../runtime.ts";
import { createNarrator } from "./narrator.ts";
import { liveProgress, plainProgress } from "./progress.ts";
import { createResults } from "./results.ts";
import { canAnimate, createStyle } from "./style.ts";

/** What a command tells while it works; where and how was decided when it was made. */
export interface Reporter {
	/** Once it is known what there is to do. */
	begin(order: { readonly images: number }): void;
	event(job: JobLabel, event: JobEvent): void;
	/** How one image ended. */
	record(record: ImageRecord): void;
	/** One thing worth knowing that is no result. */
	note(text: string): void;
	/** Only for `--verbose`. */
	detail(text: string): void;
	/** The user pressed Ctrl-C: what becomes of what was begun. */
	interrupted(resumeCommand: string): void;
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
	const results = createResults(stdout, {
		json: options.json === true,
		// On a terminal the line on stderr names the file already.
		silent: options.stdoutTaken === true || (isLive && stdout.isTTY === true),
	});
	const narrator = createNarrator({
		progress: isLive ? await liveProgress(stderr) : plainProgress(stderr),
		style: await createStyle(stderr, env, options.color === false),
		now: () => clock.now(),
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
