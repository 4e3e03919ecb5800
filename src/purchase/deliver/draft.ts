import { randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import type { Job } from "../job.ts";
import type { HeldJob } from "../store/journal.ts";

/**
 * The name of what is on its way to an image's place. Random for each process that works on a job, and kept in it: two
 * processes never write one file, a name cannot be foreseen, and what a killed process left is taken away by the next.
 */
export function newDraft(held: HeldJob): Pick<Job, "draft"> {
	const draft = randomBytes(9).toString("base64url");
	own.set(held, draft);
	return { draft };
}

/** Those of this process. */
const own = new WeakMap<HeldJob, string>();

/**
 * The path of the draft of one image, in the folder where the image goes. What an earlier process left is taken away.
 * @param at which image of the run, from 1
 * @param elsewhere another folder in which an earlier process may have worked
 */
export async function draftPath(
	held: HeldJob,
	folder: string,
	at: number,
	elsewhere: string,
): Promise<string> {
	let draft = own.get(held);
	if (draft === undefined || draft !== held.job.draft) {
		await removeDrafts(held.job, [folder, elsewhere], at);
		const changes = newDraft(held);
		await held.amend(changes);
		draft = changes.draft ?? "";
	}
	return path.join(folder, nameOf(draft, at));
}

/** Takes away what an earlier process left of the drafts of a job. */
export async function removeDrafts(
	{ draft, ref }: Job,
	folders: readonly string[],
	at: number,
): Promise<void> {
	// Version 0.1.0 named drafts by the reference, which for a fetched run is the service's word: no path is made of it.
	const name = draft ?? ref;
	if (!/^[\w-]+$/.test(name)) return;
	for (const folder of new Set(folders)) {
		const file = path.join(folder, nameOf(name, at));
		for (const left of [file, packedPath(file)])
			await fs.rm(left, { force: true }).catch(() => {});
	}
}

function nameOf(draft: string, at: number): string {
	return `.flux-ultra-${draft}${at === 1 ? "" : `-${at}`}.part`;
}

/** Where the packed bytes of a draft are while they are unpacked into it. */
export function packedPath(file: string): string {
	return `${file}.packed`;
}
