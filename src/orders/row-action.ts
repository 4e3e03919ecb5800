import fs from "node:fs/promises";
import nodePath from "node:path";
import {
	checkDone,
	type DoneImages,
	type Owner,
	readOwners,
} from "../ledger/done-images.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { LedgerView } from "../ledger/view.ts";
import { renamedPaths, sidecarPath } from "../names/places.ts";
import type { JobOutput, Stage } from "../purchase/job.ts";
import type { Journal } from "../purchase/store/journal.ts";
import { badRun, type PlannedRow, type RefusedRow } from "./plan-rows.ts";
import { keysOf, pathsOf } from "./row-clashes.ts";

/** What is to be done for an image. */
export type RowAction = "nothing" | "fetch" | "continue" | "buy";

export interface SurveyContext {
	readonly ledger: Ledger;
	readonly journal: Journal;
	/** What is in the way is replaced: `force` whatever it is, `update` what an earlier row made. */
	readonly replace: "nothing" | "update" | "force";
	/** Which runs are this process's. */
	readonly isMine: (number: number) => boolean;
	/** What was brought since the survey began: the same batch may run beside this one. */
	readonly view: LedgerView;
	/** A path as a user would write it. */
	readonly showPath: (path: string) => string;
}

/** What is known before the files are looked at. */
export interface Known extends SurveyContext {
	/** How far unfinished jobs are. */
	readonly open: ReadonlyMap<string, Stage["name"]>;
	readonly done: DoneImages;
	/** Whether a folder is there: in one that is yet to be made nothing is in the way. */
	readonly folders: ReadonlyMap<string, boolean>;
	/** Files that somebody changed since they were delivered: they stay. */
	readonly changed: Set<string>;
	/** Files with the image of another row, which an update replaces. */
	readonly outdated: Set<string>;
}

/** By path. */
type Owners = ReadonlyMap<string, Owner>;

/** Most often nothing is in the way, and the ledger need not be asked whose it is. */
export const nobody: Owners = new Map();

/** What is done for rows that something is in the way of. */
export async function actionsFor(
	rows: readonly PlannedRow[],
	known: Known,
): Promise<readonly (readonly [PlannedRow, RowAction | RefusedRow])[]> {
	if (rows.length === 0) return [];
	const paths = new Set(
		rows.flatMap((row) =>
			pathsOf(row).flatMap((path) => filesOf(path, row.job.output)),
		),
	);
	for (const key of rows.flatMap(keysOf)) {
		const done = await known.done.find(key);
		if (done) paths.add(done.path);
	}
	const owners = await readOwners(known.ledger, paths);
	const isBeside = await broughtBeside(known);
	const found: [PlannedRow, RowAction | RefusedRow][] = [];
	for (const row of rows) {
		const action = await actionFor(row, known, owners);
		const isOurs = typeof action !== "string" && (await isBeside(row.key));
		found.push([row, isOurs ? "continue" : action]);
	}
	return found;
}

/** What is done for a row; undefined where the disk has to be asked. */
export function actionAtOnce(
	row: PlannedRow,
	{ open, done, folders }: Known,
): RowAction | undefined {
	// One that was never sent says nothing of what others bought since.
	if ((open.get(row.key) ?? "planned") !== "planned") return "continue";
	const mayBeThere =
		done.has(row.key) ||
		pathsOf(row).some((path) => folders.get(nodePath.dirname(path)));
	return mayBeThere ? undefined : "buy";
}

/** What is done for a row; a `RefusedRow` where something is in its way. */
export async function actionFor(
	row: PlannedRow,
	known: Known,
	owners: Owners,
): Promise<RowAction | RefusedRow> {
	const { key, job } = row;
	const { replace, showPath } = known;
	const action = actionAtOnce(row, known);
	if (action) return action;
	if (known.done.has(key) && replace !== "force")
		return actionOfDone(row, known, owners);
	for (const path of pathsOf(row)) {
		for (const file of filesOf(path, job.output)) {
			const stat = await fs.lstat(file).catch(() => undefined);
			if (stat === undefined) continue;
			const owner = owners.get(file) ?? owners.get(path);
			const isUpdated = replace === "update" && mayUpdate(owner, row);
			const mayReplace =
				!isRenamed(file, path) && (replace === "force" || isUpdated);
			const isWork =
				replace !== "force" && (await isChanged(path, owner, known));
			if (isWork) return changedSince(row, showPath(path));
			if (stat.isFile() && mayReplace) continue;
			if (owner) return conflict(row, showPath(file), owner, "buys");
			const reason = `${showPath(file)} exists, and no batch put it there; ${forceDoes}`;
			return { ...badRun(row, reason), hasRemedy: true };
		}
	}
	return "buy";
}

/** What an image may need for itself: its place, its sidecar's, and where the model chooses the format its other names. */
function filesOf(
	path: string,
	{ sidecar, formats }: JobOutput,
): readonly string[] {
	return [
		path,
		...(sidecar ? [sidecarPath(path)] : []),
		...(formats.length > 1 ? renamedPaths(path, ["jpeg", "png", "webp"]) : []),
	];
}

function isRenamed(file: string, path: string): boolean {
	return file !== path && file !== sidecarPath(path);
}

/** Of a run that was saved. An image that it never had is no reason to buy it again. */
async function actionOfDone(
	row: PlannedRow,
	world: Known,
	owners: Owners,
): Promise<RowAction | RefusedRow> {
	const { done, replace, showPath, changed, outdated } = world;
	let action: RowAction = "nothing";
	for (const key of keysOf(row)) {
		const known = await done.find(key);
		if (known === undefined) continue;
		const state = await checkDone(known);
		if (state === "whole") continue;
		// Changed is one thing, to hold what another row made of the name since is another.
		const owner = owners.get(known.path);
		const isNotOurs = owners === nobody || (owner && owner.key !== key);
		const isOthers = state !== "missing" && isNotOurs;
		if (isOthers && (await isChanged(known.path, owner, world)))
			return changedSince(row, showPath(known.path));
		if (isOthers && (replace === "nothing" || !mayUpdate(owner, row)))
			return conflict(row, showPath(known.path), owner, "fetches");
		if (state === "changed" && !isOthers) {
			changed.add(known.path);
			continue;
		}
		if (isOthers) outdated.add(known.path);
		action = "fetch";
	}
	return action;
}

/** What is in the way may be the very image, placed by another process since the first look at journal and ledger. */
async function broughtBeside({ journal, view }: SurveyContext) {
	// A job leaves the journal when it is in the ledger, so that is looked at last.
	const open = new Set((await journal.list()).map(({ key }) => key));
	return async (key: string) =>
		open.has(key) || (await view.savedSince(key)) !== undefined;
}

/** Whether a file is no longer what the image that it belongs to left there: somebody's work, which an update does not replace. */
async function isChanged(
	path: string,
	owner: Owner | undefined,
	{ done }: Known,
): Promise<boolean> {
	const image = owner && (await done.find(owner.key));
	return image?.path === path && (await checkDone(image)) === "changed";
}

/** Of a batch, in which it is for every row. */
const forceDoes = "--force buys every row anew, and replaces the files";

function changedSince(row: PlannedRow, file: string): RefusedRow {
	const reason = `${file} was changed since it was delivered; move it away, or ${forceDoes}`;
	return { ...badRun(row, reason), hasRemedy: true };
}

/** What was paid for is not replaced by a picture of the sandbox. */
function mayUpdate(owner: Owner | undefined, { job }: PlannedRow): boolean {
	return owner?.service === job.service || owner?.sandbox === true;
}

function conflict(
	row: PlannedRow,
	file: string,
	owner: Owner | undefined,
	remedy: "buys" | "fetches",
): RefusedRow {
	const isOfHere = owner === undefined || owner.service === row.job.service;
	const what = isOfHere
		? "holds the image of another prompt, or of other inputs;"
		: owner.sandbox
			? "is a picture of the sandbox; name another folder, or"
			: `was bought at ${owner.service}; name another folder`;
	const update =
		remedy === "buys"
			? "buys this one"
			: "fetches this one, which is paid for,";
	const replacing = ` --update ${update} and replaces it`;
	const reason = `${file} ${what}${isOfHere || owner.sandbox ? replacing : ""}`;
	return { ...badRun(row, reason), hasRemedy: true };
}
