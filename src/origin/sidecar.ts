import fs from "node:fs/promises";
import path from "node:path";
import * as z from "zod/mini";
import { Failure, systemCode } from "../errors.ts";
import { diskFailure } from "../system/disk-failure.ts";
import { parseJson } from "../system/json.ts";

/**
 * What a file beside an image tells of it (`--sidecar`), version 1: the image's record, with `file` as seen from the
 * sidecar. What is optional here was not written by version 0.1.0, or holds for some images only. See docs/sidecar.md.
 */
export const sidecarSchema = z.object({
	version: z.literal(1),
	/** Name of the image, in the folder of the sidecar. */
	file: z.string(),
	prompt: z.string(),
	/** Null where the model takes none. */
	seed: z.nullable(z.number()),
	seed_used: z.optional(z.number()),
	/** `owner/slug`. */
	model: z.string(),
	inputs: z.optional(z.record(z.string(), z.unknown())),
	input_files: z.optional(
		z.readonly(z.array(z.object({ file: z.string(), sha256: z.string() }))),
	),
	sha256: z.string(),
	bytes: z.number(),
	width: z.number(),
	height: z.number(),
	format: z.string(),
	run_id: z.string(),
	client_ref: z.string(),
	output: z.optional(z.number()),
	sandbox: z.boolean(),
	/** Dollars. */
	paid_usd: z.optional(z.nullable(z.number())),
	/** They are the list price, as no bill came. */
	cost_is_estimate: z.optional(z.literal(true)),
	/** ISO 8601. */
	submitted_at: z.nullable(z.string()),
	/** Milliseconds. */
	run_ms: z.nullable(z.number()),
});

export type Sidecar = z.infer<typeof sidecarSchema>;

/** Whether a path is that of a sidecar, and of no image. */
export function isSidecarPath(file: string): boolean {
	return path.extname(file).toLowerCase() === ".json";
}

/** The image that a sidecar tells of: it is beside it, also where both were moved. */
export function imageOf(file: string, { file: name }: Sidecar): string {
	return path.join(path.dirname(file), path.win32.basename(name));
}

/**
 * @returns undefined where there is no such file
 * @throws {Failure} `usage` for what is no sidecar, or one of a later version; `disk`
 */
export async function readSidecar(file: string): Promise<Sidecar | undefined> {
	const text = await fs.readFile(file, "utf8").catch((error) => {
		if (systemCode(error) === "ENOENT") return undefined;
		throw diskFailure(file, error);
	});
	if (text === undefined) return undefined;
	const value = parseJson(text);
	const read = sidecarSchema.safeParse(value);
	if (read.success) return read.data;
	const { version } = { version: 1, ...(value as object | null) };
	throw new Failure(
		"usage",
		typeof version === "number" && version > 1
			? `${file} was written by a later version of flux-ultra`
			: `${file} is no sidecar of an image`,
		{ hint: "a sidecar is what --sidecar writes beside an image" },
	);
}

/** The same, where other people's JSON beside their images is no mistake. */
export async function readOwnSidecar(
	file: string,
): Promise<Sidecar | undefined> {
	return readSidecar(file).catch(() => undefined);
}
