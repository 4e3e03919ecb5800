import fs from "node:fs/promises";
import path from "node:path";
import { Failure } from "../errors.ts";
import type { ImageFormat, Model } from "../models/model.ts";
import { type Job, runOf, wantedOf } from "../purchase/job.ts";
import { checkWritable } from "../system/folder.ts";
import { formatAmount } from "../system/money.ts";
import { expandTemplate } from "./expand.ts";
import { MAX_NAME_BYTES } from "./safe-name.ts";
import { parseTemplate, placeholdersOf } from "./template.ts";

/**
 * Refuses what would not find its place: files that exist, folders that cannot be written.
 * @throws {Failure} `exists`, `usage`
 */
export async function checkPlaces(jobs: readonly Job[]): Promise<void> {
	const folders = new Set<string>();
	for (const { output, ...job } of jobs) {
		if (output.path === null) continue;
		for (const at of wantedOf(job))
			for (const file of possiblePaths(output.path, output.formats, at)) {
				for (const own of output.sidecar ? [file, sidecarPath(file)] : [file])
					await checkFree(own, output.force, () => forceDoes(job, jobs));
				for (const other of renamedPaths(file, output.formats))
					await checkNeighbour(other);
			}
		folders.add(path.dirname(firstPath(output.path)));
	}
	for (const folder of folders) await checkWritable(folder);
}

/** Where an image is to go. */
interface Placed {
	readonly output: Pick<Job["output"], "path" | "formats">;
}

/**
 * The path of an image as far as it is known before the purchase.
 * @param at which of its run's images, from 1
 * @param run what stands for the id of its run
 */
export function plannedPath(job: Placed, at = 1, run = "{run}"): string | null {
	const { path: template, formats } = job.output;
	if (template === null) return null;
	const ext = extensionOf(formats[0] ?? "jpeg");
	return expandTemplate(template, { run, ext, output: String(at) });
}

/**
 * The path of an unfinished image up to the first part of it that nobody knows yet, without a separator there.
 * @param run the id of its run, where it has one; images of a run that makes several are not told apart
 */
export function knownPath(job: Placed, run?: string): string | null {
	const { path: template, formats } = job.output;
	if (template === null) return null;
	const [format, ...others] = formats;
	const ext = format && others.length === 0 ? extensionOf(format) : undefined;
	const values: Readonly<Record<string, string | undefined>> = { run, ext };
	let known = "";
	for (const piece of parseTemplate(template)) {
		const text = piece.kind === "text" ? piece.text : values[piece.name];
		if (text === undefined) return known.replace(/[-._ ]+$/, "");
		known += text;
	}
	return known;
}

/**
 * @param file null for stdout
 * @param formats what was asked for, or may come
 * @throws {Failure} `usage` for an extension that the model does not deliver
 */
export function checkExtension(
	file: string | null,
	model: Model,
	formats: readonly ImageFormat[],
): void {
	const extension = path.extname(file ?? "");
	// A version or a number behind a dot is no promise of a format.
	if (!/^\.[a-z][a-z0-9]{1,4}$/i.test(extension)) return;
	const format = formatOfExtension(extension);
	if (format && formats.includes(format)) return;
	const names = formats.map((known) => `.${extensionOf(known)}`);
	throw new Failure(
		"usage",
		`${model.name} delivers ${formats.join(", ").toUpperCase()}${formats.length < model.formats.length ? " here" : ""}, not ${extension}`,
		{ hint: `use -o with ${names.join(" or ")}` },
	);
}

/**
 * What the file may be called once the format is known; none where the name needs an id that the run does not have yet.
 * @param at which of its run's images, from 1
 * @param run the id of its run
 */
export function possiblePaths(
	template: string,
	formats: Job["output"]["formats"],
	at: number,
	run?: string,
): string[] {
	const names = placeholdersOf(template);
	if (run === undefined && names.includes("run")) return [];
	const paths = formats.map((format) =>
		expandTemplate(template, {
			ext: extensionOf(format),
			output: String(at),
			...(run !== undefined && { run }),
		}),
	);
	return [...new Set(paths)];
}

/** What a file is called where its bytes turn out to be of another format than its name says. */
export function renamedPaths(
	file: string,
	formats: Job["output"]["formats"],
): readonly string[] {
	const names = formats.map((format) => withFormat(file, format));
	return [...new Set(names)].filter((name) => name !== file);
}

/** Not what the user named, so that --force does not mean it; found out after the purchase it would be too late. */
async function checkNeighbour(file: string): Promise<void> {
	const stat = await fs.lstat(file).catch(() => undefined);
	if (stat === undefined) return;
	const { base } = path.parse(file);
	throw new Failure(
		"exists",
		`${file} exists, and the image may turn out to be called so: the model chooses the format`,
		{ hint: `name another with -o, or ${base} itself with --force` },
	);
}

function firstPath(template: string): string {
	return expandTemplate(template, { run: "run", ext: "jpg", output: "1" });
}

async function checkFree(
	file: string,
	force: boolean,
	forced: () => string,
): Promise<void> {
	const stat = await fs.lstat(file).catch(() => undefined);
	if (stat === undefined || (force && (stat.isFile() || stat.isSymbolicLink())))
		return;
	if (!force && stat.isFile())
		throw new Failure("exists", `${file} exists`, {
			hint: `name another with -o; ${forced()}`,
		});
	throw new Failure("exists", `${file} exists and is not a file`, {
		hint: "name another with -o",
	});
}

type Ordered = Pick<Job, "priceMicros" | "isEstimate" | "stage">;

/**
 * What `--force` does to a file that is in the way: whoever only wants it replaced learns whether that costs.
 * @param order all jobs that it would buy with this one
 */
export function forceDoes(
	job: Ordered,
	order: readonly Ordered[] = [job],
): string {
	if (runOf(job) !== undefined) return "--force replaces the file";
	const what = order.length > 1 ? `all ${order.length}` : "it";
	const micros = order.reduce((sum, one) => sum + (one.priceMicros ?? NaN), 0);
	const isEstimate = order.some((one) => one.isEstimate);
	const cost = Number.isNaN(micros)
		? ""
		: ` (${formatAmount(micros, isEstimate)})`;
	return `--force buys ${what} anew${cost} and replaces the file`;
}

/** The name of a file whose bytes turn out to be of this format: an extension of another one is put right. */
export function withFormat(file: string, format: ImageFormat): string {
	const extension = path.extname(file);
	const promised = formatOfExtension(extension);
	if (promised === undefined || promised === format) return file;
	return `${file.slice(0, -extension.length)}.${extensionOf(format)}`;
}

/** The nth name for an image that is kept beside the one asked for: `x.webp`, `x-2.webp`, … */
export function besideName(file: string, nth: number): string {
	const { dir, name, ext } = path.parse(file);
	return nth === 1 ? file : path.join(dir, `${name}-${nth}${ext}`);
}

/** Whether an image is kept beside the name asked for, for it is of another format than that says. */
export function isBesideName(file: string, asked: string): boolean {
	const [own, other] = [path.parse(file), path.parse(asked)];
	const format = formatOfExtension(own.ext);
	return (
		own.dir === other.dir &&
		format !== undefined &&
		format !== formatOfExtension(other.ext) &&
		own.name.startsWith(other.name) &&
		/^(-\d+)?$/.test(own.name.slice(other.name.length))
	);
}

/** Without the dot. */
export function extensionOf(format: ImageFormat | "tiff"): string {
	return format === "jpeg" ? "jpg" : format;
}

/** The image format that a file's extension stands for; undefined where it stands for none. */
export function formatOfExtension(extension: string): ImageFormat | undefined {
	const formats: Readonly<Record<string, ImageFormat>> = {
		".jpg": "jpeg",
		".jpeg": "jpeg",
		".jpe": "jpeg",
		".jfif": "jpeg",
		".png": "png",
		".webp": "webp",
	};
	return formats[extension.toLowerCase()];
}

/** Path of the file that tells of an image: `<image>.json`. */
export function sidecarPath(image: string): string {
	return `${image}.json`;
}

/**
 * @param image null for stdout
 * @throws {Failure} `usage` for a name that the user made too long for one of its sidecar
 */
export function checkSidecarName(image: string | null): void {
	if (image === null) return;
	const { base } = path.parse(image);
	if (Buffer.byteLength(sidecarPath(base)) <= MAX_NAME_BYTES) return;
	throw new Failure(
		"usage",
		`the name ${base} leaves no room for the name of its sidecar`,
		{
			hint: `a name has at most ${MAX_NAME_BYTES} bytes: shorten it by five, or leave out --sidecar`,
		},
	);
}

/** Path of the image that such a file is beside. */
export function imageBeside(sidecar: string): string {
	return sidecar.slice(0, -".json".length);
}
