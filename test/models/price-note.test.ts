import { expect, test } from "vitest";
import { inputs } from "../../src/models/inputs.ts";
import type { Price } from "../../src/models/model.ts";
import { readPriceNote } from "../../src/models/price-note.ts";

const unknown: Price = { per: "unknown" };
const quality = inputs.choice("quality", ["auto", "low", "medium", "high"]);

test.each<[string, Price]>([
	["$0.06 per image", { per: "image", micros: 60_000 }],
	["$0.060 per request", { per: "image", micros: 60_000 }],
	["Pricing: $0.06 per request", { per: "image", micros: 60_000 }],
	["$0.04 per run.", { per: "image", micros: 40_000 }],
	["$.003/image", { per: "image", micros: 3_000 }],
	["US$0.04 / generated image", { per: "image", micros: 40_000 }],
	["0.04 USD per call", { per: "image", micros: 40_000 }],
	["USD 0.04 an image", { per: "image", micros: 40_000 }],
	["$0.04 for each picture", { per: "image", micros: 40_000 }],
	["$0.04 each", { per: "image", micros: 40_000 }],
	["Price per image: $0.04", { per: "image", micros: 40_000 }],
	["$0.006 per megapixel", { per: "megapixel", micros: 6_000 }],
	["$0.006/MP", { per: "megapixel", micros: 6_000 }],
	["$0.011 per output megapixel", { per: "megapixel", micros: 11_000 }],
	[
		"$0.060 per image at ultra resolution, fixed per-call pricing. About 16 runs per $1.",
		{ per: "image", micros: 60_000 },
	],
])("%j is a price", (note, price) => {
	expect(readPriceNote(note, [inputs.prompt, quality], unknown)).toEqual(price);
});

test.each([
	"",
	"free",
	"see the pricing page",
	"$0.06",
	"0.06 per image",
	"€0.06 per image",
	"6 credits per image",
	"$0 per image",
	"$0.0000001 per image",
	"$250 per image",
	"$1,000.50 per image",
	"$60 per 1000 images",
	"$0.02 per second",
	"$0.01 per input image",
	"$0.02 per image per megapixel",
	"from $0.06 per image",
	"starting at $0.06 per image",
	"up to $0.06 per image",
	"about $0.06 per image",
	"$0.02 - $0.06 per image",
	"$0.02 to $0.06 per image",
	"$0.03 for the first megapixel, $0.015 per additional megapixel",
	"$0.03 per image, $0.05 per image with a mask",
	"$0.03 per image and $0.006 per megapixel",
	"$0.03 per image, $0.03 per hundred pixels",
	"$0.03 per image + $0.01 per run",
	`$0.03 per image ${"under many conditions ".repeat(50)}`,
])("%j cannot be reckoned with", (note) => {
	const described = [inputs.prompt, quality];
	expect(readPriceNote(note, described, unknown)).toBeUndefined();
});

const known: Price = {
	per: "choice",
	input: "quality",
	micros: { high: 133_000 },
	most: 133_000,
};

test.each<[string, Price, Price | undefined]>([
	[
		"low: $0.01, medium: $0.04, high: $0.17 per image",
		unknown,
		{
			per: "choice",
			input: "quality",
			micros: { low: 10_000, medium: 40_000, high: 170_000 },
			most: 170_000,
		},
	],
	["$0.133 per image at high quality", known, known],
	[
		"$0.1 per image at high quality",
		known,
		{
			per: "choice",
			input: "quality",
			micros: { high: 100_000 },
			most: 100_000,
		},
	],
	// Of the values that are not listed, the dearest is what our table says.
	[
		"$0.02 per image at low quality",
		known,
		{
			per: "choice",
			input: "quality",
			micros: { low: 20_000 },
			most: 133_000,
		},
	],
	[
		"$0.05 per image at medium quality",
		{ ...known, micros: { medium: 60_000, high: 133_000 } },
		{
			per: "choice",
			input: "quality",
			micros: { medium: 50_000 },
			most: 133_000,
		},
	],
	[
		"$0.1 per image at high quality",
		{ ...known, micros: { medium: 120_000, high: 133_000 } },
		{
			per: "choice",
			input: "quality",
			micros: { high: 100_000 },
			most: 120_000,
		},
	],
	["low: $0, medium: $0.04, high: $0.17 per image", unknown, undefined],
	// Nobody says what high costs.
	["$0.02 per image at low quality", unknown, undefined],
	["low: $0.01, high: $0.17 per megapixel", known, undefined],
	// The word may mean something else.
	[
		"$0.02 per image at high resolution",
		unknown,
		{ per: "image", micros: 20_000 },
	],
	["low or high: $0.02 per image, medium: $0.04", known, undefined],
])("of an input's values, %j is read beside %j", (note, own, price) => {
	expect(readPriceNote(note, [inputs.prompt, quality], own)).toEqual(price);
});

test("a run of several images is taken for one, which is never too little", () => {
	const note = "$0.06 per run";
	expect(readPriceNote(note, [inputs.numImages], unknown)).toEqual({
		per: "image",
		micros: 60_000,
	});
});

test("a long note takes no time", () => {
	const note = `${"per image $0.0 ".repeat(40)}${"1".repeat(400)}`;
	// A pattern that tries everything in every way would not end.
	expect(() => readPriceNote(note, [quality], unknown)).not.toThrow();
});
