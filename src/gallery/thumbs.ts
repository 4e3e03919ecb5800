import fs from "node:fs/promises";
import { availableParallelism } from "node:os";
import path from "node:path";
import type { MakeSharp } from "../images/load-sharp.ts";
import { shrunk } from "../images/shrink.ts";
import { forEachAtOnce } from "../system/at-once.ts";
import { diskFailure } from "../system/disk-failure.ts";
import { makeFolder } from "../system/folder.ts";
import { holderName } from "../system/holder.ts";
import { sweepOrphans } from "../system/sweep.ts";

/** An image that is whole. */
export interface ThumbSource {
	/** Absolute. */
	readonly path: string;
	readonly sha256: string;
}

export interface ThumbTools {
	readonly sharp: MakeSharp;
	readonly signal: AbortSignal;
	/** Is told how many of those that were missing are made. */
	readonly count: (done: number, total: number) => void;
}

/** Pixels of its longer side: sharp on a dense screen in a row of the page, and a tenth of the bytes of four megapixels. */
const side = 640;

/** The folder of a page's thumbnails, by the name of the page; undefined where that is no page. */
export function thumbsOf(page: string): string | undefined {
	const ending = /\.html?$/i;
	return ending.test(page) ? page.replace(ending, "-thumbs") : undefined;
}

/** Its name in that folder: what it shows never changes. */
export function thumbName(sha256: string): string {
	return `${sha256}.webp`;
}

/** @throws an error of sharp for what it cannot decode */
export function makeThumb(file: string, sharp: MakeSharp): Promise<Buffer> {
	return shrunk(file, side, sharp).webp({ quality: 74, effort: 1 }).toBuffer();
}

/**
 * Makes the thumbnails that are not in the folder yet, each in 50 ms of a processor, which is mostly the reading of its four megapixels.
 * @param folder absolute
 * @returns by sha256 those that are there; none of what cannot be decoded
 * @throws {Failure} `disk`; the signal's reason
 */
export async function makeThumbs(
	images: readonly ThumbSource[],
	folder: string,
	{ sharp, signal, count }: ThumbTools,
): Promise<ReadonlySet<string>> {
	await makeFolder(folder);
	await sweepOrphans(folder, (name) => draftName.exec(name)?.[1]);
	const present = new Set<string>(await fs.readdir(folder));
	const missing = new Map(
		images
			.filter(({ sha256 }) => !present.has(thumbName(sha256)))
			.map((image) => [image.sha256, image]),
	);
	let made = 0;
	await forEachAtOnce(
		missing.values(),
		availableParallelism(),
		async (image) => {
			signal.throwIfAborted();
			const bytes = await makeThumb(image.path, sharp).catch(() => undefined);
			if (bytes === undefined) return;
			const name = thumbName(image.sha256);
			await write(path.join(folder, name), bytes);
			present.add(name);
			count(++made, missing.size);
		},
	);
	return new Set(
		images
			.map(({ sha256 }) => sha256)
			.filter((sha256) => present.has(thumbName(sha256))),
	);
}

/** Takes away thumbnails that the page shows no more: an image that was taken out must not go out with it. */
export async function removeOtherThumbs(
	folder: string,
	kept: ReadonlySet<string>,
): Promise<void> {
	for (const name of await fs.readdir(folder).catch(() => [])) {
		const [, sha256] = /^([0-9a-f]{64})\.webp$/.exec(name) ?? [];
		if (sha256 && !kept.has(sha256))
			await fs.rm(path.join(folder, name), { force: true });
	}
}

const draftName = /^\.(\d+-\d+-[\da-f]{8}-[\da-f]{12})\.part$/;

/** Whole or not at all: it is not made again where it is there. */
async function write(file: string, bytes: Buffer): Promise<void> {
	const draft = path.join(path.dirname(file), `.${holderName()}.part`);
	try {
		await fs.writeFile(draft, bytes, { flag: "wx" });
		await fs.rename(draft, file);
	} catch (error) {
		await fs.rm(draft, { force: true });
		throw diskFailure(file, error);
	}
}
