import type { Input } from "./check-inputs.ts";
import { askedSize, imagesOf } from "./expected.ts";
import type { Model, PixelSize } from "./model.ts";

/** What a run will cost, in micro-dollars. */
export interface Estimate {
	readonly micros: number;
	/** False where the inputs leave it open: the service's own bill settles it. */
	readonly isExact: boolean;
}

/** A file of this machine that an input may name as `file:<sha256>`, in pixels. */
export type SizedFile = PixelSize & { readonly sha256: string };

/**
 * The price of a run by its inputs, all its images together.
 * @param files those that the inputs name
 * @param assumedMicros what an image is taken to cost where nobody knows, in micro-dollars
 * @returns undefined where the price is not known
 */
export function estimatePrice(
	model: Model,
	input: Input,
	assumedMicros?: number,
	files: readonly SizedFile[] = [],
): Estimate | undefined {
	const images = imagesOf(input);
	const one = priceOfOne(model, input, assumedMicros, files);
	if (one) return { ...one, micros: one.micros * images };
	if (assumedMicros === undefined) return undefined;
	return { micros: assumedMicros * images, isExact: false };
}

function priceOfOne(
	model: Model,
	input: Input,
	assumedMicros: number | undefined,
	files: readonly SizedFile[],
): Estimate | undefined {
	const { price } = model;
	switch (price.per) {
		case "image":
			return { micros: price.micros, isExact: true };
		case "megapixel": {
			const pixels = price.countsInputs
				? pixelsInAndOut(model, input, files)
				: pixelsOut(model, input);
			if (pixels === undefined) return undefined;
			const micros = Math.ceil((price.micros * pixels) / 1_000_000);
			return { micros, isExact: false };
		}
		case "choice": {
			const described = model.inputs?.find(({ name }) => name === price.input);
			const value = String(input[price.input] ?? described?.initial ?? "");
			const micros = price.micros[value];
			// What a model takes by itself nobody has promised.
			const isSaid = input[price.input] !== undefined;
			return {
				micros: micros ?? assumedMicros ?? price.most,
				isExact: isSaid && micros !== undefined,
			};
		}
		case "unknown":
			return undefined;
		default:
			return price satisfies never;
	}
}

function pixelsOut(model: Model, input: Input): number | undefined {
	const size = askedSize(input) ?? model.size;
	return size && countPixels(size);
}

/** With the images that the model starts from; undefined where the size of one is not known, as of an address. */
function pixelsInAndOut(
	model: Model,
	input: Input,
	files: readonly SizedFile[],
): number | undefined {
	const sizes = new Map(files.map((file) => [`file:${file.sha256}`, file]));
	const names = (model.inputs ?? [])
		.filter(({ kind }) => kind === "image" || kind === "images")
		.flatMap(({ name }) => input[name] ?? []);
	const images = names.map((name) => sizes.get(String(name)));
	if (!images.every((image) => image !== undefined)) return undefined;
	const pixelsIn = images.map(countPixels);
	// Where no size is asked for, what comes may be as large as what it starts from (inferred).
	const out = askedSize(input)
		? pixelsOut(model, input)
		: Math.max(pixelsOut(model, input) ?? 0, ...pixelsIn);
	return out && pixelsIn.reduce((sum, one) => sum + one, out);
}

function countPixels({ width, height }: PixelSize): number {
	return width * height;
}
