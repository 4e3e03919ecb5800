import fs from "node:fs/promises";
import path from "node:path";
import { costOfLines } from "../ledger/bill.ts";
import { type Ledger, type LedgerLine, openLedger } from "../ledger/ledger.ts";
import { sidecarPath } from "../names/places.ts";
import { imageRef, type SavedRecord, unknownModel } from "../record.ts";
import { microsToUsd } from "../system/money.ts";
import {
	isSidecarPath,
	readOwnSidecar,
	readSidecar,
	type Sidecar,
} from "./sidecar.ts";

/** How an image was made. */
export interface Origin {
	/**
	 * `content`: the ledger knows its bytes, whatever the file is called; `path`: it only knows of an image at this place;
	 * `original`: it is a copy, and that is known of the image that it was made of.
	 */
	readonly knownBy: "content" | "sidecar" | "path" | "original";
	/** Whether the bytes are those that were delivered. */
	readonly isUnchanged: boolean;
	/** What a ledger line and a sidecar both tell. */
	readonly record: Sidecar;
	readonly project?: string | undefined;
	/** Where it was bought, as the ledger has it: the API's URL, or `sandbox`. */
	readonly service?: string | undefined;
	/** Where it was saved last; absolute. */
	readonly path?: string | undefined;
	/** When it was on disk, ISO 8601. */
	readonly finishedAt?: string | undefined;
}

/** An image, or its sidecar, of which the origin is looked for. */
export interface Asked {
	/** Absolute path. */
	readonly file: string;
	/** Of all bytes of the image; undefined where there is no whole image. */
	readonly sha256: string | undefined;
}

/**
 * How images were made, by their files: by the ledger where it knows the bytes, else by the file beside it, else by a sidecar of
 * these bytes in its folder, as an image may be renamed alone, else by the ledger's image of this path. The ledger is read twice at most, however many they are. What nothing is known of is left out.
 * @param ledger its folder
 * @param read reads a sidecar; throws for what is none, as `readSidecar` does, or lets it pass
 * @throws {Failure} `disk`, and what `read` throws
 */
export async function findOrigins(
	images: readonly Asked[],
	ledger: string,
	read: typeof readSidecar = readSidecar,
): Promise<ReadonlyMap<string, Origin>> {
	const past = openLedger(ledger);
	const origins = new Map<string, Origin>();
	const hashes = images.flatMap(({ sha256 = [] }) => sha256);
	const delivered = await newestFirst("sha256", hashes, past);
	const strangers: string[] = [];
	const bytesIn = lookThrough(read);
	for (const { file, sha256 } of images) {
		const lines = delivered.get(sha256 ?? "");
		if (lines) {
			const known = await withSidecar(told(lines), file);
			origins.set(file, { ...known, knownBy: "content", isUnchanged: true });
			continue;
		}
		const sidecar =
			(await read(isSidecarPath(file) ? file : sidecarPath(file))) ??
			(await bytesIn(path.dirname(file))).get(sha256 ?? "");
		if (sidecar)
			origins.set(file, {
				record: sidecar,
				knownBy: "sidecar",
				isUnchanged: sidecar.sha256 === sha256,
			});
		else strangers.push(file);
	}
	for (const [file, lines] of await newestFirst("path", strangers, past)) {
		const [here] = lines;
		const same = lines.filter(
			({ record }) => here && imageRef(record) === imageRef(here.record),
		);
		origins.set(file, { ...told(same), knownBy: "path", isUnchanged: false });
	}
	return origins;
}

/** The sidecars of a folder by the sha256 of their images; each folder is read once, when it is asked for. */
function lookThrough(read: typeof readSidecar) {
	const known = new Map<string, Promise<ReadonlyMap<string, Sidecar>>>();
	const readAll = async (folder: string) => {
		const names = await fs.readdir(folder).catch(() => []);
		const found = new Map<string, Sidecar>();
		for (const name of names.filter(isSidecarPath)) {
			// Other people's JSON beside their images is no mistake.
			const sidecar = await read(path.join(folder, name)).catch(
				() => undefined,
			);
			if (sidecar) found.set(sidecar.sha256, sidecar);
		}
		return found;
	};
	return (folder: string) => {
		const sidecars = known.get(folder) ?? readAll(folder);
		known.set(folder, sidecars);
		return sidecars;
	};
}

/** A run that was fetched from elsewhere does not tell its model and its inputs; the file beside the image does. */
async function withSidecar<O extends Pick<Origin, "record">>(
	origin: O,
	file: string,
): Promise<O> {
	const { model, sha256, paid_usd } = origin.record;
	if (model !== unknownModel) return origin;
	const sidecar = await readOwnSidecar(sidecarPath(file));
	if (sidecar?.sha256 !== sha256) return origin;
	return { ...origin, record: { paid_usd, ...sidecar } };
}

type SavedLine = LedgerLine & { readonly record: SavedRecord };

/** Lines of images that were saved, newest first, by a name. */
async function newestFirst(
	name: "sha256" | "path",
	values: readonly string[],
	past: Ledger,
): Promise<ReadonlyMap<string, readonly SavedLine[]>> {
	const saved = new Map<string, SavedLine[]>();
	for await (const { record, ...line } of past.find(name, values)) {
		if (record.status !== "saved") continue;
		const value = name === "path" ? line.path : record.sha256;
		if (value === null) continue;
		saved.set(value, [{ ...line, record }, ...(saved.get(value) ?? [])]);
	}
	return saved;
}

/** @param lines about one image, newest first: fetching it again knows neither project nor inputs, and not always the price */
function told(
	lines: readonly SavedLine[],
): Pick<Origin, "record" | "project" | "service" | "path" | "finishedAt"> {
	const [newest] = lines as readonly [SavedLine, ...SavedLine[]];
	const bought = lines.find(({ record }) => record.charged === "yes") ?? newest;
	const cost = costOfLines(lines);
	const { cost_is_estimate: _, ...made } = bought.record;
	return {
		record: {
			...made,
			paid_usd: cost?.micros === undefined ? null : microsToUsd(cost.micros),
			...(cost?.isEstimate && { cost_is_estimate: true }),
		},
		project: bought.project,
		service: newest.service,
		path: newest.path ?? undefined,
		finishedAt: bought.finishedAt,
	};
}
