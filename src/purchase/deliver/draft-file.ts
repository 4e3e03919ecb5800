import { constants, createReadStream } from "node:fs";
import fs from "node:fs/promises";
import { Failure } from "../../errors.ts";
import { type ImageFacts, ImageInspection } from "../../images/inspect.ts";
import { decompress } from "../../runflow/body.ts";
import { service } from "../../runflow/service.ts";
import { WireError } from "../../runflow/wire-error.ts";
import { onDisk } from "../../system/disk-failure.ts";

/**
 * Makes a file, has it filled, and flushes it.
 * @throws {Failure} `disk`, `bad_image` (too large, or not packed as it was said to be), and what `fill` throws
 */
export async function fillDraft(
	file: string,
	fill: (draft: Draft) => Promise<void>,
): Promise<Draft> {
	const handle = await onDisk(file, () => fs.open(file, "wx"));
	try {
		const draft = new Draft(handle, file);
		await fill(draft);
		await draft.unpack();
		await onDisk(file, () => handle.sync());
		return draft;
	} finally {
		await handle.close();
	}
}

/** A file that an image comes into. It is looked through on its way, so that nobody has to read it again. */
export class Draft {
	readonly #handle: fs.FileHandle;
	readonly #file: string;
	#inspection = new ImageInspection();
	#flaw: unknown;
	#size = 0;
	/** How the bytes are packed, as `content-encoding` says; undefined where they are not. */
	codings: string | undefined;
	/** Strong validator of the bytes that are there (RFC 9110, 8.8.1); without one nothing can be continued. */
	etag: string | undefined;

	constructor(handle: fs.FileHandle, file: string) {
		this.#handle = handle;
		this.#file = file;
	}

	/** Bytes that are there. */
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
		const written = this.#write(chunk);
		this.#inspect(chunk);
		await written;
	}

	async startOver(): Promise<void> {
		if (this.#size > 0)
			await onDisk(this.#file, () => this.#handle.truncate(0));
		this.#size = 0;
		this.#inspection = new ImageInspection();
		this.#flaw = undefined;
		this.etag = undefined;
	}

	/** A storage that packs unasked: lengths and ranges were those of the packed bytes, and the image is what is in them. */
	async unpack(): Promise<void> {
		if (this.codings === undefined) return;
		const packed = `${this.#file}.packed`;
		await onDisk(this.#file, () =>
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

	async #write(chunk: Uint8Array): Promise<void> {
		// A disk that is nearly full takes a part, and says so only when asked for the rest.
		for (let from = 0; from < chunk.length; ) {
			const { bytesWritten } = await onDisk(this.#file, () =>
				this.#handle.write(chunk, from, chunk.length - from, this.#size),
			);
			from += bytesWritten;
			this.#size += bytesWritten;
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

export function tooLarge(): Failure {
	return new Failure(
		"bad_image",
		`what came is larger than ${service.maxImageBytes} bytes`,
		{ charged: "yes" },
	);
}
