import { describe, expect, test } from "vitest";
import { readInputs } from "../../src/commands/image/input-flags.ts";
import { meaningOfFlags } from "../../src/commands/models/page.ts";
import { createCatalogue } from "../../src/models/catalogue.ts";
import { family } from "../../src/models/family.ts";
import type { Model } from "../../src/models/model.ts";

const values = {
	size: "1024x1024",
	width: "512",
	height: "512",
	negative: "fog",
	steps: "4",
	guidance: "2",
	format: "webp",
	quality: "high",
} as const;

describe("what `models show` says of an option is what the option does", () => {
	test.each(family)("$name", (model) => {
		expect(meaningOfFlags(model)).toMatchObject(
			Object.fromEntries(
				Object.entries(values).map(([flag, value]) => [
					flag,
					namesOf({ [flag]: value }, model),
				]),
			),
		);
	});
});

/** The inputs that an option becomes; none where it is refused. */
function namesOf(
	flags: Readonly<Record<string, string>>,
	model: Model,
): readonly string[] {
	try {
		return Object.keys(readInputs(flags, model, createCatalogue()));
	} catch {
		return [];
	}
}

test("of a model that nobody has described nothing can be said", () => {
	const [ultra] = family;
	expect(ultra && meaningOfFlags({ ...ultra, inputs: undefined })).toBe(
		undefined,
	);
});

test.each([
	["black-forest-labs/flux-1-1-pro-ultra", [], []],
	[
		"black-forest-labs/flux-1-1-pro-ultra/edit",
		["image_url", "image_urls"],
		[],
	],
	["openai/gpt-image-2/edit", ["image_urls"], ["mask_url"]],
])("%s takes images as %j and a mask as %j", (id, image, mask) => {
	const model = family.find((one) => one.id === id);
	expect(model && meaningOfFlags(model)).toMatchObject({ image, mask });
});
