import { idOf } from "./ids.ts";
import { decimalUsd } from "./money.ts";
import { billedMicros, deliveredCount, endings } from "./outcomes.ts";
import { outputAssetId } from "./output-assets.ts";
import type { RunRecord } from "./records.ts";
import { progressAt } from "./run-clock.ts";

/** How the outputs of a run are shown: the documented form, or one of those that were also met. */
export type OutputShape =
	| "outputs"
	| "image-urls"
	| "image"
	| "images"
	| "url"
	| "output-url";

/** A run as the API shows it, all but its output (fields: vendor documentation). */
export function runFacts(run: RunRecord, now: number): Record<string, unknown> {
	const { status, startedAt, completedAt } = progressAt(run, now);
	const ended = completedAt !== null;
	const failure = ended ? endings[run.outcome].failure : undefined;
	return {
		id: run.id,
		status_code: status,
		model_id: idOf(run.model),
		input: run.input,
		output: null,
		cost: ended ? decimalUsd(billedMicros(run)) : null,
		duration_ms: ended && startedAt !== null ? completedAt - startedAt : null,
		client_ref: run.clientRef,
		metadata: run.metadata,
		request_id: run.requestId,
		jurisdiction_code: null,
		created_at: iso(run.createdAt),
		started_at: iso(startedAt),
		completed_at: iso(completedAt),
		nodes_total: 1,
		nodes_completed: ended && !failure ? 1 : 0,
		has_logs: true,
		failure_code: failure?.code ?? null,
		failure_message: failure?.message ?? null,
		failure_stage_code: failure?.stage ?? null,
	};
}

/** Whether there is an output to show, be it one without pictures. */
export function hasOutput(run: RunRecord, now: number): boolean {
	return progressAt(run, now).showsOutput && endings[run.outcome].billed;
}

/** The output of a run at its end. `link` gives the address of a picture, from 0. */
export function runOutput(
	run: RunRecord,
	shape: OutputShape,
	link: (index: number) => string,
): Record<string, unknown> {
	const { width, height, format } = run.picture;
	const urls = Array.from({ length: deliveredCount(run) }, (_, index) =>
		link(index),
	);
	const told = {
		seed: run.oddities.hidesSeed ? null : run.seed,
		timing: null,
		nsfw_detected: false,
	};
	switch (shape) {
		case "outputs":
			return {
				outputs: urls.map((url, index) => ({
					url,
					type: "image",
					width,
					height,
					...(!run.oddities.hidesAssets && {
						asset_id: outputAssetId(run, index),
					}),
				})),
				...told,
			};
		case "image-urls":
			return { image_urls: urls, ...told };
		case "image":
			return { image: urls[0] ? { url: urls[0] } : null, ...told };
		case "images": {
			const content_type = `image/${format}`;
			return {
				images: urls.map((url) => ({ url, width, height, content_type })),
				...told,
			};
		}
		case "url":
			return { url: urls[0] ?? null, ...told };
		case "output-url":
			return { output_url: urls[0] ?? null, ...told };
		default:
			return shape satisfies never;
	}
}

/** The answer to the creation of a run, the same at each replay: queued, with nothing decided. */
export function createdRun(run: RunRecord): Record<string, unknown> {
	return runFacts(run, run.createdAt - 1);
}

export function iso(ms: number | null): string | null {
	return ms === null ? null : new Date(ms).toISOString();
}
