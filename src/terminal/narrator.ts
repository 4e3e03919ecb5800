import type { JobEvent, JobLabel } from "../events.ts";
import type { ImageRecord } from "../record.ts";
import { escaped } from "../system/escape.ts";
import { formatAbout, formatUsd } from "../system/money.ts";
import {
	describeImage,
	describePlan,
	formatBytes,
	shortPrompt,
} from "./format.ts";
import type { Progress } from "./progress.ts";
import type { Reporter } from "./reporter.ts";
import { createSpeech, describeTrouble } from "./speech.ts";
import type { Style } from "./style.ts";
import { createTally } from "./tally.ts";

export interface NarratorOptions {
	readonly progress: Progress;
	readonly style: Style;
	readonly now: () => number;
	readonly quiet: boolean;
	readonly verbose: boolean;
	/** On a live terminal each state replaces the one before; elsewhere each change is a line. */
	readonly isLive: boolean;
}

export type Narrator = Omit<Reporter, "failure">;

/** Tells on stderr what happens, in words for people. */
export function createNarrator(options: NarratorOptions): Narrator {
	const { progress, style, now } = options;
	const tally = createTally(now);
	let last = new Map<number, string>();
	let images = 1;
	let wasInterrupted = false;

	const say = (line: string) => {
		if (!options.quiet) progress.print(line);
	};
	const tag = (index: number) =>
		images > 1 ? style.dim(`[${index}/${images}] `) : "";

	/** A line of a pipe's log, once for each change. */
	function log(job: JobLabel, key: string, text: string): void {
		if (options.isLive || last.get(job.index) === key) return;
		last.set(job.index, key);
		say(`${tag(job.index)}${text}`);
	}

	function event(job: JobLabel, happened: JobEvent): void {
		if (wasInterrupted) return;
		tally.event(job, happened);
		switch (happened.type) {
			case "sending":
				log(
					job,
					"sending",
					`sending: "${shortPrompt(job.prompt)}"${job.seed === null ? "" : `, seed ${job.seed}`}`,
				);
				break;
			case "uploading":
				log(job, "uploading", `uploading ${formatBytes(happened.totalBytes)}`);
				break;
			case "submitted":
				log(
					job,
					"submitted",
					`run ${escaped(happened.runId)} submitted${priceOf(job)}`,
				);
				break;
			case "state":
				log(
					job,
					happened.status,
					describeState(happened.state, happened.status),
				);
				break;
			case "downloading":
				log(job, "downloading", sizeOf(happened.totalBytes));
				break;
			case "joined":
				say(
					`${tag(job.index)}process ${happened.pid} is at the same image: waiting for it, nothing is bought here`,
				);
				break;
			case "note":
				say(
					`${tag(job.index)}${style.yellow("note:")} ${escaped(happened.text)}`,
				);
				break;
			default:
				happened satisfies never;
		}
		if (options.isLive) progress.show(() => tally.text());
	}

	function record(ended: ImageRecord): void {
		tally.record(ended);
		last.delete(ended.index);
		if (options.isLive && tally.openCount() > 0)
			progress.show(() => tally.text());
		else progress.stop();
		switch (ended.status) {
			case "saved":
			case "skipped":
				say(
					`${tag(ended.index)}${style.green("✔")} ${style.bold(escaped(ended.file))}  ${describeImage(ended)}`,
				);
				break;
			case "submitted":
				say(
					`${tag(ended.index)}${style.green("✔")} submitted, not waited for: run ${escaped(ended.run_id ?? "")}${ended.seed === null ? "" : `, seed ${ended.seed}`}`,
				);
				break;
			case "planned":
				say(
					`${tag(ended.index)}would make ${style.bold(escaped(ended.file))}  ${describePlan(ended)}`,
				);
				break;
			case "pending":
			case "failed": {
				if (!ended.error || ended.error.code === "interrupted") return;
				for (const line of describeTrouble(ended, style))
					progress.print(line.replace(/^(?! )/, tag(ended.index)));
				break;
			}
			default:
				ended satisfies never;
		}
	}

	return {
		begin(order) {
			images = order.images;
			tally.begin(images);
			last = new Map();
		},
		event,
		record,
		...createSpeech(options),
		interrupted(resumeCommand) {
			wasInterrupted = true;
			progress.stop();
			// Also with --quiet: money may be under way.
			for (const line of tally.leftBehind(resumeCommand)) progress.print(line);
		},
		end() {
			progress.stop();
			const summary = tally.summary();
			if (images > 1 && summary && !wasInterrupted) say(summary);
		},
	};
}

function describeState(state: string, status: string): string {
	return state === "unknown"
		? `the service says "${escaped(status)}", which is new to us: waiting on`
		: state;
}

function priceOf({ priceMicros, isEstimate }: JobLabel): string {
	if (priceMicros === undefined) return " (price not known)";
	return ` (${isEstimate ? formatAbout(priceMicros) : formatUsd(priceMicros)})`;
}

function sizeOf(totalBytes: number | undefined): string {
	return totalBytes === undefined
		? "downloading"
		: `downloading ${formatBytes(totalBytes)}`;
}
