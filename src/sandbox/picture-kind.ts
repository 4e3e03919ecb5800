import type { SandboxModel } from "./models.ts";
import type { PictureSize } from "./options.ts";
import type { PictureFormat, PictureKind } from "./records.ts";

/** What a run will deliver: the input's own wish, else the sandbox's size, else the model's. */
export function pictureKind(
	model: SandboxModel,
	input: Readonly<Record<string, unknown>>,
	size: PictureSize | undefined,
): PictureKind {
	const named = namedSize(String(input.image_size));
	const fallback = size ?? model.picture;
	return {
		width: named?.width ?? numberOf(input.width) ?? fallback.width,
		height: named?.height ?? numberOf(input.height) ?? fallback.height,
		format:
			formats.find((format) => format === input.output_format) ??
			model.picture.format,
	};
}

export function imageCount(input: Readonly<Record<string, unknown>>): number {
	return numberOf(input.num_images) ?? 1;
}

const formats: readonly PictureFormat[] = ["jpeg", "png", "webp"];

// The pixels behind the names are inferred from other hosts of the same model.
const sizes: Readonly<Record<string, PictureSize>> = {
	square_hd: { width: 1024, height: 1024 },
	square: { width: 512, height: 512 },
	portrait_4_3: { width: 768, height: 1024 },
	portrait_16_9: { width: 576, height: 1024 },
	landscape_4_3: { width: 1024, height: 768 },
	landscape_16_9: { width: 1024, height: 576 },
};

function namedSize(name: string): PictureSize | undefined {
	const [, width, height] = /^(\d+)x(\d+)$/.exec(name) ?? [];
	if (width && height) return { width: Number(width), height: Number(height) };
	return sizes[name];
}

function numberOf(value: unknown): number | undefined {
	return typeof value === "number" ? value : undefined;
}
