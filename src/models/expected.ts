import type { Input } from "./check-inputs.ts";
import type { ImageFormat, Model, PixelSize } from "./model.ts";

/** How many images a run of this input delivers. */
export function imagesOf(input: Input): number {
	const { num_images: images } = input;
	return typeof images === "number" && images > 1 ? images : 1;
}

/** The size that was asked for, in pixels; undefined where none was. */
export function askedSize(input: Input): PixelSize | undefined {
	const { width, height, image_size: named } = input;
	if (typeof width === "number" && typeof height === "number")
		return { width, height };
	return typeof named === "string" ? sizeNamed(named) : undefined;
}

/** The size to reckon with: the one asked for, or what the model delivers by itself. */
export function expectedSize(
	model: Model,
	input: Input,
): PixelSize | undefined {
	return askedSize(input) ?? model.size;
}

/** What may come, the likeliest first: it names files. Only what was asked for, where something was. */
export function expectedFormats(
	model: Model,
	input: Input,
): readonly ImageFormat[] {
	const asked = input.output_format;
	if (isFormat(asked)) return [asked];
	const initial = model.inputs?.find(
		({ name }) => name === "output_format",
	)?.initial;
	if (initial === undefined) return model.formats;
	const likely = model.formats.filter((format) => format === initial);
	return [...new Set([...likely, ...model.formats])];
}

/** Pixels behind the names of sizes, as other hosts of the same models have them (inferred). */
export const namedSizes: Readonly<Record<string, PixelSize>> = {
	square_hd: { width: 1024, height: 1024 },
	square: { width: 512, height: 512 },
	portrait_4_3: { width: 768, height: 1024 },
	portrait_16_9: { width: 576, height: 1024 },
	landscape_4_3: { width: 1024, height: 768 },
	landscape_16_9: { width: 1024, height: 576 },
};

/** The pixels of `1024x768` or of a size's name; undefined for any other text. */
export function sizeNamed(text: string): PixelSize | undefined {
	const [, width, height] = /^(\d{1,5})\s*[x×]\s*(\d{1,5})$/i.exec(text) ?? [];
	if (width && height) return { width: Number(width), height: Number(height) };
	return Object.hasOwn(namedSizes, text) ? namedSizes[text] : undefined;
}

function isFormat(value: unknown): value is ImageFormat {
	return value === "jpeg" || value === "png" || value === "webp";
}
