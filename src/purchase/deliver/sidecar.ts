import { randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { Failure, systemCode } from "../../errors.ts";
import { sidecarPath } from "../../names/places.ts";
import type { Sidecar } from "../../origin/sidecar.ts";
import { type SavedRecord, unknownModel } from "../../record.ts";
import { diskFailure } from "../../system/disk-failure.ts";
import { publish } from "../../system/publish.ts";
import type { JobOutput } from "../job.ts";
import { mayReplace } from "../replaceable.ts";

/**
 * Writes the record of an image beside it, whole or not at all, with `file` as seen from there (see docs/sidecar.md). It
 * holds no link and no key. Where another file has taken the name meanwhile that one stays.
 * @param output of its job: whether that file may be replaced
 * @throws {Failure} `disk`
 */
export async function writeSidecar(
	image: string,
	record: SavedRecord,
	output: JobOutput,
): Promise<void> {
	const file = sidecarPath(image);
	const isOurs = await isOfRun(file, record.run_id);
	// The one that is there knows more than a run that was only fetched.
	if (isOurs && record.model === unknownModel) return;
	const draft = path.join(
		path.dirname(file),
		`.flux-ultra-${randomBytes(9).toString("base64url")}.part`,
	);
	try {
		const told: Sidecar = { ...record, file: path.basename(image) };
		const text = `${JSON.stringify(told, null, 2)}\n`;
		await fs.writeFile(draft, text, { flag: "wx" });
		const force = isOurs || (await mayReplace(file, output));
		await publish(draft, file, { force });
	} catch (error) {
		await fs.rm(draft, { force: true }).catch(() => {});
		throw error instanceof Failure ? error : diskFailure(file, error);
	}
}

/** Written before this process was started, for the same image. A link that somebody put there is not followed. */
async function isOfRun(file: string, runId: string): Promise<boolean> {
	try {
		const stat = await fs.lstat(file);
		if (!stat.isFile()) return false;
		return JSON.parse(await fs.readFile(file, "utf8"))?.run_id === runId;
	} catch (error) {
		if (error instanceof SyntaxError || systemCode(error)) return false;
		throw error;
	}
}
