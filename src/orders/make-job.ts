import type { Input } from "../models/check-inputs.ts";
import { expectedFormats, imagesOf } from "../models/expected.ts";
import type { ImageFormat, Model } from "../models/model.ts";
import { estimatePrice } from "../models/price.ts";
import type { InputFile, Job } from "../purchase/job.ts";

/** What holds for every image of a command. */
export interface Terms {
	readonly service: string;
	/** What an image is taken to cost where nobody knows, in micro-dollars. */
	readonly assumedMicros: number | undefined;
	/** Whether what has the name may be replaced. */
	readonly force: boolean;
	readonly sidecar: boolean;
	readonly callbackUrl: string | undefined;
	readonly project: string | undefined;
	/** The command as it may be typed again. */
	readonly command: string;
	/** ISO 8601. */
	readonly createdAt: string;
}

/** One run of a command, before it is known whether a job of it is on disk already. */
export interface PlannedJob {
	/** Dedupe key: a hash of model, inputs, destination and, of requests that are the same, which of them. */
	readonly key: string;
	/** Without references: it has none before `withNames`. */
	readonly job: Job;
	/** Of its first image, as far as it is known before the purchase; null for stdout. */
	readonly path: string | null;
	/** Of the file of rows. */
	readonly line?: number | undefined;
}

interface Asked {
	readonly model: Model;
	/** Checked; with the seed where the model takes one. */
	readonly input: Input & { readonly prompt: string; readonly seed?: number };
	readonly files: readonly InputFile[];
	/** Absolute, perhaps with `{run}`, `{ext}` or `{output}` still in it; null for stdout. */
	readonly output: string | null;
	/** Of its first image, from 1. */
	readonly index: number;
	readonly line?: number | undefined;
}

/** A job without references. */
export function makeJob(
	{ model, input, files, output: path, index, line }: Asked,
	terms: Terms,
): Job {
	const formats = formatsOf(model, input);
	const { service, force, sidecar, project, command } = terms;
	const images = imagesOf(input);
	const estimate = estimatePrice(model, input, terms.assumedMicros, files);
	// What is undefined JSON leaves out. Spreads of what may be there would take longer than all the rest of a row.
	const body = {
		input,
		client_ref: "",
		metadata: { job: "", line },
		callback_url: terms.callbackUrl,
	};
	return {
		version: 1,
		ref: "",
		clientRef: "",
		group: "",
		service,
		model: model.id,
		body: JSON.stringify(body),
		files: files.length > 0 ? files : undefined,
		prompt: input.prompt,
		seed: input.seed ?? null,
		images: images > 1 ? images : undefined,
		output: { path, force, sidecar, formats },
		index,
		project,
		priceMicros: estimate?.micros,
		isEstimate: estimate?.isExact === false ? true : undefined,
		createdAt: terms.createdAt,
		command,
		stage: { name: "planned" },
	};
}

/** Whether a model takes an input; of one that nobody has described it is hoped. */
export function takesInput({ inputs }: Model, name: string): boolean {
	return inputs === undefined || inputs.some((input) => input.name === name);
}

/** What an image may be, the likeliest first: what was asked for, then what else the model may deliver. */
function formatsOf(model: Model, input: Input): readonly ImageFormat[] {
	const expected = expectedFormats(model, input);
	if (expected === model.formats) return expected;
	return [...new Set([...expected, ...model.formats])];
}
