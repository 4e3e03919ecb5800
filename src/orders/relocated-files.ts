import fs from "node:fs/promises";
import nodePath from "node:path";
import { inspectImage } from "../images/inspect.ts";
import { readOwners } from "../ledger/done-images.ts";
import type { Ledger, LedgerLine } from "../ledger/ledger.ts";
import { formatOfExtension } from "../names/places.ts";
import { dedupeKey } from "../purchase/job.ts";
import type { ImageAsked, SavedRecord } from "../record.ts";
import { forEachAtOnce } from "../system/at-once.ts";

/** A file with the bytes of a saved image, at a path that the ledger does not know. */
export interface RelocatedFile {
	/** Absolute. */
	readonly file: string;
	/** Of the file as it is. */
	readonly mtimeMs: number;
	readonly line: SavedLine;
}

type SavedLine = LedgerLine & { readonly record: SavedRecord };

/** By what was asked for (see `requestOf`), then by file, in the order of their names. */
export type RelocatedFiles = ReadonlyMap<
	string,
	ReadonlyMap<string, RelocatedFile>
>;

/** Looks at folders, not at those in them. @throws {Failure} `disk` where the ledger cannot be read */
export async function findRelocatedFiles(
	folders: Iterable<string>,
	ledger: Ledger,
): Promise<RelocatedFiles> {
	const unknown = await filesNotIn(ledger, folders);
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
	for (const { file, bytes, mtimeMs } of unknown)
		for (const line of saved.get(bytes) ?? []) {
			if (line.record.sha256 !== hashes.get(file)) continue;
			const request = requestOf(line.record, line.service);
			const files = found.get(request) ?? new Map<string, RelocatedFile>();
			found.set(request, files);
			// Two purchases may have brought the same bytes: the one of this name is more likely to be this file's.
			if (!files.has(file) || isNamesake(line.path, file))
				files.set(file, { file, mtimeMs, line });
		}
	return found;
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

/** Files named as images, of which the ledger does not know the paths. */
async function filesNotIn(ledger: Ledger, folders: Iterable<string>) {
	const names = new Set<string>();
	for (const folder of folders)
		for (const name of await fs.readdir(folder).catch(() => []))
			if (formatOfExtension(nodePath.extname(name)))
				names.add(nodePath.join(folder, name));
	const owners = await readOwners(ledger, names);
	const files: { file: string; bytes: number; mtimeMs: number }[] = [];
	for (const file of [...names].sort()) {
		const stat = owners.has(file)
			? undefined
			: await fs.stat(file).catch(() => undefined);
		if (stat?.isFile())
			files.push({ file, bytes: stat.size, mtimeMs: stat.mtimeMs });
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

function isNamesake(path: string | null, file: string): boolean {
	return path !== null && nodePath.basename(path) === nodePath.basename(file);
}
