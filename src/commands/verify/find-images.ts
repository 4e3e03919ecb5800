import type { Dirent } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { Failure } from "../../errors.ts";
import { thumbsOf } from "../../gallery/thumbs.ts";
import { shownByThumbnail } from "../../images/thumbnail.ts";
import {
	formatOfExtension,
	imageBeside,
	sidecarPath,
} from "../../names/places.ts";
import { isSidecarPath } from "../../origin/sidecar.ts";
import { systemReason } from "../../system/disk-failure.ts";
import { lookAt } from "../../system/folder.ts";

interface FoundFiles {
	readonly images: readonly string[];
	/** Files that are called as sidecars of images are, whether the image is there or not. */
	readonly sidecars: readonly string[];
}

/**
 * The files at these paths: a file itself, whatever its name; of a folder all that are called as images are, folders in it
 * included. Hidden ones and thumbnails are left out, and links to folders are not followed.
 * @param roots absolute
 * @param unreadable is told of each folder that cannot be read, with a `disk` failure
 */
export async function findImages(
	roots: readonly string[],
	unreadable: (folder: string, failure: Failure) => void,
): Promise<FoundFiles> {
	const images = new Set<string>();
	const sidecars = new Set<string>();
	const addFolder = async (folder: string): Promise<void> => {
		const entries = await fs
			.readdir(folder, { withFileTypes: true })
			.catch((error): Dirent[] => {
				const message = `Cannot read ${folder}: ${systemReason(error)}`;
				unreadable(folder, new Failure("disk", message, { cause: error }));
				return [];
			});
		const pages = entries.map(({ name }) => thumbsOf(name));
		for (const entry of entries) {
			if (entry.name.startsWith(".") || pages.includes(entry.name)) continue;
			const file = path.join(folder, entry.name);
			if (entry.isDirectory()) await addFolder(file);
			else if (isSidecarPath(file) && isNamedAsImage(imageBeside(file)))
				sidecars.add(file);
			else if (
				isNamedAsImage(file) &&
				!(await shownByThumbnail(file).catch(() => undefined))
			)
				images.add(file);
		}
	};
	for (const root of roots) {
		const stat = await lookAt(root);
		if (stat?.isDirectory()) await addFolder(root);
		else {
			if (stat) images.add(root);
			sidecars.add(sidecarPath(root));
		}
	}
	return { images: [...images].sort(), sidecars: [...sidecars].sort() };
}

function isNamedAsImage(file: string): boolean {
	return formatOfExtension(path.extname(file)) !== undefined;
}
