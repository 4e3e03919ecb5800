import fs from "node:fs/promises";
import { Failure, toFailure } from "../errors.ts";
import { type ImageFacts, inspectImage } from "../images/inspect.ts";
import { escaped } from "../system/escape.ts";
import { findOrigins, type Origin } from "./origin.ts";
import { imageOf, isSidecarPath, readSidecar } from "./sidecar.ts";

/** An image on disk, or one that was there, and what is known of how it was made. */
export interface KnownImage {
	/** Absolute path of the image. */
	readonly image: string;
	/** Undefined where there is no such file any more. */
	readonly sizeBytes: number | undefined;
	/** Undefined where the file is no whole image. */
	readonly facts: ImageFacts | undefined;
	/** What is wrong with the file. */
	readonly damage: string | undefined;
	/** Undefined where nothing is known of how it was made. */
	readonly origin: Origin | undefined;
}

/**
 * @param file absolute path of an image, or of its sidecar
 * @param name the same as it was typed
 * @param ledger its folder
 * @throws {Failure} `usage` where there is no such file and none was ever saved there; `disk`
 */
export async function lookAt(
	file: string,
	name: string,
	ledger: string,
): Promise<KnownImage> {
	const sidecar = isSidecarPath(file) ? await readSidecar(file) : undefined;
	const image = sidecar ? imageOf(file, sidecar) : file;
	const stat = await fs.stat(image).catch(() => undefined);
	if (stat && !stat.isFile())
		throw new Failure("usage", `${escaped(name)} is no file`, {
			hint: "name one image; a folder of them: flux-ultra gallery <folder>",
		});
	const found = stat && (await inspect(image));
	const facts = found instanceof Failure ? undefined : found;
	const asked = sidecar && !facts ? file : image;
	const origins = await findOrigins(
		[{ file: asked, sha256: facts?.original ?? facts?.sha256 }],
		ledger,
	);
	const known = origins.get(asked);
	const origin: Origin | undefined =
		known?.isUnchanged && facts?.original
			? { ...known, knownBy: "original", isUnchanged: false }
			: known;
	if (stat === undefined && origin === undefined) throw nowhere(name);
	const damage = found instanceof Failure ? found.message : undefined;
	return { image, sizeBytes: stat?.size, facts, damage, origin };
}

/** @throws {Failure} `disk` where the file cannot be read */
async function inspect(image: string): Promise<ImageFacts | Failure> {
	return inspectImage(image).catch((error) => {
		const failure = toFailure(error);
		if (failure.code !== "bad_image") throw error;
		return failure;
	});
}

function nowhere(name: string): Failure {
	if (/^https?:/i.test(name))
		return new Failure("usage", "an address is no image on disk", {
			hint: "download it first, if it was made from here; to start from the picture itself: --image <url>",
		});
	const isRun = /^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(name);
	return new Failure("usage", `there is no file ${escaped(name)}`, {
		hint: isRun
			? `of a run: flux-ultra runs show ${name}`
			: "name an image on disk; what was run from here: flux-ultra runs list",
	});
}

/** Of an image whose making is asked for. */
export function unknownOrigin(name: string): Failure {
	return new Failure("usage", `nothing is known here of ${escaped(name)}`, {
		hint: "neither the ledger nor a file beside it tells how it was made",
	});
}
