import { systemCode, toFailure } from "../../errors.ts";
import { inspectImage } from "../../images/inspect.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { type Delivered, findDelivered } from "./delivered.ts";

/**
 * How it is with an image. `foreign`: whole, and not delivered from here; `changed`: whole, where another one was delivered;
 * `damaged`: cut or broken.
 */
export type State =
	| "whole"
	| "foreign"
	| "changed"
	| "damaged"
	| "unreadable"
	| "missing";

export interface Checked {
	readonly state: State;
	/** Absolute. */
	readonly path: string;
	/** Of its bytes, where it is a whole image. */
	readonly sha256?: string;
	/** What is wrong. */
	readonly why?: string;
	/** What should be there. */
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
	{ ledger, signal }: { readonly ledger: Ledger; readonly signal: AbortSignal },
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
	const present = new Set(seen.map(({ sha256 }) => sha256));
	return seen
		.map((one): Checked => {
			const { state, sha256 = "" } = one;
			if (state === "whole" || !moved.has(sha256)) return one;
			return state === "foreign"
				? { ...one, state: "whole" }
				: { ...one, why: "another image that was delivered is in its place" };
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
		const { sha256 } = await inspectImage(file);
		const isWhole = delivered && (delivered.sha256 ?? sha256) === sha256;
		if (isWhole) return { ...about, sha256, state: "whole" };
		return delivered
			? { ...about, sha256, state: "changed", why: "not what was delivered" }
			: { ...about, sha256, state: "foreign" };
	} catch (error) {
		const { code, message: why, cause } = toFailure(error);
		if (delivered && isAbsent(cause))
			return { ...about, state: "missing", why: "there is no file any more" };
		const state = code === "bad_image" ? "damaged" : "unreadable";
		return { ...about, state, why };
	}
}

/** Whatever else keeps a file from being read, it may be there. */
function isAbsent(cause: unknown): boolean {
	return ["ENOENT", "ENOTDIR"].includes(systemCode(cause) ?? "");
}
