import { Failure } from "../../errors.ts";

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
