import { Failure } from "../../errors.ts";
import { parseSeed } from "../../orders/seeds.ts";
import { type Combination, combinationsOf } from "../../rows/combinations.ts";
import { maxImages } from "../../rows/row.ts";
import { createListReader } from "../../rows/word-list.ts";
import { parseCount, readOption } from "../../settings/parse.ts";
import { counted } from "../../system/plural.ts";
import { shortPrompt } from "../../terminal/format.ts";
import type { Purchase } from "../session/approval.ts";
import { priceOf } from "../session/approval.ts";
import type { Session } from "../session/session.ts";

export interface EachFlags {
	readonly each?: boolean;
	readonly sample?: string;
}

/**
 * The prompts that a command asks for: the one it was given, or with `--each` one for each combination of its choices.
 * @param cwd where `{file:…}` starts from
 * @throws {Failure} `usage`
 */
export async function promptsOf(
	prompt: string,
	{ each, seed, ...options }: EachFlags & { readonly seed?: string },
	cwd: string,
): Promise<readonly Combination[]> {
	if (!each) return [{ prompt, choices: [] }];
	const combinations = await combinationsOf(
		prompt,
		seed === undefined ? undefined : parseSeed(seed),
		{
			sample: readSample({ each, ...options }),
			readList: createListReader(cwd),
		},
	);
	if (combinations[0]?.choices.length === 0)
		throw new Failure("usage", "--each finds no choice in the prompt", {
			hint: 'in braces: "a {red|blue} mug on {file:woods.txt}" --each --dry-run',
		});
	return combinations;
}

/** `--sample`. @throws {Failure} `usage` */
export function readSample({ each, sample }: EachFlags): number | undefined {
	if (sample === undefined) return undefined;
	if (!each)
		throw new Failure("usage", "--sample draws from what --each makes", {
			hint: `give both: --each --sample ${sample}`,
		});
	return readOption("--sample", () => parseCount(sample, { max: maxImages }));
}

/** Says what is made, and for how much, before anything is bought. */
export function tellCombinations(
	prompts: readonly Combination[],
	{ images, toBuy }: { readonly images: number; readonly toBuy: Purchase },
	{ reporter }: Pick<Session, "reporter">,
): void {
	const [first, last] = [prompts[0], prompts.at(-1)].map(
		(one) => `"${shortPrompt(one?.prompt ?? "")}"`,
	);
	reporter.info(
		`${counted(images, "image")} from ${first} to ${last}, ${toBuy.images} to buy for ${priceOf(toBuy)}`,
	);
}
