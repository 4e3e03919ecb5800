import type { InputDescription } from "../runflow/model-description.ts";
import { parseJson } from "../system/json.ts";
import { shortenToLine } from "../system/shorten.ts";
import { readChoices, readLimits } from "./live-limits.ts";
import type { InputKind, ModelInput } from "./model.ts";

/**
 * The inputs as the catalogue describes them. What it leaves open of one (its type, its limits, its initial value) stays
 * as we have it; what it says in words that we don't know is not checked.
 */
export function liveInputs(
	wire: readonly InputDescription[],
	own: readonly ModelInput[] = [],
): readonly ModelInput[] {
	const names = wire.map(({ name }) => name);
	return wire
		.filter(({ name }, at) => names.indexOf(name) === at)
		.map((input) => {
			const known = own.find(({ name }) => name === input.name);
			return liveInput(input, known);
		});
}

function liveInput(
	wire: InputDescription,
	own: ModelInput | undefined,
): ModelInput {
	const kind = kindOf(wire, own);
	const known = own?.kind === kind ? own : undefined;
	const initial = readInitial(wire.initial, kind) ?? known?.initial;
	const says = shortenToLine(wire.description ?? own?.says ?? "", 200);
	return {
		name: wire.name,
		kind,
		// Where the service has a value of its own, nobody must give one.
		...(wire.isRequired && wire.initial === undefined && { isRequired: true }),
		...(initial !== undefined && { initial }),
		// An empty list brings no image.
		...(kind === "images" && { min: 1 }),
		...readLimits(wire.limits, kind, known),
		...(says && { says }),
	};
}

function kindOf(
	{ type, limits, initial }: InputDescription,
	own: ModelInput | undefined,
): InputKind {
	const choices = readChoices(limits);
	const kind = type === undefined ? undefined : kindOfCode(type);
	const told =
		choices === undefined
			? (kind ?? own?.kind ?? kindOfValue(initial))
			: choices !== "other" && (kind ?? "text") === "text"
				? "text"
				: "any";
	// Its words for a size of names and pixels are not known; ours are.
	return told === "any" && own?.kind === "size" ? "size" : told;
}

/** The values of `variable_type_code` are not documented: read by the words that other catalogues use. */
function kindOfCode(code: string): InputKind {
	const words = code
		.replace(/([a-z])([A-Z])/g, "$1 $2")
		.toLowerCase()
		.replaceAll("[]", " list ")
		.split(/[^a-z0-9]+/);
	const has = (pattern: RegExp) => words.some((word) => pattern.test(word));
	if (has(/^(video|audio|sound|music|mesh|zip)/)) return "any";
	// `image_size` is no image.
	const isAbout = has(/^(size|dimensions?|resolution|ratio|format|type|id)$/);
	const isImage =
		!isAbout && has(/^(image|img|picture|photo|mask|file|url|uri|asset)s?$/);
	if (has(/^(list|array|multi|multiple)$/)) return isImage ? "images" : "any";
	if (isImage) return has(/^[a-z]+s$/) ? "images" : "image";
	if (has(/^(bool|boolean|flag|switch|toggle|checkbox)$/)) return "boolean";
	if (has(/^(float|double|decimal)\d*$/)) return "number";
	if (has(/^(u?int(eger)?\d*|bigint)$/)) return "integer";
	if (has(/^(number|numeric|num|real)$/)) return "number";
	return has(textWord) && !isAbout ? "text" : "any";
}

const textWord =
	/^(str(ing)?|text\w*|prompt|char|varchar|enum\w*|select|choices?|options?|dropdown|radio|literal)$/;

function kindOfValue(initial: unknown): InputKind {
	switch (typeof initial) {
		case "number":
			return "number";
		case "boolean":
			return "boolean";
		case "string":
			return "text";
		default:
			return "any";
	}
}

/** A value that is written as text in a field for values of any type. */
function readInitial(value: unknown, kind: InputKind): unknown {
	if (typeof value !== "string" || kind === "text") return value;
	return parseJson(value, value);
}
