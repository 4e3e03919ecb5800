import type { Job } from "../purchase/job.ts";
import { severalImages } from "./plan.ts";
import type { BatchOrder, PlannedImage } from "./plan-rows.ts";

/** The job of an image that has none on disk yet. */
export function jobOfImage(
	image: PlannedImage,
	order: BatchOrder,
	names: {
		readonly ref: string;
		readonly clientRef: string;
		readonly group: string;
	},
	force: boolean,
): Job {
	const { ref, clientRef, group } = names;
	const body = {
		input: image.input,
		client_ref: clientRef,
		metadata: { job: ref, line: image.line },
		...(order.callbackUrl && { callback_url: order.callbackUrl }),
	};
	return {
		version: 1,
		ref,
		clientRef,
		service: order.service,
		model: image.model.id,
		body: JSON.stringify(body),
		files: image.files.length > 0 ? image.files : undefined,
		prompt: image.prompt,
		seed: image.seed,
		...severalImages(image.input),
		output: {
			path: image.output,
			force,
			sidecar: order.sidecar,
			formats: image.formats,
		},
		group,
		index: image.index,
		project: order.project,
		priceMicros: image.priceMicros,
		...(image.isEstimate && { isEstimate: true }),
		createdAt: new Date(order.nowMs).toISOString(),
		command: order.command,
		stage: { name: "planned" },
	};
}
