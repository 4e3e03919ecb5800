import fs from "node:fs/promises";
import type { ReportRow } from "../verify/report-rows.ts";
import type { Found } from "./gather.ts";

interface Matched {
	/** By the absolute path of the image. */
	readonly rowAt: ReadonlyMap<string, ReportRow>;
	/** Rows whose images are nowhere on disk. */
	readonly absent: readonly ReportRow[];
}

/**
 * Finds the images of rows as they are on disk now: a report tells how its batch ended, and a row that it calls failed may have
 * been brought since.
 */
export async function matchRows(
	images: readonly Found[],
	rows: readonly ReportRow[],
): Promise<Matched> {
	const rowAt = new Map<string, ReportRow>();
	const present = new Set(images.map(({ path }) => path));
	for (const row of rows) if (row.path) rowAt.set(row.path, row);
	const byName = new Map<string, string>();
	for (const { path, origin } of images) {
		if (!origin || rowAt.has(path)) continue;
		const { run_id: runId, prompt, seed } = origin.record;
		for (const name of namesOf({ runId, prompt, seed: seed?.toString() }))
			byName.set(name, path);
	}
	const absent: ReportRow[] = [];
	for (const row of rows) {
		const found =
			row.path ??
			namesOf(row)
				.map((name) => byName.get(name))
				.find((file) => file !== undefined && !rowAt.has(file));
		const isThere =
			found !== undefined && (present.has(found) || (await isFile(found)));
		if (isThere) rowAt.set(found, row);
		else absent.push(row);
	}
	return { rowAt, absent };
}

/** What an image and its row have in common: the run, or what was asked for, where the report was written before there was a run. */
function namesOf({
	runId,
	prompt,
	seed,
}: Pick<ReportRow, "runId" | "prompt" | "seed">): readonly string[] {
	const asked = prompt && seed && `${seed} ${prompt}`;
	return [runId, asked].flatMap((name) => name || []);
}

async function isFile(file: string): Promise<boolean> {
	const stat = await fs.stat(file).catch(() => undefined);
	return stat?.isFile() === true;
}
