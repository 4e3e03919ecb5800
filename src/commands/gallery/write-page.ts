import path from "node:path";
import { Failure } from "../../errors.ts";
import { fillPage, pageStart } from "../../gallery/content.ts";
import {
	makeThumbs,
	removeOtherThumbs,
	thumbName,
	thumbsOf,
} from "../../gallery/thumbs.ts";
import { readGalleryPage } from "../../package-files.ts";
import { escaped } from "../../system/escape.ts";
import { checkWritable } from "../../system/folder.ts";
import { checkSideOutput } from "../../system/side-output.ts";
import { writeWhole } from "../../system/write-whole.ts";
import { showPath } from "../session/job-context.ts";
import type { Session } from "../session/session.ts";
import type { Counter } from "./counter.ts";
import { addressFrom, describe, summaryOf } from "./describe.ts";
import type { Found } from "./gather.ts";
import type { Work, Written } from "./run.ts";
import { sharpForThumbs } from "./sharp-for-thumbs.ts";

/**
 * Writes the page of a folder, with its thumbnails in a folder beside it: a thousand of them inside would make it 40 MB, to be read
 * whole before anything is seen; beside it each is read when it comes into sight, and made once.
 * @throws {Failure} `usage`, `exists`, `disk`
 */
export async function writePage(
	images: readonly Found[],
	counter: Counter,
	work: Work,
): Promise<Written> {
	const { options, session } = work;
	const { cwd } = session.runtime;
	const page = pagePath(work);
	const file = showPath(page, cwd);
	checkSideOutput(options.output === undefined ? "the page" : "-o", file, {
		cwd,
		force: options.force === true,
		inputs: [...images.map((image) => image.path), options.report ?? []].flat(),
		kind: "page of a gallery",
		ownStart: pageStart,
	});
	await checkWritable(path.dirname(page), "name another place: -o page.html");
	const base = path.dirname(page);
	const folder = path.join(base, thumbsOf(path.basename(page)) ?? "");
	const thumbs = await thumbsIn(folder, images, counter, work.session);
	const content = await describe(
		images,
		{
			base,
			src: (image) => addressFrom(base, image.path),
			thumb: ({ facts }) =>
				facts && thumbs?.has(facts.sha256)
					? addressFrom(base, path.join(folder, thumbName(facts.sha256)))
					: undefined,
		},
		work,
	);
	await writeWhole(page, fillPage(readGalleryPage(), content));
	if (thumbs) await removeOtherThumbs(folder, thumbs);
	const failed = content.failed.length;
	const parts = [
		failed > 0 ? `, ${failed} not there` : "",
		thumbs ? `; thumbnails in ${escaped(showPath(folder, cwd))}` : "",
	];
	return {
		summary: [`${summaryOf(images)}${parts.join("")}`],
		record: { version: 1, file, images: images.length, failed },
	};
}

async function thumbsIn(
	folder: string,
	images: readonly Found[],
	counter: Counter,
	session: Session,
): Promise<ReadonlySet<string> | undefined> {
	const sharp = await sharpForThumbs(session);
	const whole = images.flatMap(({ path: file, facts }) =>
		facts ? [{ path: file, sha256: facts.sha256 }] : [],
	);
	const { signal } = session;
	const count = counter.of("thumbnails");
	return sharp && makeThumbs(whole, folder, { sharp, signal, count });
}

/** @throws {Failure} `usage` for what is no name of a page */
function pagePath({ root, options, session }: Work): string {
	const { output } = options;
	if (output === undefined) return path.join(root, "index.html");
	const place = path.resolve(session.runtime.cwd, output);
	if (/[/\\]$/.test(output)) return path.join(place, "index.html");
	if (thumbsOf(place) !== undefined) return place;
	throw new Failure("usage", `-o ${escaped(output)} is no name of a page`, {
		hint: `for one: -o ${escaped(path.parse(output).name || "index")}.html; a contact sheet: --sheet sheet.jpg`,
	});
}
