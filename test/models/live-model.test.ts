import { describe, expect, test } from "vitest";
import { family } from "../../src/models/family.ts";
import {
	deliversImages,
	liveModel,
	liveModels,
} from "../../src/models/live-model.ts";
import type { Model } from "../../src/models/model.ts";
import { wireInput, wireModel } from "./wire.ts";

const ultra = "black-forest-labs/flux-1-1-pro-ultra";
const klein = "black-forest-labs/flux-2-klein-9b";

function ours(id: string): Model {
	const model = family.find((one) => one.id === id);
	if (model === undefined) throw new Error(`${id} is not in the table`);
	return model;
}

test("what the catalogue tells takes the place of our table, and is marked; of its price the words alone", () => {
	const wire = wireModel({
		slug: ultra,
		name: "FLUX Ultra 2",
		pricingNote: "$0.07 per image",
		maxResolution: "6MP",
		inputs: [
			wireInput("prompt", { type: "string", isRequired: true }),
			wireInput("output_format", {
				type: "enum",
				limits: { enum: ["png", "jpg"] },
			}),
		],
	});
	expect(liveModel(wire, ultra)).toEqual({
		...ours(ultra),
		name: "FLUX Ultra 2",
		pricingNote: "$0.07 per image",
		maxResolution: "6 MP",
		inputs: [
			{
				name: "prompt",
				kind: "text",
				isRequired: true,
				says: "what the image shows",
			},
			{ name: "output_format", kind: "text", choices: ["png", "jpg"] },
		],
		formats: ["jpeg", "png"],
		sure: {
			id: "catalogue",
			price: "documented",
			inputs: "catalogue",
			output: "catalogue",
		},
		source: "catalogue",
		standing: undefined,
	});
});

test("what it leaves open stays as we have it", () => {
	const { sure, ...rest } = ours(klein);
	expect(liveModel(wireModel({ slug: klein }), klein)).toEqual({
		...rest,
		sure: { ...sure, id: "catalogue" },
		source: "catalogue",
		standing: undefined,
		pricingNote: undefined,
	});
});

test("an empty list of inputs describes none", () => {
	const model = liveModel(wireModel({ inputs: [] }), ultra);
	expect([model.inputs, model.sure.inputs]).toEqual([
		ours(ultra).inputs,
		"documented",
	]);
});

test.each(["openai/gpt-image-2", `${ultra}/edit`, "someone/new"])(
	"words about the price of %s leave it as it is",
	(id) => {
		const pricingNote = "low: $0.01, medium: $0.04, high: $0.05 per image";
		const { price, sure } = liveModel(wireModel({}), id);
		const noted = liveModel(wireModel({ pricingNote }), id);
		expect(noted).toMatchObject({ price, pricingNote });
		expect(noted.sure.price).toBe(sure.price);
	},
);

test.each([
	[{ maxResolution: "4MP" }],
	[{ outputs: [{ content_type: "image/png" }] }],
])("%j is enough for the catalogue to vouch for what comes", (told) => {
	expect(liveModel(wireModel(told), ultra).sure.output).toBe("catalogue");
});

test.each<[Readonly<Record<string, unknown>>, Model["size"]]>([
	[
		{ width: 640, height: 480 },
		{ width: 640, height: 480 },
	],
	[{ width: 640 }, undefined],
	[{ image_size: "landscape_16_9" }, { width: 1024, height: 576 }],
	[{ image_size: "800x600" }, { width: 800, height: 600 }],
	[{ image_size: "auto" }, undefined],
	[{ image_size: 4 }, undefined],
])("with %j what comes by itself is %j", (initials, size) => {
	const inputs = Object.entries(initials).map(([name, initial]) =>
		wireInput(name, { initial }),
	);
	expect(liveModel(wireModel({ inputs }), ultra).size).toEqual(size);
});

test("of a model that we don't have only what is told is known", () => {
	const wire = wireModel({
		slug: "someone/new",
		description: "Draws\n  cats.",
		inputs: [
			wireInput("width", { type: "int", initial: 640 }),
			wireInput("height", { type: "int", initial: 480 }),
		],
	});
	expect(liveModel(wire, "someone/new")).toEqual({
		id: "someone/new",
		name: "someone/new",
		aliases: [],
		summary: "Draws cats.",
		inputs: [
			{ name: "width", kind: "integer", initial: 640 },
			{ name: "height", kind: "integer", initial: 480 },
		],
		price: { per: "unknown" },
		formats: ["jpeg", "png", "webp"],
		size: { width: 640, height: 480 },
		maxResolution: undefined,
		likelyEndMs: expect.any(Object),
		sure: {
			id: "catalogue",
			price: "unknown",
			inputs: "catalogue",
			output: "unknown",
		},
		source: "catalogue",
		standing: undefined,
		pricingNote: undefined,
	});
});

test.each([
	[["active", "available"], undefined],
	[["ACTIVE"], undefined],
	[[], undefined],
	[["active", "deprecated"], "deprecated"],
	[["sunset-2027", "available"], "sunset-2027"],
])("the statuses %j are told as %j", (statuses, standing) => {
	expect(liveModel(wireModel({ statuses }), ultra).standing).toBe(standing);
});

test("that it delivers no images is told", () => {
	const wire = wireModel({ outputs: [{ variable_type_code: "video" }] });
	expect(liveModel(wire, "a/film").standing).toBe("delivers no images");
});

test.each<[unknown, readonly string[]]>([
	[{ type: "image", content_type: "image/webp" }, ["webp"]],
	[{ description: "A JPEG or a PNG." }, ["jpeg", "png"]],
	[{ type: "image" }, ["jpeg"]],
])("the output %j is %j", (output, formats) => {
	const wire = wireModel({ outputs: [output] });
	expect(liveModel(wire, ultra).formats).toEqual(formats);
});

test.each([
	["4MP", "about 4 MP"],
	["4.2 megapixels", "about 4 MP"],
	["2752x1536", "about 4 MP"],
	["9MP", "9 MP"],
	["4096x2160", "4096 × 2160"],
	["huge", "huge"],
])("the resolution %j is told as %j", (maxResolution, told) => {
	const model = liveModel(wireModel({ maxResolution }), ultra);
	expect(model.maxResolution).toBe(told);
});

test("long texts are cut, and stay on one line", () => {
	const long = "a\n".repeat(1_000);
	const wire = wireModel({ name: long, description: long, pricingNote: long });
	const { name, summary, pricingNote = "" } = liveModel(wire, "someone/new");
	expect([name, summary, pricingNote].map(({ length }) => length)).toEqual([
		60, 200, 300,
	]);
	expect(`${name}${summary}${pricingNote}`).not.toContain("\n");
});

describe("a list", () => {
	function ids(...slugs: readonly string[]): readonly string[] {
		return liveModels(slugs.map((slug) => wireModel({ slug }))).map(
			({ id }) => id,
		);
	}

	test.each([
		[ultra, ultra],
		["flux-1-1-pro-ultra", ultra],
		["flux-1-1-pro-ultra/edit", `${ultra}/edit`],
		["flux-1-1-pro-ultra-edit", `${ultra}/edit`],
		["Flux-2-Klein-9B", klein],
		["someone/flux-1-1-pro", "someone/flux-1-1-pro"],
		["someone/new/edit", "someone/new/edit"],
	])("has %s as %s", (slug, id) => {
		expect(ids(slug)).toEqual([id]);
	});

	test.each(["new", "../runs", "someone/..", "someone/new?x", "", "a b/c"])(
		"leaves out %j, whose path cannot be told",
		(slug) => {
			expect(ids(slug)).toEqual([]);
		},
	);

	test("has the path in the id where the slug is not one", () => {
		const list = [
			wireModel({ id: "someone/new", slug: "new" }),
			wireModel({ id: "019ed2a4-0000-7000-8000-000000000000", slug: "old" }),
		];
		expect(liveModels(list).map(({ id }) => id)).toEqual(["someone/new"]);
	});

	test("has each model once, and one with its owner before one without", () => {
		const name = (text: string, slug: string) =>
			wireModel({ slug, name: text });
		const list = [
			name("whose?", "flux-1-1-pro"),
			name("theirs", "black-forest-labs/flux-1-1-pro"),
			name("again", "flux-1-1-pro"),
		];
		expect(liveModels(list).map((model) => model.name)).toEqual(["theirs"]);
	});

	test("knows the sibling that starts from an image", () => {
		const [plain, edit] = liveModels([
			wireModel({ slug: "someone/new" }),
			wireModel({ slug: "someone/new/edit" }),
		]);
		expect([plain?.edit, edit?.edit]).toEqual(["someone/new/edit", undefined]);
	});

	test("leaves out what delivers no images", () => {
		const list = [
			wireModel({
				slug: "a/film",
				outputs: [{ variable_type_code: "video" }],
			}),
			wireModel({
				slug: "a/photo",
				outputs: [{ variable_type_code: "image" }],
			}),
			wireModel({ slug: "a/silent" }),
		];
		expect(liveModels(list).map(({ id }) => id)).toEqual([
			"a/photo",
			"a/silent",
		]);
		expect(list.map(deliversImages)).toEqual([false, true, true]);
	});
});
