import { watch } from "node:fs";
import { contentJson, fillPage } from "../../gallery/content.ts";
import {
	type Served,
	type Shown,
	serveGallery,
	serverPaths,
} from "../../gallery/serve.ts";
import { makeThumb } from "../../gallery/thumbs.ts";
import type { MakeSharp } from "../../images/load-sharp.ts";
import { readGalleryPage } from "../../package-files.ts";
import { escapedJson } from "../../system/escape.ts";
import { type Addresses, describe, encoded, summaryOf } from "./describe.ts";
import type { Found } from "./gather.ts";
import { openInBrowser } from "./open.ts";
import type { Work } from "./run.ts";
import { sharpForThumbs } from "./sharp-for-thumbs.ts";

/** Where nothing tells of changes (network file systems, too many watchers), the folder is looked at so often all the same. */
const lookAgainMs = 2_000;
/** Several changes that come together are looked at once. */
const settleMs = 150;

/**
 * Serves the page of a folder on this machine until it is interrupted, and shows what comes into the folder meanwhile. Writes nothing.
 * @returns 0: an interrupt is how it ends
 */
export async function watchFolder(work: Work): Promise<number> {
	const { root, options, session } = work;
	const { runtime, reporter, signal } = session;
	const { stdout, clock } = runtime;
	const sharp = await sharpForThumbs(session);
	let images = await work.gather();
	let shown = await show(images, sharp, work);
	const server = await serveGallery(shown);
	const changes = changesIn(root);
	try {
		reporter.info(`${summaryOf(images)}; Ctrl-C ends`);
		stdout.write(
			options.json
				? `${escapedJson({ version: 1, url: server.url })}\n`
				: `${server.url}\n`,
		);
		if (options.open) await openInBrowser(server.url, session);
		while (!signal.aborted) {
			await Promise.race([changes.next(), clock.sleep(lookAgainMs, signal)]);
			await clock.sleep(settleMs, signal);
			images = await work.gather();
			const next = await show(images, sharp, work);
			if (next.content === shown.content) continue;
			shown = next;
			server.show(shown);
		}
	} catch (error) {
		if (!signal.aborted) throw error;
	} finally {
		changes.stop();
		await server.stop();
	}
	return 0;
}

async function show(
	images: readonly Found[],
	sharp: MakeSharp | undefined,
	work: Work,
): Promise<Shown> {
	const addresses: Addresses = {
		base: work.root,
		src: ({ name, facts }) =>
			`/images/${name.split("/").map(encoded).join("/")}?${facts?.sha256.slice(0, 16)}`,
		thumb: ({ facts }) => sharp && `/thumbs/${facts?.sha256}`,
	};
	const content = {
		...(await describe(images, addresses, work)),
		server: serverPaths,
	};
	const files = new Map<string, Served>();
	for (const image of images) {
		if (image.facts === undefined) continue;
		const type = `image/${image.facts.format}`;
		files.set(addresses.src(image), { type, body: image.path });
		const thumb = addresses.thumb(image);
		if (!sharp || !thumb) continue;
		const body = () => makeThumb(image.path, sharp);
		files.set(thumb, { type: "image/webp", body });
	}
	const page = fillPage(readGalleryPage(), content);
	return { page, content: contentJson(content), files };
}

function changesIn(folder: string) {
	let wake = () => {};
	const changed = () => wake();
	const watcher = startWatcher(folder, changed);
	return {
		/** Resolves at the next change. */
		next: () =>
			new Promise<void>((resolve) => {
				wake = resolve;
			}),
		stop: () => watcher?.close(),
	};
}

function startWatcher(folder: string, changed: () => void) {
	try {
		return watch(folder, { recursive: true }, changed).on("error", () => {});
	} catch {
		return undefined;
	}
}
