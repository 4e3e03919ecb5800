import { expect, test } from "vitest";
import {
	describeFormats,
	describeInput,
	describePrice,
	describePriceShortly,
	describeSure,
	mostImages,
} from "../../src/models/describe.ts";
import { family } from "../../src/models/family.ts";
import { inputs } from "../../src/models/inputs.ts";
import type {
	ImageFormat,
	Mark,
	ModelInput,
	Price,
} from "../../src/models/model.ts";

const choice: Price = {
	per: "choice",
	input: "quality",
	micros: { low: 11_000, high: 133_000 },
	most: 133_000,
};

test.each<[Price, string, string]>([
	[{ per: "image", micros: 60_000 }, "$0.06 an image", "$0.06 an image"],
	[
		{ per: "megapixel", micros: 6_000 },
		"$0.006 a megapixel",
		"$0.006 a megapixel",
	],
	[
		choice,
		"$0.133 an image at most (quality low: $0.011, high: $0.133)",
		"$0.133 an image at most",
	],
	[{ per: "unknown" }, "not known", "not known"],
])("the price %j", (price, full, short) => {
	expect([describePrice(price), describePriceShortly(price)]).toEqual([
		full,
		short,
	]);
});

test.each<[ModelInput, string]>([
	[inputs.prompt, "text, required"],
	[inputs.seed, "whole number, 0 or more"],
	[inputs.integer("width", 256, 1440), "whole number, 256 to 1440"],
	[inputs.number("guidance", 0, 20), "number, 0 to 20"],
	[{ name: "x", kind: "number", max: 1 }, "number, at most 1"],
	[{ name: "x", kind: "number" }, "number"],
	[inputs.flag("sync_mode"), "true or false"],
	[
		{ ...inputs.size, choices: ["auto"] },
		"one of auto, width x height, default landscape_4_3",
	],
	[inputs.imageUrl, "image"],
	[inputs.imageUrls, "images, 1 to 10"],
	[inputs.choice("format", ["png"]), "only png"],
	[
		{ ...inputs.choice("quality", ["low", "high"]), initial: "high" },
		"one of low, high, default high",
	],
	[
		{ name: "x", kind: "any", initial: { a: 1 } },
		'anything (not checked), default {"a":1}',
	],
])("the input %j is %j", (input, words) => {
	expect(describeInput(input)).toBe(words);
});

test.each<[readonly ImageFormat[], string]>([
	[["jpeg"], "JPEG"],
	[["jpeg", "png"], "JPEG or PNG"],
	[["jpeg", "png", "webp"], "JPEG, PNG or WebP"],
])("%j are %s", (formats, words) => {
	expect(describeFormats(formats)).toBe(words);
});

test.each<[readonly [Mark, Mark, Mark, Mark], string]>([
	[["documented", "documented", "documented", "documented"], "documented"],
	[
		["documented", "documented", "documented", "inferred"],
		"documented, output inferred",
	],
	[
		["inferred", "unknown", "inferred", "inferred"],
		"inferred, price not known",
	],
	[
		["catalogue", "documented", "catalogue", "inferred"],
		"live, price documented, output inferred",
	],
])("the marks %j are told as %j", ([id, price, input, output], words) => {
	expect(describeSure({ id, price, inputs: input, output })).toBe(words);
});

test("a run delivers one image unless an input says how many; of a model that nobody described it is not known", () => {
	const [ultra] = family;
	const gpt = family.find(({ id }) => id === "openai/gpt-image-2");
	if (!ultra || !gpt) throw new Error("the table has changed");
	expect([ultra, gpt, { ...ultra, inputs: undefined }].map(mostImages)).toEqual(
		[1, 4, undefined],
	);
});
