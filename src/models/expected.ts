import type { Input } from "./check-inputs.ts";
import { pixelsOf } from "./image-size.ts";
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
	return pixelsOf(named);
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

function isFormat(value: unknown): value is ImageFormat {
	return value === "jpeg" || value === "png" || value === "webp";
}
