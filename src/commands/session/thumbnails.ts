import path from "node:path";
import { toFailure } from "../../errors.ts";
import { loadSharp } from "../../images/load-sharp.ts";
import {
	drawThumbnail,
	shownByThumbnail,
	thumbnailPath,
	thumbnailStart,
} from "../../images/thumbnail.ts";
import type { ImageRecord } from "../../record.ts";
import { checkSideOutput } from "../../system/side-output.ts";
import { writeWhole } from "../../system/write-whole.ts";
import { once } from "../once.ts";
import type { Session } from "./session.ts";

/**
 * Makes the thumbnails of images that are on disk, and names them in their records (`--thumbnail`). It takes nothing from the
 * images: where one cannot be made, that is said, once for each reason.
 */
export function openThumbnails({
	runtime,
	reporter,
}: Session): (record: ImageRecord) => Promise<ImageRecord> {
	const sharp = once(() => loadSharp("no thumbnails"));
	const told = new Set<string>();
	return async (record) => {
		const isThere = record.status === "saved" || record.status === "skipped";
		if (!isThere || record.file === "-") return record;
		const image = path.resolve(runtime.cwd, record.file);
		const file = thumbnailPath(image);
		try {
			checkSideOutput("--thumbnail", file, {
				cwd: runtime.cwd,
				force: false,
				inputs: [],
				kind: "thumbnail of ours",
				ownStart: thumbnailStart,
			});
			const shown = await shownByThumbnail(file).catch(() => undefined);
			if (shown !== record.sha256)
				await writeWhole(
					file,
					await drawThumbnail(image, record.sha256, await sharp()),
				);
			return { ...record, thumbnail: file };
		} catch (error) {
			const { message, hint } = toFailure(error);
			if (!told.has(message))
				reporter.note(hint ? `${message}; ${hint}` : message);
			told.add(message);
			return { ...record, thumbnail: null };
		}
	};
}
