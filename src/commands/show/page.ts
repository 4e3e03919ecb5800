import {
	dpiOn,
	type Paper,
	paperFor,
	printMm,
	printWords,
} from "../../copies/paper.ts";
import type { Metadata } from "../../images/bytes.ts";
import type { ImageFacts } from "../../images/inspect.ts";
import { imagesOf } from "../../models/expected.ts";
import type { KnownImage } from "../../origin/look-at.ts";
import type { Origin } from "../../origin/origin.ts";
import { unknownModel } from "../../record.ts";
import { escaped } from "../../system/escape.ts";
import { alignRows } from "../../terminal/align-rows.ts";
import {
	formatBytes,
	formatCost,
	formatElapsed,
	formatLocalTime,
} from "../../terminal/format.ts";

export interface Shown extends KnownImage {
	/** As a user in this folder would write it. */
	readonly file: string;
	/** Commands that ask for the same image, and for another of the same prompt. */
	readonly again?: string;
	readonly variation?: string;
	/** A command that fetches what is gone or damaged of it, free of charge. */
	readonly repair?: string | undefined;
}

export function imagePage(shown: Shown): string {
	const { file, origin, again, variation, repair } = shown;
	const rows = [
		...(origin ? madeRows(origin) : []),
		["known by", knownBy(shown)],
		...fileRows(shown),
	];
	const ways =
		again === variation
			? [["make another of it, as its model takes no seed", again]]
			: [
					[againTitle(origin), again],
					["make a variation of it, with a fresh seed", variation],
				];
	const free = ["fetch it again, free of charge", repair];
	const commands = [free, ...ways].flatMap(([title, command]) =>
		command ? [`\n${title}:\n  ${command}\n`] : [],
	);
	return [
		`${escaped(file)}  ${headline(shown)}\n`,
		alignRows(rows.map((row) => row.map((cell) => escaped(cell)))),
		...commands,
	].join("");
}

/** One image of several comes with the others of its run. */
function againTitle(origin: Origin | undefined): string {
	const images = imagesOf(origin?.record.inputs ?? {});
	return images === 1
		? "make it again, which buys it anew"
		: `make all ${images} images of its run again, which buys them anew`;
}

/** For programs; the names are those of the records of images. */
export function imageRecord(shown: Shown): Readonly<Record<string, unknown>> {
	const { file, image, sizeBytes, facts, damage, origin, again, variation } =
		shown;
	const { record } = origin ?? {};
	return {
		version: 1,
		file,
		path: image,
		known_by: origin?.knownBy ?? null,
		is_unchanged: origin?.isUnchanged ?? null,
		bytes: sizeBytes ?? null,
		...(damage !== undefined && { damage }),
		...(facts && {
			width: facts.width,
			height: facts.height,
			format: facts.format,
			sha256: facts.sha256,
			...(facts.original && { original_sha256: facts.original }),
			metadata: Object.fromEntries(
				kinds.map((kind) => [kind, facts.metadata.includes(kind)]),
			),
			print_cm: Object.fromEntries(
				densities.map((dpi) => {
					const { width, height } = printMm(facts, dpi);
					return [dpi, [width / 10, height / 10]];
				}),
			),
			paper_dpi: Object.fromEntries(
				shownPapers.map((paper) => [paper, paperDpi(facts, paper)]),
			),
		}),
		...(record && {
			prompt: record.prompt,
			seed: record.seed,
			...(record.seed_used !== undefined && { seed_used: record.seed_used }),
			model: record.model,
			...(record.inputs && { inputs: record.inputs }),
			run_id: record.run_id,
			client_ref: record.client_ref,
			...(record.output !== undefined && { output: record.output }),
			sandbox: record.sandbox,
			paid_usd: record.paid_usd ?? null,
			...(record.cost_is_estimate && { cost_is_estimate: true }),
			submitted_at: record.submitted_at,
			run_ms: record.run_ms,
			project: origin?.project ?? null,
			again,
			variation,
		}),
	};
}

const kinds: readonly Metadata[] = ["c2pa", "exif", "xmp"];
/** Dots an inch: what large prints that are seen from afar need, and what is held in hands. */
const densities = [150, 300] as const;
const shownPapers = ["a5", "a4", "a3", "a2"] as const satisfies Paper[];

function headline({ facts, sizeBytes, damage }: Shown): string {
	if (sizeBytes === undefined) return "not on disk any more";
	const size = formatBytes(sizeBytes);
	if (facts === undefined) return `${size} · ${damage}`;
	return `${facts.width} × ${facts.height} · ${facts.format.toUpperCase()} · ${size}`;
}

function madeRows({ record, project, finishedAt }: Origin): string[][] {
	const { seed, seed_used: used, inputs, output, run_ms: runMs } = record;
	const time = record.submitted_at ?? finishedAt;
	const nth = output === undefined ? "" : `, its image ${output}`;
	return [
		["prompt", record.prompt],
		...(seed === null ? [] : [["seed", String(used ?? seed)]]),
		[
			"model",
			record.model === unknownModel
				? "not known: its run was fetched, and does not tell"
				: record.model,
		],
		...(inputs ? [["inputs", JSON.stringify(inputs)]] : []),
		["run", `${record.run_id}${nth}`],
		...(time ? [["made", formatLocalTime(time)]] : []),
		...(runMs === null ? [] : [["took", formatElapsed(runMs)]]),
		[
			"cost",
			`${formatCost(record.paid_usd ?? null, record.cost_is_estimate)}${record.sandbox ? ", play money: it is of a sandbox" : ""}`,
		],
		...(project ? [["project", project]] : []),
	];
}

function knownBy({ origin, sizeBytes, facts }: Shown): string {
	if (origin === undefined) {
		if (facts?.original)
			return "nobody: it is a copy of another image, and nothing is known here of that";
		return facts?.metadata.includes("derived")
			? "nobody: it was made here of other images, as a copy, a sheet or a thumbnail"
			: "nobody: neither the ledger here nor a file beside it tells how it was made";
	}
	const { knownBy, isUnchanged, path } = origin;
	const changed =
		isUnchanged || sizeBytes === undefined
			? ""
			: "; its bytes are not those that were delivered";
	switch (knownBy) {
		case "content":
			return `its content, as it was delivered${path ? ` to ${path}` : ""}`;
		case "sidecar":
			return `the file beside it${changed}`;
		case "path":
			return `its path${changed}`;
		case "original":
			return `the image that it is a copy of${path ? `, ${path}` : ""}`;
		default:
			return knownBy satisfies never;
	}
}

function fileRows({ facts }: Shown): string[][] {
	if (facts === undefined) return [];
	const { metadata } = facts;
	const isThere = (kind: Metadata) =>
		metadata.includes(kind) ? "present" : "absent";
	return [
		[
			"credentials",
			`C2PA ${isThere("c2pa")}${metadata.includes("c2pa") ? ", not verified" : ""}`,
		],
		["metadata", `EXIF ${isThere("exif")}, XMP ${isThere("xmp")}`],
		...densities.map((dpi) => [`at ${dpi} dpi`, printWords(facts, dpi)]),
		[
			"on paper",
			shownPapers
				.map((paper) => `${paper.toUpperCase()} ${paperDpi(facts, paper)} dpi`)
				.join(", "),
		],
	];
}

/** Of a paper that lies as the picture does, cut to its shape as `export` does. */
function paperDpi(facts: ImageFacts, paper: Paper): number {
	return dpiOn(facts, paperFor(paper, facts));
}
