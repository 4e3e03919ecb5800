import { formatUsd } from "../system/money.ts";
import type {
	ImageFormat,
	InputKind,
	Mark,
	Model,
	ModelInput,
	Price,
} from "./model.ts";

/** `$0.06 an image`, `$0.006 a megapixel`, `$0.011 a megapixel, in and out`, `$0.133 an image at most (quality high: $0.133)`, `not known`. */
export function describePrice(price: Price): string {
	switch (price.per) {
		case "image":
			return `${formatUsd(price.micros)} an image`;
		case "megapixel":
			return `${formatUsd(price.micros)} a megapixel${price.countsInputs ? ", in and out" : ""}`;
		case "choice": {
			const listed = Object.entries(price.micros).map(
				([choice, micros]) => `${choice}: ${formatUsd(micros)}`,
			);
			return `${formatUsd(price.most)} an image at most (${price.input} ${listed.join(", ")})`;
		}
		case "unknown":
			return "not known";
		default:
			return price satisfies never;
	}
}

/** The same in a table: `$0.133 an image at most`. */
export function describePriceShortly(price: Price): string {
	if (price.per === "choice")
		return `${formatUsd(price.most)} an image at most`;
	return describePrice(price).split(",")[0] ?? "";
}

/** Type, range and what holds where nothing is given: `whole number, 256 to 1440, default 1024`. */
export function describeInput(input: ModelInput): string {
	const { initial, isRequired } = input;
	return [
		describeValues(input),
		...(isRequired ? ["required"] : []),
		...(initial === undefined ? [] : [`default ${plain(initial)}`]),
	].join(", ");
}

/** What an input takes: `whole number, 256 to 1440`, `one of low, high`, `images, at most 10`. */
export function describeValues(input: ModelInput): string {
	const [only, ...others] = input.choices ?? [];
	if (input.kind === "size")
		return `one of ${[...(input.choices ?? []), kinds.size].join(", ")}`;
	if (only !== undefined)
		return others.length > 0
			? `one of ${[only, ...others].join(", ")}`
			: `only ${only}`;
	return `${kinds[input.kind]}${rangeOf(input)}`;
}

/** `JPEG`, `JPEG, PNG or WebP`. */
export function describeFormats(formats: readonly ImageFormat[]): string {
	const names = formats.map((format) => formatNames[format]);
	const last = names.pop() ?? "not known";
	return names.length > 0 ? `${names.join(", ")} or ${last}` : last;
}

/** How many images a run may deliver; undefined where nobody has said. */
export function mostImages({ inputs }: Model): number | undefined {
	const count = inputs?.find(({ name }) => name === "num_images");
	return inputs !== undefined && count === undefined ? 1 : count?.max;
}

/** `documented`; where the facts differ, the mark of most of them and then the others: `documented, output inferred`. */
export function describeSure(sure: Model["sure"]): string {
	const facts = Object.entries(sure);
	const count = (mark: Mark) => facts.filter(([, own]) => own === mark).length;
	const [most] = Object.values(sure).sort((a, b) => count(b) - count(a));
	const others = facts
		.filter(([, mark]) => mark !== most)
		.map(([fact, mark]) => `${fact} ${markNames[mark]}`);
	return [most ? markNames[most] : "", ...others].join(", ");
}

/** How sure one fact is, in words. */
export const markNames: Readonly<Record<Mark, string>> = {
	documented: "documented",
	catalogue: "live",
	inferred: "inferred",
	unknown: "not known",
};

const kinds: Readonly<Record<InputKind, string>> = {
	text: "text",
	integer: "whole number",
	number: "number",
	boolean: "true or false",
	image: "image",
	images: "images",
	size: "width x height",
	any: "anything (not checked)",
};

const formatNames: Readonly<Record<ImageFormat, string>> = {
	jpeg: "JPEG",
	png: "PNG",
	webp: "WebP",
};

function rangeOf({ min, max }: ModelInput): string {
	// Every number that can be sent at all is no bound worth a word.
	const isOpen = max === undefined || max >= Number.MAX_SAFE_INTEGER;
	if (min !== undefined && !isOpen) return `, ${min} to ${max}`;
	if (min !== undefined) return `, ${min} or more`;
	return isOpen ? "" : `, at most ${max}`;
}

function plain(value: unknown): string {
	return typeof value === "string" ? value : JSON.stringify(value);
}
