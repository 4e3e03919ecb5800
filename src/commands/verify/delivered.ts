import path from "node:path";
import type { Ledger, LedgerLine } from "../../ledger/ledger.ts";
import { imageBeside } from "../../names/places.ts";
import { readOwnSidecar } from "../../origin/sidecar.ts";
import type { SavedRecord } from "../../record.ts";
import { type ReportRow, withPlaces } from "./report-rows.ts";

export type SavedLine = LedgerLine & {
	readonly record: SavedRecord;
	readonly path: string;
};

export interface Delivered {
	/** Absolute. */
	readonly path: string;
	/** Of its bytes; undefined where only an old CSV tells of it. */
	readonly sha256: string | undefined;
	/** Undefined where only a report tells of it. */
	readonly runId?: string;
	/** Undefined where this machine's ledger does not know it. */
	readonly line: SavedLine | undefined;
}

/**
 * What should be below these paths, by the ledger, else at the places that a report or a sidecar names. The last image of a place
 * counts.
 * @param roots absolute paths of files and folders
 * @param sidecars absolute paths of files that may be some
 * @throws {Failure} `disk`
 */
export async function readDelivered(
	roots: readonly string[],
	rows: readonly ReportRow[],
	sidecars: readonly string[],
	ledger: Ledger,
): Promise<ReadonlyMap<string, Delivered>> {
	const places = new Map<string, Delivered>();
	for (const file of sidecars) {
		const sidecar = await readOwnSidecar(file);
		if (!sidecar) continue;
		const { sha256, run_id: runId } = sidecar;
		const place = imageBeside(file);
		places.set(place, { path: place, sha256, runId, line: undefined });
	}
	for (const { path: place, sha256 } of rows)
		if (place) places.set(place, { path: place, sha256, line: undefined });
	for await (const line of ledger.lines()) {
		if (!isSaved(line) || !(isBelow(line.path, roots) || places.has(line.path)))
			continue;
		const { sha256, run_id: runId } = line.record;
		places.set(line.path, { path: line.path, sha256, runId, line });
	}
	return places;
}

/**
 * Rows of a report with the places that the ledger knows of their runs.
 * @throws {Failure} `disk`
 */
export async function placedByLedger(
	rows: readonly ReportRow[],
	ledger: Ledger,
): Promise<readonly ReportRow[]> {
	const ids = rows.flatMap((row) => (row.path ? [] : (row.runId ?? [])));
	const brought = [];
	for await (const line of ledger.find("run_id", ids))
		if (isSaved(line))
			brought.push({ path: line.path, runId: line.record.run_id });
	return withPlaces(rows, brought);
}

/** Where those of these hashes that were delivered from here went last: an absolute path, null for stdout. */
export async function findDelivered(
	hashes: ReadonlySet<string>,
	ledger: Ledger,
): Promise<Map<string, string | null>> {
	const found = new Map<string, string | null>();
	for await (const { record, path: place } of ledger.find("sha256", hashes))
		if (record.status === "saved") found.set(record.sha256, place);
	return found;
}

function isSaved(line: LedgerLine): line is SavedLine {
	return line.record.status === "saved" && line.path !== null;
}

/** Whether a path is one of these, or in a folder of them. */
export function isBelow(file: string, roots: readonly string[]): boolean {
	return roots.some(
		(root) => file === root || file.startsWith(path.join(root, path.sep)),
	);
}
