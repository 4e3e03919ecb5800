import { constants, createReadStream } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { Failure } from "../../errors.ts";
import { type ImageFacts, ImageInspection } from "../../images/inspect.ts";
import { decompress } from "../../runflow/body.ts";
import { service } from "../../runflow/service.ts";
import { WireError } from "../../runflow/wire-error.ts";
import { onDisk } from "../../system/disk-failure.ts";
import { packedPath } from "./draft.ts";

/**
 * Makes a file, has it filled, and flushes it.
 * @throws {Failure} `disk`, `bad_image` (too large, or not packed as it was said to be), and what `fill` throws
 */
export async function fillDraft(
	file: string,
	fill: (draft: Draft) => Promise<void>,
): Promise<Draft> {
	const handle = await inFolderOf(file, () => fs.open(file, "wx"));
	try {
		const draft = new Draft(handle, file);
		await fill(draft);
		await draft.unpack();
		await draft.writeRest();
		await inFolderOf(file, () => handle.sync());
		return draft;
	} finally {
		await handle.close();
	}
}

/** Written at once: a picture of 2 MB takes eight writes, and more memory makes a large one no faster. */
const blockBytes = 256 * 1_024;

/** A file that an image comes into. It is looked through on its way, so that nobody has to read it again. */
export class Draft {
	readonly #handle: fs.FileHandle;
	readonly #file: string;
	#inspection = new ImageInspection();
	#flaw: unknown;
	#size = 0;
	/** The end of what came. */
	#block: Uint8Array[] = [];
	#blockBytes = 0;
	/** The block before it is under way while that one comes. */
	#writing = Promise.resolve();
	/** How the bytes are packed, as `content-encoding` says; undefined where they are not. */
	codings: string | undefined;
	/** Strong validator of the bytes that are there (RFC 9110, 8.8.1); without one nothing can be continued. */
	etag: string | undefined;

	constructor(handle: fs.FileHandle, file: string) {
		this.#handle = handle;
		this.#file = file;
	}

	/** Bytes that have come. */
	get size(): number {
		return this.#size;
	}

	/** What the bytes are; asked once, when all are there. @throws {Failure} `bad_image` */
	facts(): ImageFacts {
		if (this.#flaw) throw this.#flaw;
		return this.#inspection.end();
	}

	async append(chunk: Uint8Array): Promise<void> {
		if (this.#size + chunk.length > service.maxImageBytes) throw tooLarge();
		this.#inspect(chunk);
		this.#block.push(chunk);
		this.#blockBytes += chunk.length;
		this.#size += chunk.length;
		if (this.#blockBytes < blockBytes) return;
		await this.#writing;
		this.#writing = this.#writeBlock();
		// Told to whoever waits for it next.
		this.#writing.catch(() => {});
	}

	/** Until all that came is written. @throws {Failure} `disk` */
	async writeRest(): Promise<void> {
		await this.#writing;
		await this.#writeBlock();
	}

	async startOver(): Promise<void> {
		this.etag = undefined;
		if (this.#size === 0) return;
		await this.writeRest();
		await inFolderOf(this.#file, () => this.#handle.truncate(0));
		this.#size = 0;
		this.#inspection = new ImageInspection();
		this.#flaw = undefined;
	}

	/** A storage that packs unasked: lengths and ranges were those of the packed bytes, and the image is what is in them. */
	async unpack(): Promise<void> {
		if (this.codings === undefined) return;
		await this.writeRest();
		const packed = packedPath(this.#file);
		await inFolderOf(this.#file, () =>
			fs.copyFile(this.#file, packed, constants.COPYFILE_EXCL),
		);
		try {
			await this.startOver();
			const bytes = createReadStream(packed);
			const headers = { "content-encoding": this.codings };
			this.codings = undefined;
			for await (const chunk of decompress(bytes, headers, "the storage"))
				await this.append(chunk);
		} catch (error) {
			if (!(error instanceof WireError)) throw error;
			throw new Failure("bad_image", error.message, {
				charged: "yes",
				cause: error,
			});
		} finally {
			await fs.rm(packed, { force: true });
		}
	}

	async #writeBlock(): Promise<void> {
		let rest = this.#block;
		let at = this.#size - this.#blockBytes;
		this.#block = [];
		this.#blockBytes = 0;
		// A disk that is nearly full takes a part, and says so only when asked for the rest.
		while (rest.length > 0) {
			const { bytesWritten } = await inFolderOf(this.#file, () =>
				this.#handle.writev(rest, at),
			);
			at += bytesWritten;
			rest = without(rest, bytesWritten);
		}
	}

	/** What is no image is told when all of it is there: the storage may yet send another file instead. */
	#inspect(chunk: Uint8Array): void {
		if (this.#flaw || this.codings !== undefined) return;
		try {
			this.#inspection.push(chunk);
		} catch (error) {
			this.#flaw = error;
		}
	}
}

/** Nobody knows the draft by its name, and its folder is what has to be mended. @throws {Failure} `disk` */
function inFolderOf<T>(file: string, write: () => Promise<T>): Promise<T> {
	return onDisk(path.dirname(file), write);
}

export function tooLarge(): Failure {
	return new Failure(
		"bad_image",
		`what came is larger than ${service.maxImageBytes} bytes`,
		{ charged: "yes" },
	);
}

/** What is left of some pieces when their first bytes are gone. */
function without(pieces: readonly Uint8Array[], bytes: number): Uint8Array[] {
	let left = bytes;
	return pieces.flatMap((piece) => {
		const rest = piece.subarray(left);
		left = Math.max(left - piece.length, 0);
		return rest.length > 0 ? [rest] : [];
	});
}
