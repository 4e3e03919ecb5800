import { paidUsd } from "../ledger/bill.ts";
import { type LedgerLine, openLedger } from "../ledger/ledger.ts";
import { sidecarPath } from "../names/places.ts";
import { imageRef, type SavedRecord } from "../record.ts";
import { isSidecarPath, readSidecar, type Sidecar } from "./sidecar.ts";

/** How an image was made. */
export interface Origin {
	/** `content`: the ledger knows its bytes, whatever the file is called; `path`: it only knows of an image at this place. */
	readonly knownBy: "content" | "sidecar" | "path";
	/** Whether the bytes are those that were delivered. */
	readonly isUnchanged: boolean;
	/** What a ledger line and a sidecar both tell. */
	readonly record: Sidecar;
	readonly project?: string | undefined;
	/** Where it was saved last; absolute. */
	readonly path?: string | undefined;
	/** When it was on disk, ISO 8601. */
	readonly finishedAt?: string | undefined;
}

/**
 * How an image was made: by the ledger where it knows the bytes, else by the file beside it, else by the ledger's image of
 * this path. Undefined where nothing is known of it.
 * @param file absolute path of the image, or of its sidecar
 * @param sha256 of all bytes of the image; undefined where there is no whole image
 * @param ledger its folder
 * @throws {Failure} `usage` for a sidecar that is none, `disk`
 */
export async function findOrigin(
	file: string,
	sha256: string | undefined,
	ledger: string,
): Promise<Origin | undefined> {
	const past = openLedger(ledger);
	const delivered = sha256
		? await newestFirst(past.find("sha256", [sha256]))
		: [];
	if (delivered.length > 0)
		return { ...told(delivered), knownBy: "content", isUnchanged: true };
	const sidecar = await readSidecar(
		isSidecarPath(file) ? file : sidecarPath(file),
	);
	if (sidecar)
		return {
			record: sidecar,
			knownBy: "sidecar",
			isUnchanged: sidecar.sha256 === sha256,
		};
	const lines = await newestFirst(past.find("path", [file]));
	const [here] = lines;
	if (here === undefined) return undefined;
	const same = lines.filter(
		({ record }) => imageRef(record) === imageRef(here.record),
	);
	return { ...told(same), knownBy: "path", isUnchanged: false };
}

type SavedLine = LedgerLine & { readonly record: SavedRecord };

async function newestFirst(
	lines: AsyncIterable<LedgerLine>,
): Promise<readonly SavedLine[]> {
	const saved: SavedLine[] = [];
	for await (const { record, ...line } of lines)
		if (record.status === "saved") saved.push({ ...line, record });
	return saved.reverse();
}

/** @param lines about one image, newest first: fetching it again knows neither project nor inputs, and not always the price */
function told(
	lines: readonly SavedLine[],
): Pick<Origin, "record" | "project" | "path" | "finishedAt"> {
	const [newest] = lines as readonly [SavedLine, ...SavedLine[]];
	const bought = lines.find(({ record }) => record.charged === "yes") ?? newest;
	const paid = lines.map(({ record }) => paidUsd(record));
	return {
		record: {
			...bought.record,
			paid_usd: paid.find((usd) => usd !== null) ?? null,
		},
		project: bought.project,
		path: newest.path ?? undefined,
		finishedAt: bought.finishedAt,
	};
}
