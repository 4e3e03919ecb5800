import type { Strikes } from "../faults/injector.ts";
import type { Service } from "../service.ts";
import { idOf } from "../state/ids.ts";
import {
	billedMicros,
	deliveredCount,
	endings,
	outputAssetId,
	type Progress,
	progressAt,
} from "../state/progress.ts";
import type { RunRecord } from "../state/records.ts";

/** The fields of a run as the API shows it (names: vendor documentation). Its output has links, and is added by who makes them. */
export const runFields: Readonly<
	Record<string, (run: RunRecord, progress: Progress) => unknown>
> = {
	id: (run) => run.id,
	status_code: (_run, { status }) => status,
	model_id: (run) => idOf(run.model),
	input: (run) => run.input,
	output: () => null,
	cost: (run, { completedAt }) =>
		completedAt === null ? null : decimalUsd(billedMicros(run)),
	duration_ms: (_run, { startedAt, completedAt }) =>
		completedAt === null || startedAt === null ? null : completedAt - startedAt,
	client_ref: (run) => run.clientRef,
	metadata: (run) => run.metadata,
	request_id: (run) => run.requestId,
	jurisdiction_code: () => null,
	created_at: (run) => iso(run.createdAt),
	started_at: (_run, { startedAt }) => iso(startedAt),
	completed_at: (_run, { completedAt }) => iso(completedAt),
	nodes_total: () => 1,
	nodes_completed: (_run, { completedAt, failure }) =>
		completedAt === null || failure ? 0 : 1,
	has_logs: () => true,
	failure_code: (_run, { failure }) => failure?.code ?? null,
	failure_message: (_run, { failure }) => failure?.message ?? null,
	failure_stage_code: (_run, { failure }) => failure?.stage ?? null,
};

/** A run at a moment, with all of its fields or those that `isWanted`. */
export function runFacts(
	run: RunRecord,
	now: number,
	isWanted: (name: string) => boolean = () => true,
): Record<string, unknown> {
	const progress = progressAt(run, now);
	return Object.fromEntries(
		Object.entries(runFields)
			.filter(([name]) => isWanted(name))
			.map(([name, read]) => [name, read(run, progress)]),
	);
}

/** A run in the shape that the faults give it. */
export function shaped(
	view: Readonly<Record<string, unknown>>,
	strikes: Strikes,
): Record<string, unknown> {
	const { id, status_code, output, ...rest } = view;
	const isSparse = strikes.has("sparse");
	const showsOutput = isSparse ? Boolean(output) : "output" in view;
	return {
		...(strikes.has("run-id") ? { run_id: id } : { id }),
		status_code,
		...(showsOutput && { output }),
		...(!isSparse && rest),
	};
}

/**
 * The output of a run with links that were made this moment, in the shape that the faults at `link` give it; null
 * while there is none.
 */
export function outputOf(
	{ injector, links }: Pick<Service, "injector" | "links">,
	run: RunRecord,
	now: number,
	asksForSignature: boolean,
): Record<string, unknown> | null {
	// A turn of the point `link` is a reading that shows an output, not each reading on the way there.
	if (!progressAt(run, now).showsOutput || !endings[run.outcome].billed)
		return null;
	const strikes = injector.next(["link"]);
	const urls = Array.from({ length: deliveredCount(run) }, (_, index) => {
		const path = `/outputs/${run.id}/${index}.${extensions[run.picture.format]}`;
		if (strikes.has("expire")) return links.sign(path, { ttlMs: -1_000 });
		return strikes.has("unsigned") && !asksForSignature
			? links.bare(path)
			: links.sign(path);
	});
	return {
		...showPictures(run, urls, strikes),
		seed: run.oddities.hidesSeed ? null : run.seed,
		timing: null,
		nsfw_detected: false,
	};
}

const extensions = { jpeg: "jpg", png: "png", webp: "webp" } as const;

/** The documented form, or one of those that were also met. */
function showPictures(
	run: RunRecord,
	urls: readonly string[],
	strikes: Strikes,
): Record<string, unknown> {
	const { width, height, format } = run.picture;
	const [url = null] = urls;
	if (strikes.has("shape-image-urls")) return { image_urls: urls };
	if (strikes.has("shape-image")) return { image: url && { url } };
	if (strikes.has("shape-url")) return { url };
	if (strikes.has("shape-output-url")) return { output_url: url };
	if (strikes.has("shape-images")) {
		const content_type = `image/${format}`;
		return {
			images: urls.map((url) => ({ url, width, height, content_type })),
		};
	}
	return {
		outputs: urls.map((url, index) => ({
			url,
			type: "image",
			width,
			height,
			...(!run.oddities.hidesAssets && { asset_id: outputAssetId(run, index) }),
		})),
	};
}

/** The service's way to write an amount: a decimal string with so many places at least (`0.060`; vendor documentation). */
export function decimalUsd(micros: number, leastPlaces = 3): string {
	const spare = new RegExp(`0{1,${6 - leastPlaces}}$`);
	return (micros / 1_000_000).toFixed(6).replace(spare, "");
}

export function iso(ms: number | null): string | null {
	return ms === null ? null : new Date(ms).toISOString();
}
