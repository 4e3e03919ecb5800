import type { JobEvent, JobLabel } from "../events.ts";
import type { ImageRecord } from "../record.ts";
import { escaped } from "../system/escape.ts";
import { createBoard } from "./board.ts";
import { describeImage } from "./format.ts";
import type { Narrator, NarratorOptions } from "./narrator.ts";
import { createSpeech, describeTrouble } from "./speech.ts";

/**
 * Tells of many images: on a live terminal a board that stays where it is, below the failures that
 * scroll; elsewhere a line for each image that was saved or failed. What was there already is only counted.
 */
export function createBatchNarrator(options: NarratorOptions): Narrator {
	const { progress, style, isLive, quiet } = options;
	const board = createBoard(options.now, style);
	const speech = createSpeech(options);
	/** One reason that many images share is told in full once. */
	const told = new Set<string>();

	function event(job: JobLabel, happened: JobEvent): void {
		board.event(job, happened);
		// In a batch something is mended every minute; the board counts, --verbose tells.
		if (happened.type === "note")
			speech.detail(`[${job.index}] ${happened.text}`);
		if (isLive) progress.show(board.text);
	}

	function record(ended: ImageRecord): void {
		board.record(ended);
		if (isLive) progress.show(board.text);
		else if (ended.status === "saved" && !quiet)
			progress.print(
				`${place(ended)}${style.green("✔")} ${escaped(ended.file)}  ${describeImage(ended)}`,
			);
		else if (ended.status === "submitted" && !quiet)
			progress.print(
				`${place(ended)}submitted: run ${escaped(ended.run_id ?? "")}`,
			);
		if (ended.status === "failed" || ended.status === "pending")
			complain(ended);
	}

	function complain(
		ended: Extract<ImageRecord, { status: "failed" | "pending" | "submitted" }>,
	): void {
		const code = ended.error?.code ?? "internal";
		// What was not begun has no story of its own.
		if (code === "interrupted") return;
		const [line = "", hint] = describeTrouble(ended, style);
		const isGeneral = ended.run_id === null && ended.charged === "no";
		if (isGeneral && told.has(line)) return;
		told.add(isGeneral ? line : "");
		progress.print(`${place(ended)}${line}`);
		if (hint && !told.has(hint)) progress.print(hint);
		if (hint) told.add(hint);
	}

	return {
		...speech,
		begin: (order) => board.begin(order.images, order.estimateMicros),
		event,
		record,
		interrupted(nextCommand) {
			progress.print(
				`Stopping: nothing more is bought; ${board.underWay()} on the way home. Ctrl-C again leaves them to: ${nextCommand}`,
			);
			board.interrupted(nextCommand);
		},
		end() {
			progress.stop();
			if (quiet) return;
			for (const line of board.summary()) progress.print(line);
		},
	};
}

function place({ line, index }: ImageRecord): string {
	return line === undefined ? `[${index}] ` : `line ${line}: `;
}
