import { describeFormats, describePrice, describeValues } from "./describe.ts";
import type { Model, ModelInput } from "./model.ts";
import { isSameResolution } from "./resolution.ts";

/**
 * Where the live catalogue says something else than our table, in a few words each, what costs money first. What it
 * leaves open is no difference.
 */
export function differences(own: Model, live: Model): readonly string[] {
	return [
		...(live.standing ? [`standing: ${live.standing}`] : []),
		...price(own, live),
		...inputs(own.inputs ?? [], live.inputs ?? []),
		...output(own, live),
	];
}

function price(own: Model, live: Model): string[] {
	const [ours, theirs] = [describePrice(own.price), describePrice(live.price)];
	if (ours !== theirs) return [instead("price", theirs, ours)];
	if (live.pricingNote === undefined || live.sure.price === "catalogue")
		return [];
	return [
		`price in words that can't be reckoned with: "${live.pricingNote}" (our table: ${ours})`,
	];
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
