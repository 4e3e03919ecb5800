import { Failure } from "../errors.ts";

/** Size of a picture in pixels, as its header says. */
export interface Dimensions {
	readonly width: number;
	readonly height: number;
}

/**
 * What a file carries beside its picture: content credentials (C2PA), EXIF, XMP; `derived` where its EXIF says that this program made it
 * of other pictures, so that it is taken for no image that was bought.
 */
export type Metadata = "c2pa" | "exif" | "xmp" | "derived";

/** The EXIF tag Software of what this program makes of pictures. */
export const derivedMarks = {
	sheet: "flux-ultra contact sheet",
	copy: "flux-ultra export",
	thumbnail: "flux-ultra thumbnail of ",
} as const;

/** The EXIF tag Software of a copy. @param sha256 of the image that it is made of, in hex */
export function copyMark(sha256: string): string {
	return `${derivedMarks.copy} of ${sha256}`;
}

const originalMark = new RegExp(copyMark("([0-9a-f]{64})"));

/** What is read of each part of a file: the names of metadata stand at its start, and the mark in the EXIF of libvips before byte 200. */
export const PART_START_BYTES = 512;

/** A reading of one format: pauses where it has used up the bytes it was given, goes on with the next chunk. */
export type Scan<T> = Generator<void, T, void>;

/**
 * The bytes of a file that is read front to back in chunks of any size. A chunk is
 * only borrowed while it is fed: what must outlive it is copied, so a reader may reuse its buffer.
 */
export class Bytes {
	#chunk: Uint8Array = new Uint8Array(0);
	#next = 0;
	#chunkStart = 0;
	/** What would be missing if the file ended here; completes "cut at byte N: …". */
	lacking = "its end is missing";
	/** Found so far. */
	readonly metadata = new Set<Metadata>();
	/** sha256 of the image that this file says it is a copy of, in hex. */
	original: string | undefined;

	/** Offset in the file of the next byte. */
	get position(): number {
		return this.#chunkStart + this.#next;
	}

	feed(chunk: Uint8Array): void {
		this.#chunkStart += this.#chunk.length;
		this.#chunk = chunk;
		this.#next = 0;
	}

	/** The next `count` bytes, copied. Meant for headers: the count is never one that the file chose freely. */
	*take(count: number): Scan<Buffer> {
		const taken = Buffer.alloc(count);
		let filled = 0;
		while (filled < count) {
			const part = yield* this.#some(count - filled);
			taken.set(part, filled);
			filled += part.length;
		}
		return taken;
	}

	/** @param start of the part that carries it */
	carries(kind: Metadata, start: Buffer): void {
		this.metadata.add(kind);
		const isDerived = Object.values(derivedMarks).some((mark) =>
			start.includes(mark),
		);
		if (kind === "exif" && isDerived) this.metadata.add("derived");
		if (kind === "exif")
			this.original ??= originalMark.exec(start.toString("latin1"))?.[1];
	}

	*byte(): Scan<number> {
		return (yield* this.#some(1))[0] as number;
	}

	/** Passes over `count` bytes, showing them to `see` piece by piece. */
	*skip(count: number, see?: (piece: Uint8Array) => void): Scan<void> {
		let left = count;
		while (left > 0) {
			const piece = yield* this.#some(left);
			see?.(piece);
			left -= piece.length;
		}
	}

	/**
	 * Passes over everything up to and including the next byte of this value.
	 * @param unless one that is followed by a byte of this value may be passed over as well
	 */
	*skipPast(value: number, unless: number): Scan<void> {
		for (;;) {
			let at = this.#chunk.indexOf(value, this.#next);
			while (at >= 0 && this.#chunk[at + 1] === unless)
				at = this.#chunk.indexOf(value, at + 2);
			if (at >= 0) {
				this.#next = at + 1;
				return;
			}
			this.#next = this.#chunk.length;
			yield;
		}
	}

	*#some(atMost: number): Scan<Uint8Array> {
		while (this.#next >= this.#chunk.length) yield;
		const start = this.#next;
		this.#next = Math.min(this.#chunk.length, start + atMost);
		return this.#chunk.subarray(start, this.#next);
	}
}

/** The file is an image of this format, but not one that can be used: says what is wrong with it. */
export function damaged(what: string): Failure {
	return new Failure("bad_image", what);
}

/** The dimensions, if they can be those of a picture. */
export function checkedDimensions(
	format: string,
	width: number,
	height: number,
): Dimensions {
	if (width > 0 && height > 0) return { width, height };
	throw damaged(
		`The ${format} has no dimensions: its header says ${width} × ${height} pixels`,
	);
}
