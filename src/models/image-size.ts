import type { ModelInput, PixelSize } from "./model.ts";

/** Pixels behind the names of sizes, as other hosts of the same models have them (inferred). */
export const namedSizes: Readonly<Record<string, PixelSize>> = {
	square_hd: { width: 1024, height: 1024 },
	square: { width: 512, height: 512 },
	portrait_4_3: { width: 768, height: 1024 },
	portrait_16_9: { width: 576, height: 1024 },
	landscape_4_3: { width: 1024, height: 768 },
	landscape_16_9: { width: 1024, height: 576 },
};

/** What an input of the kind `size` takes beside names (vendor documentation of GPT Image 2, the one model that has it). */
const limits = {
	multipleOf: 16,
	maxEdge: 3_840,
	maxRatio: 3,
	minPixels: 655_360,
	maxPixels: 8_294_400,
};

/** The pixels of `1024x768`, of a size's name or of `{width, height}`; undefined for anything else. */
export function pixelsOf(size: unknown): PixelSize | undefined {
	if (typeof size === "string") return sizeNamed(size);
	if (typeof size !== "object" || size === null) return undefined;
	const { width, height } = size as Readonly<Record<string, unknown>>;
	return typeof width === "number" && typeof height === "number"
		? { width, height }
		: undefined;
}

/** The pixels of `1024x768` or of a size's name; undefined for any other text. */
export function sizeNamed(text: string): PixelSize | undefined {
	const [, width, height] = /^(\d{1,5})\s*[x×]\s*(\d{1,5})$/i.exec(text) ?? [];
	if (width && height) return { width: Number(width), height: Number(height) };
	return Object.hasOwn(namedSizes, text) ? namedSizes[text] : undefined;
}

/** What a value of the kind `size` should have been; undefined where it is all right. */
export function expectedImageSize(
	{ choices = [] }: ModelInput,
	value: unknown,
): string | undefined {
	if (typeof value === "string")
		return choices.includes(value) ? undefined : anySize(choices);
	const size = pixelsOf(value);
	if (size === undefined || Object.keys(value as object).length !== 2)
		return anySize(choices);
	const { multipleOf, maxEdge, maxRatio, minPixels, maxPixels } = limits;
	const { width, height } = size;
	const edges = [width, height];
	if (!edges.every((edge) => edge > 0 && edge % multipleOf === 0))
		return `width and height in multiples of ${multipleOf}`;
	const [longest, shortest] = [Math.max(...edges), Math.min(...edges)];
	if (longest > maxEdge) return `an edge of at most ${maxEdge} pixels`;
	if (longest > maxRatio * shortest) return `a ratio of at most ${maxRatio}:1`;
	const pixels = width * height;
	return pixels < minPixels || pixels > maxPixels
		? `a size of ${grouped(minPixels)} to ${grouped(maxPixels)} pixels`
		: undefined;
}

function anySize(choices: readonly string[]): string {
	return `one of ${choices.join(", ")}, or width x height`;
}

function grouped(count: number): string {
	return count.toLocaleString("en-US");
}
