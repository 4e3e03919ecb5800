import type { Failure } from "../../errors.ts";
import { scanJpeg } from "./jpeg.ts";
import { scanPng } from "./png.ts";
import { Bytes, type Dimensions, damaged, type Scan } from "./scan.ts";
import { scanWebp } from "./webp.ts";

export type ImageFormat = "jpeg" | "png" | "webp";

interface ScannedImage extends Dimensions {
	readonly format: ImageFormat;
}

const titles = { jpeg: "JPEG", png: "PNG", webp: "WebP" } as const;

/** How each format starts, and how many bytes behind that belong to its file header. */
const candidates = [
	{ format: "jpeg", sign: [0xff, 0xd8], rest: 0 },
	{
		format: "png",
		sign: [...Buffer.from("\x89PNG\r\n\x1a\n", "latin1")],
		rest: 0,
	},
	{ format: "webp", sign: [...Buffer.from("RIFF")], rest: 8 },
] as const;

/** Enough of a foreign file to recognise it in a message: an error page, a problem in JSON, another format. */
const QUOTED_BYTES = 48;

/**
 * Tells while the bytes of a file come in whether they are a whole JPEG, PNG or WebP.
 * Keeps no chunk after `push` returns. Bytes after the end of the image are allowed.
 */
export class ImageScanner {
	readonly #bytes = new Bytes();
	readonly #scan = this.#recognise();
	readonly #head: number[] = [];
	#format: ImageFormat | undefined;
	#result: ScannedImage | undefined;

	/** @throws Failure `bad_image` as soon as it is sure; the scanner is of no use after that. */
	push(chunk: Uint8Array): void {
		if (this.#result !== undefined) return;
		const wanted = QUOTED_BYTES - this.#head.length;
		if (wanted > 0) this.#head.push(...chunk.subarray(0, wanted));
		this.#bytes.feed(chunk);
		const step = this.#scan.next();
		if (step.done) this.#result = step.value;
	}

	/** What the whole file is. @throws Failure `bad_image` where the file is empty, foreign or cut. */
	end(): ScannedImage {
		if (this.#result !== undefined) return this.#result;
		const size = this.#bytes.position;
		if (size === 0) throw damaged("The file is empty");
		const format = this.#format ?? begun(this.#head);
		if (format !== undefined)
			throw damaged(
				`The ${titles[format]} is cut at byte ${size}: ${this.#bytes.lacking}`,
			);
		throw foreign(this.#head);
	}

	*#recognise(): Scan<ScannedImage> {
		// One byte tells which signature to expect, so no byte has to be read twice.
		const first = yield* this.#bytes.byte();
		const candidate = candidates.find(({ sign }) => sign[0] === first);
		if (candidate === undefined) return yield* this.#refuse();
		const { format, sign, rest } = candidate;
		const found = yield* this.#bytes.take(sign.length - 1 + rest);
		const isRight = sign.every((byte, i) => i === 0 || byte === found[i - 1]);
		if (!isRight) return yield* this.#refuse();
		this.#format = format;
		switch (format) {
			case "jpeg":
				return { format, ...(yield* scanJpeg(this.#bytes)) };
			case "png":
				return { format, ...(yield* scanPng(this.#bytes)) };
			case "webp": {
				// Behind "RIFF": the size of the file, then the name of the format.
				if (found.toString("latin1", 7) !== "WEBP")
					return yield* this.#refuse();
				const size = found.readUInt32LE(3);
				return { format, ...(yield* scanWebp(this.#bytes, size)) };
			}
		}
	}

	/** Waits for enough of the file to show what it is instead. */
	*#refuse(): Scan<never> {
		this.#format = undefined;
		yield* this.#bytes.skip(QUOTED_BYTES - this.#bytes.position);
		throw foreign(this.#head);
	}
}

/** The format whose signature this is the beginning of, where the file ends before its own header does. */
function begun(head: readonly number[]): ImageFormat | undefined {
	return candidates.find(
		({ sign, rest }) =>
			head.length < sign.length + rest &&
			head.every((byte, i) => i >= sign.length || byte === sign[i]),
	)?.format;
}

function foreign(head: readonly number[]): Failure {
	return damaged(`This is not an image: it begins with ${quoted(head)}`);
}

/** Foreign bytes in a form that no terminal acts on: as text where most of them are text, in hex otherwise. */
function quoted(bytes: readonly number[]): string {
	const isText = (byte: number) => byte >= 0x20 && byte < 0x7f;
	const isMostlyText = bytes.filter(isText).length * 4 >= bytes.length * 3;
	const pairs = bytes.map((byte) => byte.toString(16).padStart(2, "0"));
	if (!isMostlyText) return `the bytes ${pairs.slice(0, 16).join(" ")}`;
	const text = bytes.map((byte, i) => {
		if (byte === 0x0a) return "\\n";
		return isText(byte) ? String.fromCharCode(byte) : `\\x${pairs[i]}`;
	});
	return `"${text.join("")}"`;
}
