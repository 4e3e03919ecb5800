import fs from "node:fs/promises";
import path from "node:path";
import { Failure } from "../errors.ts";
import type { InputStream } from "../runtime.ts";
import { onDisk } from "../system/disk-failure.ts";
import { makePrivateFolder } from "../system/folder.ts";
import { holderName } from "../system/holder.ts";
import { sweepOrphans } from "../system/sweep.ts";
import {
	checkSize,
	lookAtImage,
	type SourceImage,
	unusable,
} from "./source-image.ts";

const name = "the image on stdin";

/**
 * Keeps the image that comes on stdin in a new file for its owner's eyes only, because an upload may have to be
 * repeated. Whoever calls removes the file; where this fails there is none.
 * @param folder made where it is missing
 * @throws {Failure} `usage` as `lookAtImage`, and for a terminal; `disk` where the file cannot be written
 */
export async function spoolImage(
	stdin: InputStream,
	folder: string,
): Promise<SourceImage> {
	if (stdin.isTTY)
		throw unusable(
			"an image is to come on stdin, which is a terminal",
			"send it in: flux-ultra -i - … < photo.jpg",
		);
	await sweepSpooled(folder);
	const file = path.join(folder, `${holderName()}.stdin`);
	try {
		await copy(stdin, file);
		return await lookAtImage(file, () => name);
	} catch (error) {
		await fs.rm(file, { force: true }).catch(() => {});
		throw error;
	}
}

/** Takes away what killed processes left. */
export function sweepSpooled(folder: string): Promise<void> {
	// Version 0.1.0 began their names with `stdin-`.
	return sweepOrphans(folder, (name) =>
		/^stdin-|\.stdin$/.test(name) ? name : undefined,
	);
}

async function copy(stdin: InputStream, file: string): Promise<void> {
	const handle = await onDisk(file, async () => {
		await makePrivateFolder(path.dirname(file));
		return fs.open(file, "wx", 0o600);
	});
	let sizeBytes = 0;
	try {
		for await (const chunk of stdin) {
			const bytes = Buffer.from(chunk);
			if (bytes.length === 0) continue;
			sizeBytes += bytes.length;
			checkSize(sizeBytes, name);
			await onDisk(file, () => handle.writeFile(bytes));
		}
	} catch (error) {
		if (error instanceof Failure) throw error;
		throw unusable(
			`${name} broke off after ${sizeBytes} bytes`,
			"look at what sends it",
			error,
		);
	} finally {
		await handle.close();
	}
}
