import type { Failure } from "../errors.ts";
import { escaped } from "../system/escape.ts";
import {
	Bytes,
	type Dimensions,
	damaged,
	type Metadata,
	type Scan,
} from "./bytes.ts";
import { foreignFormat } from "./foreign-format.ts";
import { scanJpeg } from "./jpeg.ts";
import { scanPng } from "./png.ts";
import { scanWebp } from "./webp.ts";

/** What each format starts with, a dot for any byte, and what walks through the rest. */
const formats = [
	{ format: "jpeg", title: "JPEG", start: "\xff\xd8", scan: scanJpeg },
	{
		format: "png",
		title: "PNG",
		start: "\x89PNG\r\n\x1a\n",
		scan: scanPng,
	},
	{ format: "webp", title: "WebP", start: "RIFF....WEBP", scan: scanWebp },
] as const;

export type ImageFormat = (typeof formats)[number]["format"];

interface ScannedImage extends Dimensions {
	readonly format: ImageFormat;
}

/** Enough of a foreign file to recognise it in a message: an error page, a problem in JSON, another format. */
const QUOTED_BYTES = 48;

/** How the message begins of bytes that are no image of any kind, not even a damaged one. */
export const notAnImage = "This is not an image";
/** And where it is known of what else they are the start. */
const otherFormat = `${notAnImage} in JPEG, PNG or WebP: it is `;

/** Whether a failure says that a file is cut or broken. One of another format is nobody's damage: somebody saved it so. */
export function saysDamaged(failure: Failure): boolean {
	return failure.code === "bad_image" && otherFormatOf(failure) === undefined;
}

/** What a file is instead of an image that we read, by the failure that says so: "a GIF". */
export function otherFormatOf({ message }: Failure): string | undefined {
	return message.startsWith(otherFormat)
		? message.slice(otherFormat.length)
		: undefined;
}

/**
 * Tells while the bytes of a file come in whether they are a whole JPEG, PNG or WebP.
 * Keeps no chunk after `push` returns. Bytes after the end of the image are allowed.
 */
export class ImageScanner {
	readonly #bytes = new Bytes();
	readonly #scan = this.#scanAny();
	#head = Buffer.alloc(0);
	/** What the bytes are so far, or may become. */
	#kind: (typeof formats)[number] | undefined;
	#result: ScannedImage | undefined;

	/** @throws Failure `bad_image` as soon as it is sure; the scanner is of no use after that. */
	push(chunk: Uint8Array): void {
		if (this.#result !== undefined) return;
		const wanted = QUOTED_BYTES - this.#head.length;
		if (wanted > 0)
			this.#head = Buffer.concat([this.#head, chunk.subarray(0, wanted)]);
		this.#bytes.feed(chunk);
		const step = this.#scan.next();
		if (step.done) this.#result = step.value;
	}

	/** What the file carries beside its picture, as far as it was read. */
	get metadata(): ReadonlySet<Metadata> {
		return this.#bytes.metadata;
	}

	/** sha256 of the image that the file says it is a copy of, in hex. */
	get original(): string | undefined {
		return this.#bytes.original;
	}

	/** What the whole file is. @throws Failure `bad_image` where the file is empty, foreign or cut. */
	end(): ScannedImage {
		if (this.#result !== undefined) return this.#result;
		const { position, lacking } = this.#bytes;
		if (position === 0) throw damaged("The file is empty");
		if (this.#kind === undefined) throw foreign(this.#head);
		throw damaged(
			`The ${this.#kind.title} is cut at byte ${position}: ${lacking}`,
		);
	}

	*#scanAny(): Scan<ScannedImage> {
		let start = "";
		do {
			start += String.fromCharCode(yield* this.#bytes.byte());
			this.#kind = formats.find((one) => mayBe(one.start, start));
			if (this.#kind === undefined) {
				// Waits for enough of the file to show what it is instead.
				yield* this.#bytes.skip(QUOTED_BYTES - start.length);
				throw foreign(this.#head);
			}
		} while (start.length < this.#kind.start.length);
		const { format, scan } = this.#kind;
		const header = Buffer.from(start, "latin1");
		return { format, ...(yield* scan(this.#bytes, header)) };
	}
}

function mayBe(pattern: string, start: string): boolean {
	return [...start].every((char, at) =>
		[".", char].includes(pattern[at] ?? ""),
	);
}

const documents = /^(gimp xcf|%PDF-|%!PS)/;

function foreign(head: Buffer): Failure {
	const format = foreignFormat(head);
	// What text says, of an error page for one, tells more than its kind; what a document begins with does not.
	const isDocument = documents.test(head.toString("latin1"));
	if (format && (isDocument || !isText(head)))
		return damaged(otherFormat + format);
	return damaged(`${notAnImage}: it begins with ${quoted(head)}`);
}

/** Foreign bytes in a form that no terminal acts on: as text where most of them are text, in hex otherwise. */
function quoted(bytes: Buffer): string {
	if (isText(bytes)) return `"${escaped(bytes.toString())}"`;
	const pairs = [...bytes.subarray(0, 16)].map((byte) =>
		byte.toString(16).padStart(2, "0"),
	);
	return `the bytes ${pairs.join(" ")}`;
}

function isText(bytes: Buffer): boolean {
	const texts = bytes.filter((byte) => byte >= 0x20 && byte < 0x7f).length;
	return texts * 4 >= bytes.length * 3;
}
