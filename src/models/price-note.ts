import { usdToMicros } from "../system/money.ts";
import type { ModelInput, Price } from "./model.ts";

/**
 * The price in the catalogue's prose: `$0.06 per image`, `$0.006/MP`, `$0.133 per image at high quality`, `low: $0.02, high:
 * $0.13 per image`. Only what can be read in one way, because limits on money are reckoned with it.
 * @param own what is otherwise known of the price: for values of an input that the note does not list
 * @returns undefined for all else, a price of nothing included
 */
export function readPriceNote(
	note: string,
	inputs: readonly ModelInput[],
	own: Price,
): Price | undefined {
	const text = note.replace(/\s+/g, " ").toLowerCase();
	// What is that long has its conditions, in whatever words.
	if (text.length > 1_000 || isConditional.test(text)) return undefined;
	const parts = text
		.split(/[,;|•]|\. | and /)
		.map((part) => ({ text: part, amounts: readAmounts(part) }))
		.filter(({ amounts }) => amounts.length > 0);
	const amounts = parts.flatMap((part) => part.amounts);
	const unit = onlyOne(amounts.flatMap((amount) => amount.unit ?? []));
	if (unit === undefined || !amounts.every(isPlausible)) return undefined;
	const choice = readChoice(parts, text, inputs, own);
	if (choice)
		return unit === "image" && choice.per === "choice" ? choice : undefined;
	const micros = onlyOne(amounts.map((amount) => amount.micros));
	return micros !== undefined && amounts.every((amount) => amount.unit)
		? { per: unit, micros }
		: undefined;
}

/** Words that make a price one of several. */
const isConditional =
	/\b(additional|extra|first|further|input|reference|beyond|thereafter|plus|depend\w*|var(y|ies)|tiers?|volume|discount\w*|contact|seconds?|minutes?|tokens?|credits?)\b|\+/;

interface Part {
	readonly text: string;
	readonly amounts: readonly Amount[];
}

interface Amount {
	readonly micros: number;
	/** Undefined where it stands alone. A run is taken for an image: where it makes several, that is the safe side. */
	readonly unit: "image" | "megapixel" | undefined;
}

const sum =
	/(?:us)?\$ ?(\d*\.?\d+)(?: ?usd\b)?|\busd ?(\d*\.?\d+)|\b(\d*\.?\d+) ?(?:usd|(?:us )?dollars?)\b/g;
const units =
	"(?:one |1 ?|single |output |generated )*(image|img|picture|request|run|call|generation|megapixel|mega-pixel|mpx?|mpix)s?";
const unitBehind = new RegExp(
	`^ ?(?:/|per|each|every|for each|for every|an?) ?${units}\\b(?! ?(?:/|per\\b))`,
);
const unitBefore = new RegExp(`\\bper ${units}(?: is| costs)?[:= ]*$`);
const isHedged =
	/\b(from|start(s|ing)? at|up to|least|low as|about|around|approx\w*|roughly|between|over|under|to|or)[:. ]*$|[~≈<>≤≥] ?$|\d ?[–-] ?$/;

function readAmounts(text: string): readonly Amount[] {
	return [...text.matchAll(sum)].flatMap((found) => {
		const before = text.slice(0, found.index);
		const behind = text.slice(found.index + found[0].length);
		// `16 runs per $1` prices nothing.
		if (/\bper ?$|\/ ?$/.test(before)) return [];
		const dollars = found[1] ?? found[2] ?? found[3] ?? "";
		const word =
			unitBehind.exec(behind)?.[1] ??
			unitBefore.exec(before)?.[1] ??
			(/^ each\b/.test(behind) ? "image" : undefined);
		// A bound is no price.
		const micros = isHedged.test(before) ? undefined : usdToMicros(dollars);
		return [{ micros: micros ?? 0, unit: word ? unitOf(word) : undefined }];
	});
}

function unitOf(word: string): "image" | "megapixel" {
	return word.startsWith("m") ? "megapixel" : "image";
}

function isPlausible({ micros }: Amount): boolean {
	// No image costs nothing, or a hundred dollars: more likely the note is about something else.
	return micros > 0 && micros < 100_000_000;
}

/** Where each amount stands with one value of the same input; of an unknown price where the dearest value is left out. */
function readChoice(
	parts: readonly Part[],
	text: string,
	inputs: readonly ModelInput[],
	own: Price,
): Price | undefined {
	for (const { name, choices: all = [] } of inputs) {
		// A number may be an amount as well.
		const choices = all.filter((choice) => /[a-z]/i.test(choice));
		const named = parts.map((part) => ({
			values: choices.filter((choice) => hasWord(part.text, choice)),
			amounts: part.amounts,
		}));
		const micros = Object.fromEntries(
			named.map(({ values, amounts }) => [values[0], amounts[0]?.micros ?? 0]),
		);
		const isOneEach =
			Object.keys(micros).length === parts.length &&
			named.every((one) => one.values.length === 1 && one.amounts.length === 1);
		const isMeant =
			parts.length > 1 || hasWord(text, name.replaceAll("_", " "));
		const most = mostOf(micros, choices, own);
		if (isOneEach && isMeant)
			return most === undefined
				? { per: "unknown" }
				: { per: "choice", input: name, micros, most };
	}
	return undefined;
}

/** What the dearest value costs; undefined where that may be one that the note leaves out. */
function mostOf(
	micros: Readonly<Record<string, number>>,
	choices: readonly string[],
	own: Price,
): number | undefined {
	const most = Math.max(...Object.values(micros));
	const open = choices.filter(
		(choice) => !Object.hasOwn(micros, choice) && choice !== "auto",
	);
	if (open.length === 0) return most;
	if (own.per !== "choice") return undefined;
	const others = Object.entries(own.micros).filter(
		([choice]) => !Object.hasOwn(micros, choice),
	);
	const isDearestListed = Object.entries(own.micros).some(
		([choice, price]) => price === own.most && Object.hasOwn(micros, choice),
	);
	return Math.max(
		most,
		...others.map(([, price]) => price),
		isDearestListed ? 0 : own.most,
	);
}

function hasWord(text: string, word: string): boolean {
	const escaped = word.toLowerCase().replace(/[^\w\s]/g, "\\$&");
	return new RegExp(`(?<![\\w])${escaped}(?![\\w])`).test(text);
}

function onlyOne<T>(values: readonly T[]): T | undefined {
	const distinct = new Set(values);
	return distinct.size === 1 ? values[0] : undefined;
}
