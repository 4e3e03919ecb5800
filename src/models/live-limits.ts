import type { InputKind, ModelInput } from "./model.ts";

type Attributes = Readonly<Record<string, unknown>>;
type Limits = Partial<Pick<ModelInput, "min" | "max" | "choices" | "pattern">>;

/**
 * What limits an input of this kind, by the names that such attributes have elsewhere (pydantic, JSON Schema, HTML): those
 * of Runflow are not documented.
 * @param own our description, of the same kind: it stays where the catalogue names no limit at all
 */
export function readLimits(
	attributes: Attributes,
	kind: InputKind,
	own: ModelInput | undefined,
): Limits {
	const told = limitsOf(normalNames(attributes), kind);
	if (Object.keys(told).length > 0 || own === undefined) return told;
	const { min, max, choices, pattern } = own;
	return present({ min, max, choices, pattern });
}

/** The only values; `other` where they are not text, sizes in pixels for one. */
export function readChoices(
	attributes: Attributes,
): readonly string[] | "other" | undefined {
	const listed = first(normalNames(attributes), choiceNames, (value) =>
		Array.isArray(value) && value.length > 0 ? value : undefined,
	);
	const choices = listed?.map(choiceOf);
	if (choices === undefined) return undefined;
	return choices.every((choice) => choice !== undefined) ? choices : "other";
}

const choiceNames =
	"choices enum options values allowed allowedvalues oneof in".split(" ");
const minNames = "min minimum ge gte minvalue".split(" ");
const maxNames = "max maximum le lte maxvalue".split(" ");
const aboveNames = "gt exclusivemin exclusiveminimum".split(" ");
const belowNames = "lt exclusivemax exclusivemaximum".split(" ");
const fewestNames = [..."minitems mincount minlength".split(" "), ...minNames];
const mostNames = [..."maxitems maxcount maxlength".split(" "), ...maxNames];
const patternNames = "pattern regex regexp".split(" ");

function limitsOf(attributes: Attributes, kind: InputKind): Limits {
	const find = (names: readonly string[]) => first(attributes, names, numberOf);
	switch (kind) {
		case "integer":
			return present({
				min: find(minNames) ?? next(find(aboveNames), Math.floor, 1),
				max: find(maxNames) ?? next(find(belowNames), Math.ceil, -1),
			});
		case "number":
			// That a bound itself is not allowed is left to the service to say.
			return present({
				min: find([...minNames, ...aboveNames]),
				max: find([...maxNames, ...belowNames]),
			});
		case "images":
			return present({ min: find(fewestNames), max: find(mostNames) });
		case "text":
		case "size": {
			const told = readChoices(attributes);
			return present({
				choices: told === "other" ? undefined : told,
				pattern: kind === "text" ? readPattern(attributes) : undefined,
			});
		}
		case "boolean":
		case "image":
		case "any":
			return {};
		default:
			return kind satisfies never;
	}
}

/** Only what is about the whole text for certain: others take a pattern for what must be found somewhere in it. */
function readPattern(attributes: Attributes): string | undefined {
	const written = first(attributes, patternNames, textOf) ?? "";
	const [, whole] = /^\^([^|]*|\(.*\))\$$/s.exec(written) ?? [];
	if (whole === undefined || whole.length > 200) return undefined;
	try {
		new RegExp(whole);
		return whole;
	} catch {
		// Of another language, Python for one.
		return undefined;
	}
}

/** `max_items`, `maxItems` and `MAX-ITEMS` are one. */
function normalNames(attributes: Attributes): Attributes {
	const entries = Object.entries(attributes).map(
		([name, value]) =>
			[name.toLowerCase().replace(/[^a-z]/g, ""), value] as const,
	);
	return Object.fromEntries(entries);
}

function first<T>(
	attributes: Attributes,
	names: readonly string[],
	read: (value: unknown) => T | undefined,
): T | undefined {
	for (const name of names) {
		const value = Object.hasOwn(attributes, name)
			? read(attributes[name])
			: undefined;
		if (value !== undefined) return value;
	}
	return undefined;
}

/** The whole number beyond a bound that is not allowed itself. */
function next(
	bound: number | undefined,
	round: (value: number) => number,
	step: number,
): number | undefined {
	return bound === undefined ? undefined : round(bound) + step;
}

function numberOf(value: unknown): number | undefined {
	const isNumeric =
		typeof value === "number" ||
		(typeof value === "string" && value.trim() !== "");
	return isNumeric && Number.isFinite(Number(value))
		? Number(value)
		: undefined;
}

function textOf(value: unknown): string | undefined {
	return typeof value === "string" && value !== "" ? value : undefined;
}

/** `"low"`, or what forms have: `{"value": "low", "label": "Low"}`. */
function choiceOf(value: unknown): string | undefined {
	if (typeof value !== "object" || value === null) return textOf(value);
	return first(
		value as Attributes,
		["value", "const", "code", "id", "name"],
		textOf,
	);
}

function present(
	limits: {
		readonly [name in keyof Limits]: Limits[name] | undefined;
	},
): Limits {
	return Object.fromEntries(
		Object.entries(limits).filter(([, value]) => value !== undefined),
	);
}
