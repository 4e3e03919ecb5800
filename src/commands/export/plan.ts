import fs from "node:fs/promises";
import path from "node:path";
import { type Fit, fitTo } from "../../copies/fit.ts";
import { type CopyFormat, type Seen, see } from "../../copies/render.ts";
import { copyXmp, MOST_JPEG_XMP_BYTES } from "../../copies/xmp.ts";
import { Failure, toFailure } from "../../errors.ts";
import { type ImageFacts, inspectImage } from "../../images/inspect.ts";
import type { MakeSharp } from "../../images/load-sharp.ts";
import { notAnImage } from "../../images/scanner.ts";
import { expandTemplate } from "../../names/expand.ts";
import { underFolder } from "../../names/output.ts";
import { extensionOf } from "../../names/places.ts";
import type { Origin } from "../../origin/origin.ts";
import { systemReason } from "../../system/disk-failure.ts";
import { escaped } from "../../system/escape.ts";
import { type ExportSpec, standardName } from "./spec.ts";

export interface Original {
	/** From 1. */
	readonly index: number;
	readonly name: string;
	/** Absolute. */
	readonly path: string;
}

export interface Looked extends Original {
	readonly facts: ImageFacts;
	readonly seen: Seen;
}

export interface Plan extends Looked {
	/** Undefined where nothing is known of how the image was made. */
	readonly origin: Origin | undefined;
	readonly fit: Fit;
	readonly format: CopyFormat;
	readonly prompt: string | undefined;
	readonly xmp: string;
	/** Absolute path of the copy. */
	readonly target: string;
}

/** @throws {Failure} `usage` for what is no image to make copies of, `bad_image`, `disk` */
export async function look(
	original: Original,
	sharp: MakeSharp,
): Promise<Looked> {
	const { path: file, name } = original;
	const stat = await fs.stat(file).catch((error) => {
		throw new Failure("usage", systemReason(error), { cause: error });
	});
	if (!stat.isFile())
		throw new Failure("usage", "it is no file", {
			hint: stat.isDirectory()
				? `name the images in it: ${escaped(path.join(name, "*.jpg"))}`
				: undefined,
		});
	const facts = await inspectImage(file).catch((cause) => {
		if (!toFailure(cause).message.startsWith(notAnImage)) throw cause;
		throw new Failure("usage", "it is no JPEG, PNG or WebP", {
			hint: "name images as they were made, not lists or other copies",
			cause,
		});
	});
	return { ...original, facts, seen: await see(file, sharp) };
}

export function isDerived({ facts }: Looked): boolean {
	return facts.metadata.includes("derived");
}

export function derivedFailure(): Failure {
	return new Failure("usage", "it was made here of another image", {
		hint: "name that one",
	});
}

/** @throws {Failure} `usage` for a print that would be too coarse, a prompt too long for a JPEG, an unknown placeholder */
export function planCopy(
	looked: Looked,
	origin: Origin | undefined,
	images: number,
	spec: ExportSpec,
): Plan {
	const fit = fitTo(looked.seen, spec.rules);
	const own = looked.facts.format;
	const format = spec.format ?? (spec.cmyk && own !== "jpeg" ? "tiff" : own);
	// Otherwise it is not known for certain: by the bytes that were delivered.
	const isKnown = spec.withPrompt && origin?.isUnchanged;
	const prompt = isKnown ? origin.record.prompt : undefined;
	const xmp = copyXmp(prompt);
	if (format === "jpeg" && Buffer.byteLength(xmp) > MOST_JPEG_XMP_BYTES)
		throw new Failure("usage", "its prompt is too long for a JPEG", {
			hint: "--format png or tiff, or no --with-prompt",
		});
	const { dir, name } = path.parse(looked.path);
	const target = expandTemplate(
		spec.template ?? underFolder(dir, standardName),
		{
			name,
			to: spec.rules.shape?.name ?? "export",
			ext: extensionOf(format),
			index: String(looked.index).padStart(String(images).length, "0"),
		},
	);
	return { ...looked, origin, fit, format, prompt, xmp, target };
}

export function failureOf({ name }: Original, error: unknown): Failure {
	const { code, message, hint, retryable, cause } = toFailure(error);
	const details = { hint, retryable, cause };
	return new Failure(code, `${name}: ${message}`, details);
}
