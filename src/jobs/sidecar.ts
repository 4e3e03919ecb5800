import fs from "node:fs/promises";
import type { SavedRecord } from "../record.ts";
import { diskFailure } from "./disk-failure.ts";

/** Path of the file that tells of an image: `<image>.json`. */
export function sidecarPath(image: string): string {
	return `${image}.json`;
}

/** Writes the record of an image beside it. It holds no link and no key. */
export async function writeSidecar(
	image: string,
	record: SavedRecord,
): Promise<void> {
	const file = sidecarPath(image);
	try {
		await fs.writeFile(file, `${JSON.stringify(record, null, 2)}\n`);
	} catch (error) {
		throw diskFailure(file, error);
	}
}
