import path from "node:path";
import { Failure } from "../../errors.ts";
import type { Runtime } from "../../runtime.ts";
import { escaped, escapedJson } from "../../system/escape.ts";
import {
	type Session,
	type SessionOptions,
	withSession,
} from "../session/session.ts";
import { type ReportRow, readReport } from "../verify/report-rows.ts";
import { type Caption, readCaption } from "./caption.ts";
import { startCounter } from "./counter.ts";
import { checkFolder, createGatherer, type Gatherer } from "./gather.ts";
import { openInBrowser } from "./open.ts";

export interface GalleryOptions extends SessionOptions {
	readonly output?: string;
	readonly open?: boolean;
	readonly watch?: boolean;
	readonly sheet?: string;
	readonly columns?: string;
	readonly caption?: string;
	readonly prompts?: boolean;
	readonly report?: string;
}

export interface Work extends Gatherer {
	/** Absolute. */
	readonly root: string;
	readonly rows: readonly ReportRow[];
	readonly caption: Caption;
	readonly options: GalleryOptions;
	readonly session: Session;
}

export interface Written {
	readonly summary: readonly string[];
	/** For programs; `file` as a user in the working folder would write it. */
	readonly record: { readonly version: 1; readonly file: string } & Readonly<
		Record<string, unknown>
	>;
}

/**
 * Makes a page of a folder of images, or a contact sheet, or serves the page while the folder fills.
 * @param name the folder
 * @returns 3 where a folder in it could not be read
 * @throws {Failure} `usage`, `exists`, `config` where a sheet needs sharp, `disk`
 */
export async function gallery(
	name: string,
	options: GalleryOptions,
	runtime: Runtime,
): Promise<number> {
	checkOptions(options);
	const opened = { ...options, buysNothing: true };
	return withSession(opened, runtime, async (session) => {
		const root = path.resolve(runtime.cwd, name);
		await checkFolder(root, name);
		const rows = await readReport(options.report, runtime.cwd);
		const caption = readCaption(options.caption, rows);
		const { signal, folders } = session;
		const ledger = path.join(folders.state, "ledger");
		const leftOut = new Set<string>();
		const unreadable = (folder: string, failure: Failure) => {
			if (folder === root) throw failure;
			if (!leftOut.has(folder))
				session.reporter.note(`left out: ${failure.message}`);
			leftOut.add(folder);
		};
		const gatherer = createGatherer(root, ledger, signal, unreadable);
		const work = { root, ...gatherer, rows, caption, options, session };
		if (options.watch) {
			const { watchFolder } = await import("./watch.ts");
			return watchFolder(work);
		}
		const written = await write(name, work);
		const { file } = written.record;
		for (const line of written.summary) session.reporter.info(line);
		const { stdout } = runtime;
		if (options.json) stdout.write(`${escapedJson(written.record)}\n`);
		else stdout.write(`${stdout.isTTY ? escaped(file) : file}\n`);
		if (options.open)
			await openInBrowser(path.resolve(runtime.cwd, file), session);
		return leftOut.size > 0 ? 3 : 0;
	});
}

/** @throws {Failure} `usage` where there is nothing to show, and what the writing throws */
async function write(name: string, work: Work): Promise<Written> {
	const { options, session, rows } = work;
	const counter = await startCounter(session.runtime, options);
	try {
		const images = await work.gather(counter.of("images looked at"));
		if (images.length + rows.length === 0)
			throw nothingIn(name, work.leftOut());
		if (options.sheet !== undefined) {
			const { writeSheet } = await import("./write-sheet.ts");
			return await writeSheet(images, options.sheet, work);
		}
		const { writePage } = await import("./write-page.ts");
		return await writePage(images, counter, work);
	} finally {
		counter.stop();
	}
}

/** @throws {Failure} `usage` for options that say nothing together */
function checkOptions(options: GalleryOptions): void {
	const { watch, sheet, output, columns, caption, prompts } = options;
	const refuse = (message: string, hint: string) => {
		throw new Failure("usage", message, { hint });
	};
	if (watch && (sheet ?? output) !== undefined)
		refuse(
			"--watch serves a page, and writes none",
			"two commands: one to watch, one to write",
		);
	if (sheet !== undefined && (options.open || output !== undefined))
		refuse(
			"--sheet makes a sheet, and no page",
			"two commands: one for the page, one for the sheet",
		);
	if (columns !== undefined && sheet === undefined)
		refuse("--columns is about a --sheet", "a page goes by its window");
	if (caption !== undefined && sheet !== undefined)
		refuse("--caption is about a page", "a sheet has numbers");
	if (prompts === false && sheet !== undefined)
		refuse("--no-prompts is about a page", "a sheet has no prompts");
	if (columns !== undefined && !/^[1-9]\d{0,2}$/.test(columns))
		refuse(
			`--columns ${escaped(columns)} is no number of columns`,
			"for one: --columns 4",
		);
}

function nothingIn(name: string, derived: number): Failure {
	if (derived > 0)
		return new Failure(
			"usage",
			`there are only copies and sheets in ${escaped(name)}, ${derived} of them, which are left out`,
			{ hint: "name the folder of the images that they were made of" },
		);
	return new Failure("usage", `there is no image in ${escaped(name)}`, {
		hint: "JPEG, PNG and WebP are looked for, by their names, in its folders too",
	});
}
