import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Content, Picture } from "../../gallery/content.ts";
import type { Origin } from "../../origin/origin.ts";
import { isCutAddress, recipeOf } from "../../origin/recipe.ts";
import { isFile } from "../../system/folder.ts";
import { counted } from "../../system/plural.ts";
import { formatCost } from "../../terminal/format.ts";
import type { Session } from "../session/session.ts";
import { commandFor } from "../show/again.ts";
import { type ReportRow, withPlaces } from "../verify/report-rows.ts";
import type { Found } from "./gather.ts";
import type { Work } from "./run.ts";

export interface Addresses {
	/** The folder that commands and lists of files are meant for: that of the page. */
	readonly base: string;
	src(image: Found): string;
	thumb(image: Found): string | undefined;
}

export async function describe(
	images: readonly Found[],
	addresses: Addresses,
	{ root, rows, caption, options, session }: Work,
): Promise<Content> {
	// For a client: neither what was asked for nor what it cost.
	const isTold = options.prompts !== false;
	const pictures: Picture[] = [];
	const placed = withPlaces(rows, images.flatMap(broughtOf));
	const rowAt = new Map(placed.map((row) => [row.path, row]));
	const absent: ReportRow[] = [];
	for (const row of placed)
		if (!row.path || !(await isFile(row.path))) absent.push(row);
	for (const [at, image] of images.entries()) {
		const { facts, damage, otherFormat, name, origin } = image;
		pictures.push({
			id: facts?.sha256 ?? name,
			number: at + 1,
			file: name,
			path: relativeTo(addresses.base, image.path),
			src: addresses.src(image),
			thumb: facts && addresses.thumb(image),
			width: facts?.width,
			height: facts?.height,
			...{ damage, otherFormat },
			caption: caption(rowAt.get(image.path), image),
			...(origin && isTold && (await madeBy(origin, addresses.base, session))),
		});
	}
	return {
		title: path.basename(root) || root,
		images: pictures,
		failed: absent.map((row) => ({
			line: row.line,
			why: row.path === undefined ? row.ended : "there is no file any more",
			prompt: isTold ? row.prompt : undefined,
			caption: caption(row),
		})),
	};
}

function broughtOf({ path, origin }: Found) {
	if (origin === undefined) return [];
	const { run_id: runId, prompt, seed } = origin.record;
	return [{ path, runId, prompt, seed: seed?.toString() }];
}

async function madeBy(
	{ record, finishedAt, isUnchanged }: Origin,
	base: string,
	{ catalogue, settings }: Session,
): Promise<Partial<Picture>> {
	const recipe = recipeOf(record);
	// The page goes to others: the folders of this machine are none of their business.
	const own = (source: string) =>
		path.isAbsolute(source) && !isCutAddress(source)
			? relativeTo(base, source)
			: source;
	const { paid_usd: paid, sandbox, model, submitted_at: at } = record;
	return {
		isChanged: isUnchanged ? undefined : true,
		prompt: recipe.prompt,
		seed: recipe.seed?.toString(),
		model: catalogue.find(model).aliases[0] ?? model,
		cost: sandbox
			? "sandbox"
			: formatCost(paid ?? null, record.cost_is_estimate),
		paidUsd: paid ?? undefined,
		made: at ?? finishedAt,
		command: await commandFor(
			{
				...recipe,
				images: recipe.images.map(own),
				mask: recipe.mask && own(recipe.mask),
			},
			{
				catalogue,
				model: settings.model.value,
				cwd: base,
				isSandbox: sandbox,
			},
		),
	};
}

/** With slashes; absolute where it is on another drive. */
function relativeTo(base: string, file: string): string {
	return path.relative(base, file).split(path.sep).join("/");
}

/** The address of a file as a page in this folder writes it. */
export function addressFrom(base: string, file: string): string {
	const relative = path.relative(base, file);
	if (path.isAbsolute(relative)) return pathToFileURL(file).href;
	return relative.split(path.sep).map(encoded).join("/");
}

export function encoded(name: string): string {
	// A lone surrogate, as Windows allows it in names, has no address.
	return encodeURIComponent(Buffer.from(name).toString());
}

/** For people: `12 images, 2 of them broken, 3 made elsewhere`. */
export function summaryOf(images: readonly Found[]): string {
	const broken = images.filter(({ damage }) => damage !== undefined).length;
	const other = images.filter(({ otherFormat }) => otherFormat).length;
	const known = images.filter(({ origin }) => origin !== undefined).length;
	const parts = [
		broken > 0 && `${broken} of them broken`,
		other > 0 && `${other} of another format`,
		known < images.length && `${images.length - known} of unknown making`,
	];
	return [counted(images.length, "image"), ...parts].filter(Boolean).join(", ");
}
