import { deliveredCount, endsAt } from "./outcomes.ts";
import type { RunRecord } from "./records.ts";

/** The asset that an output of a run is. (inferred, and with it the name `asset_id`: no source shows outputs as assets) */
export function outputAssetId(run: RunRecord, index: number): string {
	return `${run.id}-${index}`;
}

/** The run and the output that an asset is; undefined where it is none, or not there yet. */
export function findOutputAsset(
	runs: ReadonlyMap<string, RunRecord>,
	assetId: string,
	now: number,
): { readonly run: RunRecord; readonly index: number } | undefined {
	const [, id = "", digit] = /^(.+)-(\d)$/.exec(assetId) ?? [];
	const run = runs.get(id);
	const index = Number(digit);
	const isThere =
		run !== undefined &&
		!run.oddities.hidesAssets &&
		now >= endsAt(run) &&
		index < deliveredCount(run);
	return isThere ? { run, index } : undefined;
}
