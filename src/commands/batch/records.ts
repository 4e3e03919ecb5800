import type { Failure } from "../../errors.ts";
import type { DoneImage } from "../../ledger/done-images.ts";
import { plannedPath } from "../../names/places.ts";
import type { PlannedImage } from "../../orders/plan-rows.ts";
import { imageKey } from "../../purchase/job.ts";
import { toldInputs } from "../../purchase/told-inputs.ts";
import {
	errorInfo,
	type ImageAsked,
	type ImageRecord,
	type PlannedRecord,
} from "../../record.ts";
import { microsToUsd } from "../../system/money.ts";
import { type Session, showPath } from "../session/session.ts";
import type { BatchWork } from "./tools.ts";

/** A record for each image: what a batch would do. */
export async function tellPlan(
	{ plan, survey }: Pick<BatchWork, "plan" | "survey">,
	session: Session,
): Promise<void> {
	const { reporter } = session;
	reporter.begin({ images: survey.images });
	for await (const image of plan()) {
		const need = survey.needOf(image.index);
		for (let at = 1; at <= image.images; at += 1) {
			const done = survey.done.byKey.get(imageKey(image.key, at));
			const { line } = image;
			reporter.record(
				need === "nothing" && done
					? { ...skippedRecord(image, done, at, session), line }
					: plannedRecord(image, at, need === "buy", session),
			);
		}
	}
}

function plannedRecord(
	image: PlannedImage,
	at: number,
	isToBuy: boolean,
	session: Session,
): PlannedRecord {
	const { runtime, service } = session;
	const { output: template, formats, images, priceMicros, line } = image;
	const planned = { output: { path: template, formats } };
	const { client_ref: _, ...asked } = toldOf(
		image,
		"",
		at,
		service === "sandbox",
	);
	const micros =
		priceMicros === undefined ? undefined : Math.round(priceMicros / images);
	const cost = isToBuy ? micros : 0;
	return {
		...asked,
		status: "planned",
		file: showPath(plannedPath(planned, at) ?? template, runtime.cwd),
		charged: "no",
		cost_usd: cost === undefined ? null : microsToUsd(cost),
		...(isToBuy && image.isEstimate && { cost_is_estimate: true }),
		line,
	};
}

/** An image that is on disk already. */
export function skippedRecord(
	image: PlannedImage,
	done: DoneImage,
	at: number,
	session: Session,
): ImageRecord {
	const { bytes, width, height, format, sha256, sandbox } = done;
	return {
		...toldOf(image, done.ref, at, sandbox),
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
		paid_usd: done.paidUsd,
	};
}

/** An image that was not begun, or could not be. */
export function failedRecord(
	image: PlannedImage,
	ref: string,
	at: number,
	failure: Failure,
	{ service }: Session,
): ImageRecord {
	return {
		...toldOf(image, ref, at, service === "sandbox"),
		status: "failed",
		run_id: null,
		charged: "no",
		error: errorInfo(failure),
	};
}

function toldOf(
	image: PlannedImage,
	ref: string,
	at: number,
	sandbox: boolean,
): ImageAsked {
	return {
		version: 1,
		prompt: image.prompt,
		seed: image.seed,
		model: image.model.id,
		...toldInputs(image.input, image.files),
		client_ref: ref,
		index: image.index + at - 1,
		...(image.images > 1 && { output: at }),
		sandbox,
	};
}
