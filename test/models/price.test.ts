import { describe, expect, it } from "vitest";
import type { Input } from "../../src/models/check-inputs.ts";
import {
	askedSize,
	expectedFormats,
	imagesOf,
} from "../../src/models/expected.ts";
import { sizeNamed } from "../../src/models/image-size.ts";
import { estimatePrice } from "../../src/models/price.ts";
import { findModel } from "./find-model.ts";

const files = [512, 1_024, 2_000].map((side) => ({
	...{ sha256: `sum-of-${side}`, width: side, height: side },
}));

function photo(side: number): string {
	return `file:sum-of-${side}`;
}

describe("the price of a run", () => {
	it.each<[string, Input, number | undefined, boolean]>([
		["ultra", {}, 60_000, true],
		["pro", { width: 1440, height: 1440 }, 40_000, true],
		["lightning", { steps: 12 }, 3_000, true],
		["klein", { image_size: "square" }, 1_573, false],
		["klein", {}, 6_292, false],
		["klein", { image_size: "landscape_16_9", num_images: 3 }, 10_617, false],
		// The images that it starts from count as well.
		[
			"klein-edit",
			{ image_size: "square", image_urls: [photo(2_000)] },
			46_884,
			false,
		],
		[
			"klein-edit",
			{ image_urls: [photo(512), photo(1_024)], num_images: 2 },
			51_906,
			false,
		],
		// Where no size is asked for, as large as the largest of them.
		["klein-edit", { image_urls: [photo(2_000)] }, 88_000, false],
		// The size of what is only an address is not known.
		[
			"klein-edit",
			{ image_urls: [photo(512), "https://example.com/a.jpg"] },
			undefined,
			false,
		],
		["klein-edit", { image_urls: ["runflow://assets/1"] }, undefined, false],
		["gpt", { quality: "high" }, 133_000, true],
		["gpt", { quality: "high", num_images: 4 }, 532_000, true],
		// Only the price of `high` is documented: the others are held to cost no more.
		["gpt", { quality: "low" }, 133_000, false],
		["gpt", {}, 133_000, false],
		["ultra-edit", {}, undefined, false],
		["someone/new", { width: 10, height: 10 }, undefined, false],
	])("%s %j", (name, input, micros, isExact) => {
		const estimate = estimatePrice(findModel(name), input, undefined, files);
		expect(estimate).toEqual(
			micros === undefined ? undefined : { micros, isExact },
		);
	});

	it("is taken to be what the user says, only where nobody knows, for each of its images", () => {
		const assumed = (name: string, input: Input) =>
			estimatePrice(findModel(name), input, 50_000)?.micros;
		expect(assumed("ultra-edit", {})).toBe(50_000);
		expect(assumed("someone/new", { num_images: 3 })).toBe(150_000);
		expect(assumed("ultra", {})).toBe(60_000);
	});
});

describe("what is expected of a run", () => {
	it.each([
		["1024x768", { width: 1024, height: 768 }],
		["1024×768", { width: 1024, height: 768 }],
		["1024 X 768", { width: 1024, height: 768 }],
		["square", { width: 512, height: 512 }],
		["constructor", undefined],
		["auto", undefined],
		["x768", undefined],
	])("the size %j", (text, size) => {
		expect(sizeNamed(text)).toEqual(size);
	});

	it("is the size that was asked for, by its sides, in pixels or by name", () => {
		const sides = { width: 320, height: 200 };
		expect(askedSize(sides)).toEqual(sides);
		expect(askedSize({ image_size: sides })).toEqual(sides);
		expect(askedSize({ width: 320 })).toBeUndefined();
		expect(askedSize({ image_size: { width: 320 } })).toBeUndefined();
	});

	it.each([
		[{}, 1],
		[{ num_images: 4 }, 4],
		[{ num_images: "4" }, 1],
		[{ num_images: 0 }, 1],
	])("the number of images of %j", (input, images) => {
		expect(imagesOf(input)).toBe(images);
	});

	it.each([
		["ultra", {}, ["jpeg"]],
		["klein", {}, ["jpeg", "png", "webp"]],
		["klein", { output_format: "webp" }, ["webp"]],
		["klein-edit", {}, ["png", "jpeg", "webp"]],
		["gpt", {}, ["png", "jpeg"]],
	])("the formats of %s with %j", (name, input, formats) => {
		expect(expectedFormats(findModel(name), input)).toEqual(formats);
	});
});
