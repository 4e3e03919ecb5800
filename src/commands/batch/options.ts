import { Failure } from "../../errors.ts";

/**
 * `--shard 2/5`: every fifth image, the second one first.
 * @returns whether the image of an index (from 1) is this shard's
 * @throws {Failure} `usage`
 */
export function parseShard(
	text: string | undefined,
): (index: number) => boolean {
	if (text === undefined) return () => true;
	const [, part, parts] = /^(\d{1,6})\/(\d{1,6})$/.exec(text.trim()) ?? [];
	const which = Number(part);
	const of = Number(parts);
	if (!(which >= 1 && which <= of))
		throw new Failure("usage", `--shard ${text} is not a part`, {
			hint: "for one: --shard 2/5, from 1/5 to 5/5",
		});
	return (index) => (index - 1) % of === which - 1;
}

/** How many images may fail before a batch stops; Infinity where nobody set a limit. */
export type FailureLimit = (images: number) => number;

/**
 * `--max-failures 10` or `5%` of all images.
 * @throws {Failure} `usage`
 */
export function parseFailureLimit(text: string | undefined): FailureLimit {
	if (text === undefined) return () => Number.POSITIVE_INFINITY;
	const [, number, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text.trim()) ?? [];
	if (number === undefined || (percent === "" && number.includes(".")))
		throw new Failure("usage", `--max-failures ${text} is not a number`, {
			hint: "for one: --max-failures 10, or --max-failures 5%",
		});
	return (images) =>
		percent === "%" ? (images * Number(number)) / 100 : Number(number);
}
