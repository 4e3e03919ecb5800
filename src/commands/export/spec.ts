import { open } from "node:fs/promises";
import path from "node:path";
import type { FitRules } from "../../copies/fit.ts";
import { type CopyFormat, type Crop, crops } from "../../copies/render.ts";
import { parseBleed, parseShape } from "../../copies/shape.ts";
import { Failure } from "../../errors.ts";
import { outputTemplate } from "../../names/output.ts";
import { systemReason } from "../../system/disk-failure.ts";
import { escaped } from "../../system/escape.ts";
import type { SessionOptions } from "../session/session.ts";

export interface ExportOptions extends SessionOptions {
	readonly output?: string;
	readonly to?: string;
	readonly dpi?: string;
	readonly minDpi?: string;
	readonly crop?: string;
	readonly bleed?: string;
	readonly format?: string;
	readonly cmyk?: string;
	readonly withPrompt?: boolean;
}

export interface ExportSpec {
	readonly rules: FitRules;
	readonly crop: Crop;
	/** Undefined: that of each image. */
	readonly format: CopyFormat | undefined;
	/** Absolute path of a profile. */
	readonly cmyk: string | undefined;
	/** Absolute; undefined: beside each image. */
	readonly template: string | undefined;
	readonly withPrompt: boolean;
	readonly force: boolean;
}

export const standardName = "{name}-{to}.{ext}";

/**
 * @param images how many there are
 * @throws {Failure} `usage`
 */
export async function readSpec(
	options: ExportOptions,
	images: number,
	cwd: string,
): Promise<ExportSpec> {
	const { withPrompt = false, force = false } = options;
	const template = await readTemplate(options.output, images, cwd);
	const format = readFormat(options.format, template);
	const isFlat = format === "png" || format === "webp";
	if (options.cmyk !== undefined && isFlat)
		throw new Failure("usage", `a ${format.toUpperCase()} cannot be CMYK`, {
			hint: "--format tiff, or jpeg",
		});
	return {
		rules: readRules(options),
		crop:
			oneOf(crops, "--crop", options.crop?.replace(/^center$/, "centre")) ??
			"centre",
		format,
		cmyk: options.cmyk && (await readProfile(options.cmyk, cwd)),
		...{ template, withPrompt, force },
	};
}

function readRules(options: ExportOptions): FitRules {
	const shape = options.to === undefined ? undefined : parseShape(options.to);
	const dpi = readDpi("--dpi", options.dpi) ?? 300;
	const minDpi = readDpi("--min-dpi", options.minDpi);
	for (const option of ["bleed", "minDpi"] as const)
		if (options[option] !== undefined && shape?.unit !== "mm")
			throw new Failure(
				"usage",
				`${option === "bleed" ? "--bleed" : "--min-dpi"} is about a print, whose size --to does not say`,
				{ hint: "for one: --to a4, or --to 100x150mm" },
			);
	const bleedMm = options.bleed === undefined ? 0 : parseBleed(options.bleed);
	// Whoever asks for fewer dots means it.
	return { shape, dpi, minDpi: minDpi ?? Math.min(150, dpi), bleedMm };
}

function readDpi(option: string, text: string | undefined) {
	if (text === undefined) return undefined;
	if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
	throw new Failure(
		"usage",
		`${option} ${escaped(text)} is no number of dots`,
		{ hint: `dots an inch, from 1 to 9999: ${option} 300` },
	);
}

function oneOf<T extends string>(
	values: readonly T[],
	option: string,
	text: string | undefined,
): T | undefined {
	const value = values.find((one) => one === text?.toLowerCase());
	if (value !== undefined || text === undefined) return value;
	throw new Failure("usage", `${option} ${escaped(text)} is none of these`, {
		hint: `there are: ${values.join(", ")}`,
	});
}

async function readTemplate(
	output: string | undefined,
	images: number,
	cwd: string,
): Promise<string | undefined> {
	if (output === undefined) return undefined;
	const names = { runs: images, images: 1, standard: standardName };
	const template = await outputTemplate(
		output,
		{ ...names, mark: "{name}" },
		cwd,
	);
	if (template !== null) return template;
	throw new Failure("usage", "a copy is a file, and does not go to stdout", {
		hint: "name a file or a folder: -o prints/",
	});
}

/** By the option, else by the extension of a name that `-o` gives. */
function readFormat(
	option: string | undefined,
	template = "",
): CopyFormat | undefined {
	const names = Object.keys(formatNames);
	const asked = formatOf(oneOf(names, "--format", option) ?? "");
	const extension = path.extname(template);
	// A number behind a dot is no promise of a format, and {ext} keeps any.
	if (!/^\.[a-z][a-z0-9]{1,4}$/i.test(extension)) return asked;
	const named = formatOf(extension.slice(1).toLowerCase());
	if (named !== undefined && named === (asked ?? named)) return named;
	throw new Failure(
		"usage",
		named
			? `-o says ${extension}, and --format ${asked}`
			: `-o says ${extension}, which no copy is`,
		{ hint: "there are: .jpg, .png, .tiff, .webp" },
	);
}

const formatNames: Readonly<Record<string, CopyFormat>> = {
	jpeg: "jpeg",
	jpg: "jpeg",
	png: "png",
	tiff: "tiff",
	tif: "tiff",
	webp: "webp",
};

function formatOf(name: string): CopyFormat | undefined {
	return Object.hasOwn(formatNames, name) ? formatNames[name] : undefined;
}

/**
 * Sees whether a file is a colour profile for CMYK: sharp passes over what is none without a word. Byte 16 of one names its colours, byte
 * 36 says that it is one (ICC.1:2022, 7.2).
 * @returns its absolute path
 * @throws {Failure} `usage`
 */
async function readProfile(name: string, cwd: string): Promise<string> {
	const file = path.resolve(cwd, name);
	const header = Buffer.alloc(40);
	const refuse = (why: string) =>
		new Failure("usage", `--cmyk ${escaped(name)}: ${why}`, {
			hint: "an ICC profile for CMYK, which the print shop has; for one: ISOcoated_v2_300_eci.icc",
		});
	try {
		const handle = await open(file);
		await handle.read(header).finally(() => handle.close());
	} catch (error) {
		throw refuse(systemReason(error));
	}
	if (header.toString("latin1", 36, 40) !== "acsp")
		throw refuse("it is no ICC profile");
	const colours = header.toString("latin1", 16, 20).trim();
	if (colours !== "CMYK")
		throw refuse(`it is a profile for ${escaped(colours)}`);
	return file;
}
