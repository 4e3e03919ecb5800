import { Failure } from "../errors.ts";
import { maxImages } from "../rows/row.ts";

/**
 * One seed of the command line.
 * @throws {Failure} `usage`
 */
export function parseSeed(text: string): number {
	const seed = Number(text);
	if (/^\d+$/.test(text.trim()) && Number.isSafeInteger(seed)) return seed;
	throw new Failure("usage", `"${text}" is not a seed`, {
		hint: `a seed is a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`,
	});
}

/**
 * A list such as `1-8` or `3,5,9` or both, each seed once, in the order written.
 * @throws {Failure} `usage`
 */
export function parseSeeds(text: string): readonly number[] {
	const seeds = text.split(",").flatMap((part) => {
		const range = /^\s*(\d+)\s*-\s*(\d+)\s*$/.exec(part);
		return range
			? rangeOf(parseSeed(range[1] ?? ""), parseSeed(range[2] ?? ""), text)
			: [parseSeed(part)];
	});
	if (new Set(seeds).size < seeds.length)
		throw new Failure("usage", `--seeds ${text} names a seed twice`);
	return checkCount(seeds, text);
}

/** A seed for an image that was asked for without one. 31 bits: every model of the family takes them. */
export function makeSeed(random: () => number): number {
	return 1 + Math.floor(random() * (2 ** 31 - 2));
}

function rangeOf(from: number, to: number, text: string): number[] {
	if (to < from)
		throw new Failure(
			"usage",
			`--seeds ${text}: ${from}-${to} runs backwards`,
			{ hint: `from the smaller to the larger: --seeds ${to}-${from}` },
		);
	const length = to - from + 1;
	checkCount({ length }, text);
	return Array.from({ length }, (_, index) => from + index);
}

function checkCount<T extends { readonly length: number }>(
	seeds: T,
	text: string,
): T {
	if (seeds.length <= maxImages) return seeds;
	throw new Failure(
		"usage",
		`--seeds ${text} asks for ${seeds.length} images; at most ${maxImages} in one command`,
	);
}
