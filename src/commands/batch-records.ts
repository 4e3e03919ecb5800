import type { DoneImage } from "../batch/done.ts";
import type { PlannedImage } from "../batch/plan-rows.ts";
import type { Failure } from "../errors.ts";
import { plannedPath } from "../jobs/places.ts";
import { microsToUsd } from "../money.ts";
import { errorInfo, type ImageRecord } from "../record.ts";
import type { BatchWork } from "./batch-tools.ts";
import { type Session, showPath } from "./session.ts";

/** A record for each image: what a batch would do. */
export async function tellPlan(
	{ plan, survey }: Pick<BatchWork, "plan" | "survey">,
	session: Session,
): Promise<void> {
	const { reporter, service, runtime } = session;
	reporter.begin({ images: survey.images });
	for await (const image of plan()) {
		const need = survey.needOf(image.index);
		const done = survey.done.byKey.get(image.key);
		const { line, index, prompt, seed, output } = image;
		if (need === "nothing" && done) {
			reporter.record({ ...skippedRecord(image, done, session), line });
			continue;
		}
		const { id, formats, priceMicros } = image.model;
		const path = plannedPath({ output: { path: output, formats } }) ?? output;
		const micros = need === "buy" ? priceMicros : 0;
		reporter.record({
			version: 1,
			status: "planned",
			file: showPath(path, runtime.cwd),
			charged: "no",
			cost_usd: micros === undefined ? null : microsToUsd(micros),
			prompt,
			seed,
			model: id,
			index,
			line,
			sandbox: service === "sandbox",
		});
	}
}

/** An image that is on disk already. */
export function skippedRecord(
	image: PlannedImage,
	done: DoneImage,
	session: Session,
): ImageRecord {
	const { bytes, width, height, format, sha256, sandbox } = done;
	return {
		...toldOf(image, done.ref, sandbox),
		status: "skipped",
		file: showPath(done.path, session.runtime.cwd),
		bytes,
		width,
		height,
		format,
		sha256,
		run_id: done.runId,
		charged: "no",
		cost_usd: 0,
	};
}

/** An image that was not begun, or could not be. */
export function failedRecord(
	image: PlannedImage,
	ref: string,
	failure: Failure,
	{ service }: Session,
): ImageRecord {
	return {
		...toldOf(image, ref, service === "sandbox"),
		status: "failed",
		run_id: null,
		charged: "no",
		error: errorInfo(failure),
	};
}

function toldOf(image: PlannedImage, ref: string, sandbox: boolean) {
	return {
		version: 1,
		prompt: image.prompt,
		seed: image.seed,
		model: image.model.id,
		client_ref: ref,
		index: image.index,
		sandbox,
	} as const;
}
