import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { Failure } from "../errors.ts";
import { systemReason } from "../system/disk-failure.ts";
import type { Metadata } from "./bytes.ts";
import { type ImageFormat, ImageScanner } from "./scanner.ts";

/** What is true of a whole image on disk. */
export interface ImageFacts {
	readonly format: ImageFormat;
	/** In pixels. */
	readonly width: number;
	/** In pixels. */
	readonly height: number;
	readonly sizeBytes: number;
	/** In hex, of all bytes of the file. */
	readonly sha256: string;
	/** Present, not verified. */
	readonly metadata: readonly Metadata[];
	/** sha256 of the image that it says it is a copy of (`export`), in hex. */
	readonly original?: string;
}

/** A 2 MB image takes eight reads; more memory does not make it faster. */
const CHUNK_BYTES = 256 * 1024;

/**
 * Reads a file once, front to back, and tells what image it is; the file is never in memory whole.
 * A cut is found at any byte, damage inside the compressed data only where the format has checksums (PNG).
 * @throws Failure `bad_image` with what exactly is wrong, `disk` where the file cannot be read
 */
export async function inspectImage(path: string): Promise<ImageFacts> {
	const file = await onDisk(path, () => open(path, "r"));
	try {
		return await inspectOpen(path, file);
	} finally {
		await file.close();
	}
}

async function inspectOpen(
	path: string,
	file: FileHandle,
): Promise<ImageFacts> {
	const inspection = new ImageInspection();
	const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
	for (;;) {
		const { bytesRead } = await onDisk(path, () =>
			file.read(buffer, 0, CHUNK_BYTES, null),
		);
		if (bytesRead === 0) return inspection.end();
		inspection.push(buffer.subarray(0, bytesRead));
	}
}

/** The same of bytes that come from anywhere, front to back. */
export class ImageInspection {
	readonly #scanner = new ImageScanner();
	readonly #hash = createHash("sha256");
	#sizeBytes = 0;

	/** @throws Failure `bad_image` as soon as it is sure */
	push(chunk: Uint8Array): void {
		this.#scanner.push(chunk);
		this.#hash.update(chunk);
		this.#sizeBytes += chunk.length;
	}

	/** Once, when all bytes have come. @throws Failure `bad_image` */
	end(): ImageFacts {
		const { format, width, height } = this.#scanner.end();
		const sha256 = this.#hash.digest("hex");
		const { original } = this.#scanner;
		return {
			...{ format, width, height, sha256 },
			sizeBytes: this.#sizeBytes,
			metadata: [...this.#scanner.metadata],
			...(original !== undefined && { original }),
		};
	}
}

async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (error) {
		throw new Failure("disk", `Cannot read ${path}: ${systemReason(error)}`, {
			cause: error,
		});
	}
}
