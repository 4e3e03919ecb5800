import fs from "node:fs/promises";
import path from "node:path";
import { Failure } from "../../errors.ts";
import { inspectImage } from "../../images/inspect.ts";
import { nameKey } from "../../names/expand.ts";
import { findOrigins } from "../../origin/origin.ts";
import { checkWritable, lookAt } from "../../system/folder.ts";
import { showPath } from "../session/job-context.ts";
import type { Plan } from "./plan.ts";

/**
 * @param ledger its folder
 * @returns sees whether a copy may be written to its place, and throws `exists` or `usage` where not
 * @throws {Failure} `disk`
 */
export async function openTargets(
	plans: readonly Plan[],
	ledger: string,
	force: boolean,
	cwd: string,
): Promise<(plan: Plan) => Promise<void>> {
	const places = await Promise.all(plans.map(({ target }) => placeAt(target)));
	const bought = await findOrigins(places, ledger, async () => undefined);
	const byFile = new Map(places.map((place) => [place.file, place]));
	const keys = plans.map(({ target }) => nameKey(target));
	const shared = new Set(keys.filter((key, at) => keys.indexOf(key) !== at));
	const originals = new Set<string | undefined>(
		await Promise.all(plans.map(async ({ path: file }) => identityOf(file))),
	);
	return async ({ target }) => {
		const { stat, identity } = byFile.get(target) ?? {};
		const hint = "name another with -o";
		const refuse = (why: string, other = "") => {
			throw new Failure("exists", `${showPath(target, cwd)} ${why}`, {
				hint: hint + other,
			});
		};
		if (shared.has(nameKey(target)))
			refuse("would be the name of several copies");
		if (identity !== undefined && originals.has(identity))
			refuse("is an image to be copied");
		// Also where it is gone: verify and resume would take the copy for it.
		if (bought.has(target)) refuse("is the place of an image that was bought");
		const isFile = stat?.isFile() || stat?.isSymbolicLink();
		if (stat && !isFile) refuse("exists and is no file");
		if (stat && !force) refuse("exists", ", or replace it with --force");
		await checkWritable(path.dirname(target));
	};
}

/** What stands where a copy is to go; of a link its own `stat`, and the identity of what is behind it. */
async function placeAt(file: string) {
	const stat = await fs.lstat(file).catch(() => undefined);
	const facts = stat?.isFile()
		? await inspectImage(file).catch(() => undefined)
		: undefined;
	const identity = stat && (await identityOf(file));
	return { file, stat, identity, sha256: facts?.sha256 };
}

/** Device and inode, behind a link. */
async function identityOf(file: string): Promise<string | undefined> {
	const stat = await lookAt(file);
	return stat && `${stat.dev} ${stat.ino}`;
}
