import { expect, test } from "vitest";
import { differences } from "../../src/models/differences.ts";
import { inputs } from "../../src/models/inputs.ts";
import type { Model, ModelInput, Price } from "../../src/models/model.ts";

const own: Model = {
	id: "a/b",
	name: "B",
	aliases: ["b"],
	summary: "makes things",
	inputs: [inputs.prompt, inputs.integer("width", 256, 1440)],
	price: { per: "image", micros: 60_000 },
	formats: ["jpeg", "png"],
	size: undefined,
	maxResolution: "about 4 MP",
	likelyEndMs: { from: 1, to: 2 },
	sure: {
		id: "documented",
		price: "documented",
		inputs: "documented",
		output: "documented",
	},
	source: "table",
};

const choice: Price = {
	per: "choice",
	input: "quality",
	micros: { high: 133_000 },
	most: 133_000,
};

function found(change: Partial<Model>): readonly string[] {
	return differences(own, { ...own, source: "catalogue", ...change });
}

test("the same is no difference, in whatever order and words", () => {
	expect(
		found({
			name: "Model B",
			formats: ["png", "jpeg"],
			maxResolution: "4 MP",
			inputs: own.inputs?.toReversed(),
			pricingNote: "$0.060 per image. About 16 runs per $1.",
		}),
	).toEqual([]);
});

test.each<[Partial<Model>, readonly string[]]>([
	[{ standing: "deprecated" }, ["standing: deprecated"]],
	[
		{ pricingNote: "$0.065 per image" },
		['price: "$0.065 per image" (our table: $0.06 an image)'],
	],
	[
		{ pricingNote: "it depends" },
		['price: "it depends" (our table: $0.06 an image)'],
	],
	[
		{ inputs: [inputs.prompt, inputs.integer("width", 64, 2048)] },
		["width: whole number, 64 to 2048 (our table: whole number, 256 to 1440)"],
	],
	[
		{ inputs: [inputs.prompt, inputs.seed] },
		["also takes seed: whole number, 0 or more", "does not take width"],
	],
	[
		{
			inputs: [
				inputs.prompt,
				{ ...inputs.integer("width", 256, 1440), isRequired: true },
			],
		},
		["width: required"],
	],
	[
		{
			inputs: [
				{ name: "prompt", kind: "text" },
				{ ...inputs.integer("width", 256, 1440), initial: 512 },
			],
		},
		["prompt: not required"],
	],
	[{ formats: ["webp"] }, ["delivers: WebP (our table: JPEG or PNG)"]],
	[
		{ maxResolution: "1440 × 1440" },
		["resolution: 1440 × 1440 (our table: about 4 MP)"],
	],
])("%j is told", (change, told) => {
	expect(found(change)).toEqual(told);
});

test.each<[Price, string, readonly string[]]>([
	[{ per: "megapixel", micros: 6_000 }, "$0.006/MP", []],
	[choice, "$0.133 per image at high quality", []],
	[
		choice,
		"$0.1 each",
		[
			'price: "$0.1 each" (our table: $0.133 an image at most (quality high: $0.133))',
		],
	],
	[
		{ per: "unknown" },
		"$0.06 per image",
		['price: "$0.06 per image" (our table: not known)'],
	],
])("beside the price %j, %j tells %j", (price, pricingNote, told) => {
	const live: Model = { ...own, source: "catalogue", pricingNote };
	expect(differences({ ...own, price }, live)).toEqual(told);
});

test("another initial value or way to write is told where we know one", () => {
	const before: ModelInput = {
		...{ name: "image_size", kind: "text" },
		...{ pattern: "auto|[0-9]+x[0-9]+", initial: "auto" },
	};
	const after = { ...before, initial: "1024x1024", pattern: "big|small" };
	expect(
		differences(
			{ ...own, inputs: [before] },
			{ ...own, source: "catalogue", inputs: [after] },
		),
	).toEqual([
		"image_size: written otherwise than in our table",
		"image_size where none is given: 1024x1024 (our table: auto)",
	]);
});
