import path from "node:path";
import { Failure, toFailure } from "../../errors.ts";
import { type ImageFacts, inspectImage } from "../../images/inspect.ts";
import { otherFormatOf } from "../../images/scanner.ts";
import { findOrigins, type Origin } from "../../origin/origin.ts";
import { readOwnSidecar } from "../../origin/sidecar.ts";
import { forEachAtOnce } from "../../system/at-once.ts";
import { escaped } from "../../system/escape.ts";
import { lookAt } from "../../system/folder.ts";
import { findImages } from "../verify/find-images.ts";
import type { Count } from "./counter.ts";

export interface Found extends Looked {
	/** Absolute. */
	readonly path: string;
	/** Below the folder, with slashes. */
	readonly name: string;
	/** Undefined where nothing is known of how it was made. */
	readonly origin: Origin | undefined;
}

interface Looked {
	/** Undefined where the file is no whole image that we read. */
	readonly facts?: ImageFacts;
	readonly damage?: string;
	/** What it is, under the name of an image that we read: "a TIFF". */
	readonly otherFormat?: string | undefined;
	/** Of the file as it was looked at: unchanged, it need not be read again. */
	readonly stamp: string;
}

export type Gatherer = ReturnType<typeof createGatherer>;

/** Files that are read at once: hashing has a thread each. */
const mostReading = 4;

/**
 * Looks at the images of a folder, as often as is asked; what has not changed since is not read again.
 * @param ledger its folder
 * @param unreadable is told of each folder that cannot be read, at each look
 */
export function createGatherer(
	root: string,
	ledger: string,
	signal: AbortSignal,
	unreadable: (folder: string, failure: Failure) => void,
) {
	const looked = new Map<string, Looked>();
	const isDerived = (file: string) =>
		looked.get(file)?.facts?.metadata.includes("derived") === true;
	return {
		/** Copies and sheets of the last look, which would show a picture twice. */
		leftOut: () => [...looked.keys()].filter(isDerived).length,
		/**
		 * What is there now.
		 * @param count is told how many are looked at
		 * @throws {Failure} `disk`; the signal's reason
		 */
		async gather(count?: Count): Promise<readonly Found[]> {
			const { images: files } = await findImages([root], unreadable);
			const present = new Set(files);
			for (const file of looked.keys())
				if (!present.has(file)) looked.delete(file);
			await forEachAtOnce(files, mostReading, async (file) => {
				signal.throwIfAborted();
				const stamp = await stampOf(file);
				if (looked.get(file)?.stamp !== stamp)
					looked.set(file, { ...(await look(file)), stamp });
				count?.(looked.size, files.length);
			});
			const shown = files.filter((file) => !isDerived(file));
			const asked = shown.map((file) => ({
				file,
				sha256: looked.get(file)?.facts?.sha256,
			}));
			const origins = await findOrigins(asked, ledger, readOwnSidecar);
			return shown
				.map((file) => ({
					...(looked.get(file) as Looked),
					path: file,
					name: path.relative(root, file).split(path.sep).join("/"),
					origin: origins.get(file),
				}))
				.sort((a, b) => collator.compare(a.name, b.name));
		},
	};
}

/** `img-2` before `img-10`, as file managers have them. */
const collator = new Intl.Collator("en", { numeric: true });

async function stampOf(file: string): Promise<string> {
	const stat = await lookAt(file);
	return `${stat?.size} ${stat?.mtimeMs} ${stat?.ino}`;
}

async function look(file: string): Promise<Omit<Looked, "stamp">> {
	try {
		return { facts: await inspectImage(file) };
	} catch (error) {
		const failure = toFailure(error);
		const otherFormat = otherFormatOf(failure);
		return otherFormat ? { otherFormat } : { damage: failure.message };
	}
}

/** @throws {Failure} `usage` where it is no folder */
export async function checkFolder(folder: string, name: string): Promise<void> {
	const stat = await lookAt(folder);
	if (stat?.isDirectory()) return;
	throw new Failure(
		"usage",
		stat ? `${escaped(name)} is no folder` : `there is no ${escaped(name)}`,
		{
			hint: stat
				? `name its folder: flux-ultra gallery ${escaped(path.dirname(name))}`
				: "name a folder of images",
		},
	);
}
