import path from "node:path";
import { systemCode, toFailure } from "../../errors.ts";
import { inspectImage } from "../../images/inspect.ts";
import { notAnImage, saysDamaged } from "../../images/scanner.ts";
import { formatOfExtension } from "../../names/places.ts";
import { escaped } from "../../system/escape.ts";
import { showPath } from "../session/job-context.ts";
import type { Session } from "../session/session.ts";
import { type Delivered, findDelivered } from "./delivered.ts";

/**
 * How it is with an image. `foreign`: whole, and not delivered from here; `changed`: whole, where another one was delivered;
 * `damaged`: cut or broken; `no-image`: of another kind, by its name and its bytes.
 */
export type State =
	| "whole"
	| "foreign"
	| "changed"
	| "damaged"
	| "no-image"
	| "unreadable"
	| "missing";

/** Of a copy, a sheet or a thumbnail. */
export const madeOfOthers = "made here of other images";

export interface Checked {
	readonly state: State;
	/** Absolute. */
	readonly path: string;
	/** Of its bytes, where it is a whole image. */
	readonly sha256?: string;
	/** What is wrong, or that it was made of others. */
	readonly why?: string;
	readonly delivered?: Delivered | undefined;
}

/**
 * Reads each image to its end, and holds it to what was delivered.
 * @param files absolute paths
 * @param places what should be there
 * @param signal once aborted, the rest is left out
 */
export async function checkImages(
	files: readonly string[],
	places: ReadonlyMap<string, Delivered>,
	{ ledger, signal, runtime }: Pick<Session, "ledger" | "signal" | "runtime">,
): Promise<readonly Checked[]> {
	const all = [...new Set([...files, ...places.keys()])].sort();
	const seen: Checked[] = [];
	for (const file of all) {
		if (signal.aborted) break;
		seen.push(await checkFile(file, places.get(file)));
	}
	const strange = seen.flatMap(({ state, sha256 }) =>
		state === "whole" || sha256 === undefined ? [] : [sha256],
	);
	const moved = await findDelivered(new Set(strange), ledger);
	for (const { path: place, sha256 } of places.values())
		if (sha256 !== undefined && !moved.has(sha256)) moved.set(sha256, place);
	const present = new Set(seen.map(({ sha256 }) => sha256));
	const nameOf = (place: string | null | undefined) =>
		place ? escaped(showPath(place, runtime.cwd)) : "another command";
	return seen
		.map((one): Checked => {
			const { state, sha256 = "" } = one;
			if (state === "whole" || !moved.has(sha256)) return one;
			return state === "foreign"
				? { ...one, state: "whole" }
				: { ...one, why: `it is the image of ${nameOf(moved.get(sha256))}` };
		})
		.filter(
			// One that has another name now is not missing.
			({ state, delivered }) =>
				state !== "missing" || !present.has(delivered?.sha256 ?? ""),
		);
}

/** One image, by what should be at its place alone. */
export async function checkFile(
	file: string,
	delivered: Delivered | undefined,
): Promise<Checked> {
	const about = { path: file, delivered };
	try {
		const { sha256, metadata } = await inspectImage(file);
		const isWhole = delivered && (delivered.sha256 ?? sha256) === sha256;
		if (isWhole) return { ...about, sha256, state: "whole" };
		if (delivered)
			return {
				...about,
				sha256,
				state: "changed",
				why: "not what was delivered",
			};
		const why = metadata.includes("derived") && { why: madeOfOthers };
		return { ...about, sha256, state: "foreign", ...why };
	} catch (error) {
		const failure = toFailure(error);
		const { code, message: why, cause } = failure;
		// Whatever else keeps a file from being read, it may be there.
		const isAbsent = ["ENOENT", "ENOTDIR"].includes(systemCode(cause) ?? "");
		if (delivered && isAbsent)
			return { ...about, state: "missing", why: "there is no file any more" };
		if (delivered && code === "bad_image" && !saysDamaged(failure))
			return { ...about, state: "changed", why };
		const state = code === "bad_image" ? "damaged" : "unreadable";
		const isNamedSo = formatOfExtension(path.extname(file)) !== undefined;
		if (why.startsWith(notAnImage) && !delivered && !isNamedSo)
			return { ...about, state: "no-image", why };
		return { ...about, state, why };
	}
}
