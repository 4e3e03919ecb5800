import { normalize } from "node:path";
import { Failure } from "../errors.ts";
import { nearestName } from "../system/nearest-name.ts";
import { MAX_NAME_BYTES, type Part, safeName, safeParts } from "./safe-name.ts";
import { escapeBraces, parseTemplate } from "./template.ts";

/** The file of an image where the user names none, in the working folder. @param images of one run */
export function defaultTemplate(images = 1): string {
	return images === 1 ? "{slug}-{seed}.{ext}" : "{slug}-{seed}-{output}.{ext}";
}

/** What is wrong is the template, and not what it is filled with. */
export class UnknownPlaceholder extends Failure {}

/** What the longest ending of a file beside an image takes: `.thumb.jpg`. */
export const BESIDE_BYTES = 10;

export interface ExpandOptions {
	/**
	 * Placeholders whose values come later. With this, even if it names none, the answer is a template again: expand it
	 * once more, without `keep`, for the path.
	 */
	readonly keep?: readonly string[] | undefined;
	/** Bytes of the file name to leave free where a value is in it, for the ending of a file beside it. */
	readonly reserveBytes?: number | undefined;
	/** Whose separators the template uses; the names are safe on all. Default: this machine's. */
	readonly platform?: NodeJS.Platform | undefined;
}

/**
 * The path that a template means. What stands before the first placeholder stays as the user wrote it, `../` included; from
 * there on each folder and the file get a name that is safe on Linux, macOS and Windows, of at most 255 bytes, and no value can
 * add a folder or climb out of one. Too long a name loses the end of its longest value, not its extension.
 * @throws Failure `usage` for a placeholder without a value, a brace that is never closed, `..` behind a placeholder,
 * and a name of the user's own that is too long for any disk
 */
export function expandTemplate(
	template: string,
	values: Readonly<Record<string, string>>,
	options: ExpandOptions = {},
): string {
	const { keep, reserveBytes = 0, platform = process.platform } = options;
	const write = keep === undefined ? (text: string) => text : escapeBraces;
	const parts = fill(template, values, keep ?? []);
	const separators = platform === "win32" ? onWindows : onPosix;
	const segments = split(parts, separators);
	return segments
		.map((segment, i) => {
			const isFile = i === segments.length - 1;
			const maxBytes = MAX_NAME_BYTES - (isFile ? reserveBytes : 0);
			if (isOwn(segment)) return write(ownText(segment, template, separators));
			if (!segment.some(isLater)) return write(safeName(segment, maxBytes));
			return safeParts(segment, maxBytes)
				.map((part) => (isLater(part) ? `{${part.text}}` : write(part.text)))
				.join("");
		})
		.join("");
}

/**
 * Equal for two paths that are one file where the disk ignores case (macOS, Windows), composes letters its own way (macOS) or drops
 * dots and spaces at the end of a name (Windows). Made for comparing: it is not a path to write to.
 */
export function nameKey(path: string): string {
	return (
		normalize(path.normalize("NFC"))
			.split(/[/\\]/)
			.map((name) => (/^\.*$/.test(name) ? name : name.replace(/[. ]+$/, "")))
			.join("/")
			// Upper case first: it joins letters that have one capital and two small forms (σ and ς).
			.toUpperCase()
			.toLowerCase()
			.normalize("NFC")
	);
}

function fill(
	template: string,
	values: Readonly<Record<string, string>>,
	keep: readonly string[],
): readonly Part[] {
	let isFixed = true;
	return parseTemplate(template).map((piece): Part => {
		if (piece.kind === "text")
			return { origin: isFixed ? "fixed" : "template", text: piece.text };
		isFixed = false;
		const { name } = piece;
		if (keep.includes(name)) return { origin: "later", text: name };
		const value = Object.hasOwn(values, name) ? values[name] : undefined;
		if (value !== undefined) return { origin: "value", text: value };
		const known = [...new Set([...Object.keys(values), ...keep])];
		const meant = nearestName(name, known);
		throw new UnknownPlaceholder(
			"usage",
			`unknown placeholder {${name}} in "${template}"`,
			{
				hint: `${meant ? `did you mean {${meant}}? ` : ""}there are ${listed(known)}; write {{ for a brace`,
			},
		);
	});
}

/** A table may have thousands of columns. */
function listed(names: readonly string[]): string {
	const shown = names.slice(-20).map((name) => `{${name}}`);
	const rest = names.length - shown.length;
	return `${shown.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

interface Separators {
	readonly each: RegExp;
	/** Up to the last one. */
	readonly lead: RegExp;
}

const onPosix: Separators = { each: /(\/)/, lead: /(^.*\/)/s };
const onWindows: Separators = { each: /([/\\])/, lead: /(^.*[/\\])/s };

/**
 * The parts of each folder and of the file. The folders before the first placeholder are one segment, separators of the
 * template behind it are each one of their own; those in values are not seen.
 */
function split(
	parts: readonly Part[],
	{ each, lead }: Separators,
): readonly (readonly Part[])[] {
	const segments: Part[][] = [[]];
	for (const part of parts) {
		if (part.origin === "value" || part.origin === "later") {
			segments.at(-1)?.push(part);
			continue;
		}
		const texts = part.text.split(part.origin === "fixed" ? lead : each);
		for (const [i, text] of texts.entries()) {
			const isSeparator = i % 2 === 1;
			if (isSeparator) segments.push([{ origin: "fixed", text }], []);
			else if (text !== "")
				segments.at(-1)?.push({ origin: part.origin, text });
		}
	}
	return segments;
}

function isLater(part: Part): boolean {
	return part.origin === "later";
}

/** Whether this is the user's to answer for: what stands before the first placeholder, separators, and steps like `.`. */
function isOwn(segment: readonly Part[]): boolean {
	const isStep = segment.length === 1 && /^\.\.?$/.test(segment[0]?.text ?? "");
	return segment.every(
		({ origin }) => origin === "fixed" || (isStep && origin === "template"),
	);
}

function ownText(
	segment: readonly Part[],
	template: string,
	{ each }: Separators,
): string {
	const text = segment.map((part) => part.text).join("");
	if (text === ".." && segment.some(({ origin }) => origin === "template"))
		throw new Failure(
			"usage",
			`".." behind a placeholder in "${template}": where it leads depends on the image`,
		);
	if (isTooLong(text) && text.split(each).some(isTooLong))
		throw new Failure(
			"usage",
			`a name in "${template}" is longer than ${MAX_NAME_BYTES} bytes`,
		);
	return text;
}

function isTooLong(text: string): boolean {
	return Buffer.byteLength(text) > MAX_NAME_BYTES;
}
