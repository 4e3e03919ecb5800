import type { Input } from "./check-inputs.ts";
import { expectedSize, imagesOf } from "./expected.ts";
import type { Model } from "./model.ts";

/** What a run will cost, in micro-dollars. */
export interface Estimate {
	readonly micros: number;
	/** False where the inputs leave it open: the service's own bill settles it. */
	readonly isExact: boolean;
}

/**
 * The price of a run by its inputs, all its images together.
 * @param assumedMicros what an image is taken to cost where nobody knows, in micro-dollars
 * @returns undefined where the price is not known
 */
export function estimatePrice(
	model: Model,
	input: Input,
	assumedMicros?: number,
): Estimate | undefined {
	const images = imagesOf(input);
	const one = priceOfOne(model, input, assumedMicros);
	if (one) return { ...one, micros: one.micros * images };
	if (assumedMicros === undefined) return undefined;
	return { micros: assumedMicros * images, isExact: false };
}

function priceOfOne(
	model: Model,
	input: Input,
	assumedMicros: number | undefined,
): Estimate | undefined {
	const { price } = model;
	switch (price.per) {
		case "image":
			return { micros: price.micros, isExact: true };
		case "megapixel": {
			const size = expectedSize(model, input);
			if (size === undefined) return undefined;
			const megapixels = (size.width * size.height) / 1_000_000;
			return { micros: Math.ceil(price.micros * megapixels), isExact: false };
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
