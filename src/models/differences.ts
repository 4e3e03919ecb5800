import { usdToMicros } from "../system/money.ts";
import { describeFormats, describePrice, describeValues } from "./describe.ts";
import type { Model, ModelInput, Price } from "./model.ts";
import { isSameResolution } from "./resolution.ts";

/**
 * Where the live catalogue says something else than our table, in a few words each, what costs money first. What it
 * leaves open is no difference.
 */
export function differences(own: Model, live: Model): readonly string[] {
	return [
		...(live.standing ? [`standing: ${live.standing}`] : []),
		...price(own.price, live.pricingNote),
		...inputs(own.inputs ?? [], live.inputs ?? []),
		...output(own, live),
	];
}

function price(own: Price, note: string | undefined): string[] {
	if (note === undefined || names(note, own)) return [];
	return [instead("price", `"${note}"`, describePrice(own))];
}

/** Whether the number of our price stands in the catalogue's words, which nothing else is read from. */
function names(note: string, price: Price): boolean {
	if (price.per === "unknown") return false;
	const micros = price.per === "choice" ? price.most : price.micros;
	const numbers = note.match(/\d*\.?\d+/g) ?? [];
	return numbers.some((number) => usdToMicros(number) === micros);
}

function inputs(
	own: readonly ModelInput[],
	live: readonly ModelInput[],
): string[] {
	const find = (all: readonly ModelInput[], wanted: string) =>
		all.find(({ name }) => name === wanted);
	const gone = own.filter(({ name }) => !find(live, name));
	return [
		...live.flatMap((input) => {
			const before = find(own, input.name);
			return before
				? changes(before, input)
				: [`also takes ${input.name}: ${describeValues(input)}`];
		}),
		...gone.map(({ name }) => `does not take ${name}`),
	];
}

function changes(own: ModelInput, live: ModelInput): string[] {
	const { name, initial } = live;
	const [ours, theirs] = [describeValues(own), describeValues(live)];
	const found: string[] = [];
	if (theirs !== ours) found.push(instead(name, theirs, ours));
	if (own.pattern !== live.pattern)
		found.push(`${name}: written otherwise than in our table`);
	if (Boolean(own.isRequired) !== Boolean(live.isRequired))
		found.push(`${name}: ${live.isRequired ? "required" : "not required"}`);
	if (own.initial !== undefined && own.initial !== initial)
		found.push(
			instead(`${name} where none is given`, `${initial}`, `${own.initial}`),
		);
	return found;
}

function output(own: Model, live: Model): string[] {
	const formats = ({ formats }: Model) => describeFormats(formats.toSorted());
	const { maxResolution: most } = live;
	const found: string[] = [];
	if (formats(own) !== formats(live))
		found.push(instead("delivers", formats(live), formats(own)));
	if (most && own.maxResolution && !isSameResolution(own.maxResolution, most))
		found.push(instead("resolution", most, own.maxResolution));
	return found;
}

function instead(what: string, theirs: string, ours: string): string {
	return `${what}: ${theirs} (our table: ${ours})`;
}
