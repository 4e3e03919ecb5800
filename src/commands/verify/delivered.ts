import path from "node:path";
import type { Ledger, LedgerLine } from "../../ledger/ledger.ts";
import type { SavedRecord } from "../../record.ts";
import type { ReportRow } from "./report-rows.ts";

/** A line of an image that was saved. */
export type SavedLine = LedgerLine & {
	readonly record: SavedRecord;
	readonly path: string;
};

/** An image that was delivered to a place. */
export interface Delivered {
	/** Absolute. */
	readonly path: string;
	/** Of its bytes; undefined where only a CSV tells of it. */
	readonly sha256: string | undefined;
	/** Undefined where this machine's ledger does not know it. */
	readonly line: SavedLine | undefined;
}

/**
 * What should be below these paths, by the ledger, and at the places that a report names. The last image of a place counts.
 * @param roots absolute paths of files and folders
 * @throws {Failure} `disk`
 */
export async function readDelivered(
	roots: readonly string[],
	rows: readonly ReportRow[],
	ledger: Ledger,
): Promise<ReadonlyMap<string, Delivered>> {
	const places = new Map<string, Delivered>();
	for (const { path: place, sha256 } of rows)
		if (place) places.set(place, { path: place, sha256, line: undefined });
	for await (const line of ledger.lines()) {
		if (!isSaved(line) || !(isBelow(line.path, roots) || places.has(line.path)))
			continue;
		const { sha256 } = line.record;
		places.set(line.path, { path: line.path, sha256, line });
	}
	return places;
}

/** Where those of these hashes that were delivered from here went last: an absolute path, null for stdout. */
export async function findDelivered(
	hashes: ReadonlySet<string>,
	ledger: Ledger,
): Promise<ReadonlyMap<string, string | null>> {
	const found = new Map<string, string | null>();
	for await (const { record, path: place } of ledger.find("sha256", hashes))
		if (record.status === "saved") found.set(record.sha256, place);
	return found;
}

function isSaved(line: LedgerLine): line is SavedLine {
	return line.record.status === "saved" && line.path !== null;
}

function isBelow(file: string, roots: readonly string[]): boolean {
	return roots.some(
		(root) => file === root || file.startsWith(path.join(root, path.sep)),
	);
}
