import { existsSync } from "node:fs";
import fs from "node:fs/promises";
import nodePath from "node:path";
import { inspectImage } from "../images/inspect.ts";
import { checkDone, doneImage, readOwners } from "../ledger/done-images.ts";
import type { Ledger, LedgerLine } from "../ledger/ledger.ts";
import { formatOfExtension } from "../names/places.ts";
import { dedupeKey } from "../purchase/job.ts";
import type { ImageAsked, SavedRecord } from "../record.ts";
import { forEachAtOnce } from "../system/at-once.ts";

/** A file with the bytes of a saved image. */
export interface RelocatedFile {
	/** Absolute. */
	readonly file: string;
	/** Of the file as it is. */
	readonly mtimeMs: number;
	readonly line: SavedLine;
	/** The ledger knows the path as another image's, which that one may have replaced. */
	readonly isOwned: boolean;
}

type SavedLine = LedgerLine & { readonly record: SavedRecord };

/** By what was asked for (see `requestOf`), then by file, in the order of their names. */
export type RelocatedFiles = ReadonlyMap<
	string,
	ReadonlyMap<string, RelocatedFile>
>;

/**
 * Looks at folders, not at those in them, for files whose paths the ledger does not know.
 * @param named paths of files that are looked at whether it knows them or not
 * @throws {Failure} `disk` where the ledger cannot be read
 */
export async function findRelocatedFiles(
	folders: Iterable<string>,
	named: ReadonlySet<string>,
	ledger: Ledger,
): Promise<RelocatedFiles> {
	const unknown = await filesNotIn(ledger, folders, named);
	const sizes = new Set(unknown.map(({ bytes }) => bytes));
	const saved = await linesOfSizes(sizes, ledger);
	const hashes = new Map<string, string>();
	await forEachAtOnce(unknown, readsAtOnce, async ({ file, bytes }) => {
		// Of a folder of photographs hardly one has the size of a saved image, and need be read.
		const facts =
			saved.has(bytes) && (await inspectImage(file).catch(() => {}));
		if (facts) hashes.set(file, facts.sha256);
	});
	const found = new Map<string, Map<string, RelocatedFile>>();
	const add = (relocated: RelocatedFile) => {
		const { file, line } = relocated;
		const request = requestOf(line.record, line.service);
		const files = found.get(request) ?? new Map<string, RelocatedFile>();
		found.set(request, files);
		// Two purchases may have brought the same bytes: the one of this name is more likely to be this file's.
		if (!files.has(file) || isNamesake(line.path, file))
			files.set(file, relocated);
	};
	const renamed = new Map<string, string>();
	for (const { file, bytes, mtimeMs, isOwned } of unknown)
		for (const line of saved.get(bytes) ?? []) {
			if (line.record.sha256 !== hashes.get(file)) continue;
			add({ file, mtimeMs, line, isOwned });
			if (isNamesake(line.path, file))
				renamed.set(nodePath.dirname(line.path), nodePath.dirname(file));
		}
	for await (const lost of lostIn(renamed, ledger)) add(lost);
	return found;
}

/** Images that are missing or damaged in a folder which was renamed: as others of it are known, these are too. */
async function* lostIn(
	renamed: Map<string, string>,
	ledger: Ledger,
): AsyncGenerator<RelocatedFile> {
	for (const old of renamed.keys()) if (existsSync(old)) renamed.delete(old);
	if (renamed.size === 0) return;
	for await (const { record, ...line } of ledger.lines()) {
		const folder = line.path && renamed.get(nodePath.dirname(line.path));
		if (!folder || !line.path || record.status !== "saved") continue;
		const file = nodePath.join(folder, nodePath.basename(line.path));
		const image = doneImage({ ...line, record });
		const state = image && (await checkDone({ ...image, path: file }));
		if (state !== "missing" && state !== "damaged") continue;
		yield { file, mtimeMs: 0, line: { ...line, record }, isOwned: false };
	}
}

/** More than the system's file threads brings nothing. */
const readsAtOnce = 4;

/** Names what was asked for, but for seed and place. */
export function requestOf(asked: ImageAsked, service: string): string {
	const { model, prompt, inputs = {}, input_files: files = [] } = asked;
	const hashes = new Map(files.map(({ file, sha256 }) => [file, sha256]));
	const told = JSON.stringify(inputs, (_name, value) =>
		hashes.has(value) ? `file:${hashes.get(value)}` : value,
	);
	// The part of an address that was not kept may tell two images apart.
	const output = told.includes('?…"') ? asked.client_ref : "";
	const input = { ...JSON.parse(told), prompt };
	return dedupeKey({ service, model, input, output, copy: asked.output ?? 1 });
}

/** Files named as images, of which the ledger does not know the paths, and those of these names. */
async function filesNotIn(
	ledger: Ledger,
	folders: Iterable<string>,
	named: ReadonlySet<string>,
) {
	const names = new Set<string>();
	for (const folder of folders)
		for (const name of await fs.readdir(folder).catch(() => []))
			if (formatOfExtension(nodePath.extname(name)))
				names.add(nodePath.join(folder, name));
	const owners = await readOwners(ledger, names);
	const files: {
		readonly file: string;
		readonly bytes: number;
		readonly mtimeMs: number;
		readonly isOwned: boolean;
	}[] = [];
	for (const file of [...names].sort()) {
		const isOwned = owners.has(file);
		if (isOwned && !named.has(file)) continue;
		const stat = await fs.stat(file).catch(() => undefined);
		if (!stat?.isFile()) continue;
		const { size: bytes, mtimeMs } = stat;
		files.push({ file, bytes, mtimeMs, isOwned });
	}
	return files;
}

/** Saved images by their sizes in bytes. */
async function linesOfSizes(
	sizes: ReadonlySet<number>,
	ledger: Ledger,
): Promise<ReadonlyMap<number, readonly SavedLine[]>> {
	const found = new Map<number, SavedLine[]>();
	if (sizes.size === 0) return found;
	for await (const { record, ...line } of ledger.lines()) {
		if (record.status !== "saved" || !sizes.has(record.bytes)) continue;
		const lines = found.get(record.bytes) ?? [];
		found.set(record.bytes, lines);
		lines.push({ ...line, record });
	}
	return found;
}

function isNamesake(path: string | null, file: string): path is string {
	return path !== null && nodePath.basename(path) === nodePath.basename(file);
}
