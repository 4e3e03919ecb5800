import { describe, expect, test } from "vitest";
import { inputs } from "../../src/models/inputs.ts";
import { liveInputs } from "../../src/models/live-inputs.ts";
import type { ModelInput } from "../../src/models/model.ts";
import type { InputDescription } from "../../src/runflow/model-description.ts";
import { wireInput } from "./wire.ts";

function read(
	told: Partial<InputDescription>,
	own?: Omit<ModelInput, "name">,
): ModelInput | undefined {
	const [input] = liveInputs(
		[wireInput("x", told)],
		own ? [{ name: "x", ...own }] : [],
	);
	return input;
}

test.each([
	["string", "text"],
	["str", "text"],
	["TEXT", "text"],
	["long_text", "text"],
	["textarea", "text"],
	["enum", "text"],
	["select", "text"],
	["int", "integer"],
	["Integer", "integer"],
	["int64", "integer"],
	["number_integer", "integer"],
	["float", "number"],
	["double", "number"],
	["number", "number"],
	["decimal", "number"],
	["int_or_float", "number"],
	["bool", "boolean"],
	["boolean", "boolean"],
	["toggle", "boolean"],
	["image", "image"],
	["image_url", "image"],
	["imageFile", "image"],
	["file", "image"],
	["url", "image"],
	["images", "images"],
	["image_list", "images"],
	["image[]", "images"],
	["list[image]", "images"],
	["array_of_image_urls", "images"],
	["string[]", "any"],
	["list", "any"],
	["json", "any"],
	["image_size", "any"],
	["video_url", "any"],
	["hint", "any"],
	["", "any"],
])("the type %j is %s", (type, kind) => {
	expect(read({ type })?.kind).toBe(kind);
});

describe("where the catalogue tells no type", () => {
	test.each<[unknown, string]>([
		["plain", "text"],
		[4, "number"],
		[true, "boolean"],
		[undefined, "any"],
		[["a"], "any"],
	])("an initial %j tells it: %s", (initial, kind) => {
		expect(read({ initial })?.kind).toBe(kind);
	});

	test("choices tell it", () => {
		expect(read({ limits: { enum: ["a", "b"] } })).toEqual({
			name: "x",
			kind: "text",
			choices: ["a", "b"],
		});
	});

	test("our table tells it", () => {
		expect(read({ initial: 4 }, { kind: "integer" })?.kind).toBe("integer");
	});
});

test.each(["min", "minimum", "ge", "gte", "minValue", "min_value"])(
	"%s is the least",
	(name) => {
		const limits = { [name]: 1 };
		expect(read({ type: "int", limits })).toMatchObject({ min: 1 });
	},
);

test.each(["max", "maximum", "le", "lte", "maxValue", "MAX_VALUE"])(
	"%s is the most",
	(name) => {
		const limits = { [name]: "8" };
		expect(read({ type: "int", limits })).toMatchObject({ max: 8 });
	},
);

test.each(["", " ", "few", null, {}, Number.NaN])(
	"a bound of %j is none",
	(max) => {
		const told = { type: "int", limits: { max } };
		expect(read(told)).toEqual({ name: "x", kind: "integer" });
	},
);

test("a bound that is not allowed itself leaves the next whole number", () => {
	const limits = { gt: 0, exclusiveMaximum: 10 };
	expect(read({ type: "int", limits })).toMatchObject({ min: 1, max: 9 });
	expect(read({ type: "float", limits })).toMatchObject({ min: 0, max: 10 });
});

test.each(["choices", "enum", "options", "values", "allowed_values"])(
	"%s are the only values",
	(name) => {
		const limits = { [name]: ["low", { value: "high", label: "High" }] };
		expect(read({ type: "string", limits })).toMatchObject({
			choices: ["low", "high"],
		});
	},
);

test.each([
	[{ type: "enum", limits: { enum: [512, 1024] } }],
	[{ type: "integer", limits: { enum: ["512", "1024"] } }],
	[{ type: "string", limits: { enum: ["a", null] } }],
])("values that are no text are not checked: %j", (told) => {
	expect(read(told)).toEqual({ name: "x", kind: "any" });
});

test("an image list has the limits of its length, and at least one", () => {
	const read3 = read({ type: "images", limits: { max_items: 3 } });
	expect(read3).toMatchObject({ min: 1, max: 3 });
	const read2 = read({ type: "images", limits: { min: 2, maxItems: 3 } });
	expect(read2).toMatchObject({ min: 2, max: 3 });
	expect(read({ type: "images" })).toMatchObject({ min: 1 });
});

test.each([
	["^[0-9]+x[0-9]+$", "[0-9]+x[0-9]+"],
	["^(auto|big)$", "(auto|big)"],
	// Somewhere in the text, in most languages.
	["[0-9]+", undefined],
	["^auto|big$", undefined],
	["^(?P<size>x)$", undefined],
	["^($", undefined],
	[`^${"a".repeat(201)}$`, undefined],
])("of the pattern %j, what is checked is %j", (regex, pattern) => {
	expect(read({ type: "string", limits: { regex } })?.pattern).toBe(pattern);
});

test("a pattern that we have too is checked as we do", () => {
	const own = { kind: "text", pattern: "auto|big" } as const;
	const told = { type: "string", limits: { pattern: "auto|big" } };
	expect(read(told, own)?.pattern).toBe("auto|big");
});

test("limits that say nothing of this type are left out", () => {
	const limits = { min: 1, max_length: 9, choices: [], strange: { a: 1 } };
	expect(read({ type: "string", limits })).toEqual({ name: "x", kind: "text" });
});

describe("of an input that we have", () => {
	const own = {
		kind: "integer",
		min: 1,
		max: 50,
		initial: 4,
		says: "steps",
	} as const;

	test("what the catalogue leaves open stays", () => {
		expect(read({ type: "int" }, own)).toEqual({ name: "x", ...own });
	});

	test("what it tells takes our place, all limits together", () => {
		const told = {
			type: "int",
			limits: { max: 8 },
			initial: 2,
			description: "how many",
		};
		expect(read(told, own)).toEqual({
			name: "x",
			kind: "integer",
			max: 8,
			initial: 2,
			says: "how many",
		});
	});

	test("nothing but the words stays where it is of another type", () => {
		expect(read({ type: "string" }, own)).toEqual({
			name: "x",
			kind: "text",
			says: "steps",
		});
	});

	test("it is required where the catalogue says so, and nowhere else", () => {
		const required = { ...own, isRequired: true };
		expect(read({ type: "int" }, required)?.isRequired).toBeUndefined();
		expect(read({ type: "int", isRequired: true }, own)?.isRequired).toBe(true);
	});
});

test("what has an initial value is not required: the service gives it", () => {
	const told = { type: "int", isRequired: true, initial: 4 };
	expect(read(told)).toEqual({ name: "x", kind: "integer", initial: 4 });
});

test.each<[string, unknown, unknown]>([
	["integer", "1024", 1024],
	["boolean", "true", true],
	["string", "4", "4"],
	["image", "https://example.com/a.png", "https://example.com/a.png"],
])("an initial value of %s written %j is %j", (type, initial, value) => {
	expect(read({ type, initial })?.initial).toBe(value);
});

test("an input that is described twice is as the first says", () => {
	const twice = [
		wireInput("x", { type: "int" }),
		wireInput("x", { type: "bool" }),
	];
	expect(liveInputs(twice)).toEqual([{ name: "x", kind: "integer" }]);
});

test("one that our table has and the catalogue leaves out is gone", () => {
	const names = liveInputs(
		[wireInput("prompt", { type: "string" })],
		[inputs.prompt, inputs.seed],
	).map(({ name }) => name);
	expect(names).toEqual(["prompt"]);
});
