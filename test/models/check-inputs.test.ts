import { describe, expect, it } from "vitest";
import { checkInput, type Input } from "../../src/models/check-inputs.ts";
import { findModel } from "./find-model.ts";

function fault(name: string, input: Input): string | undefined {
	try {
		checkInput(findModel(name), { prompt: "a", ...input });
		return undefined;
	} catch (error) {
		expect(error).toMatchObject({
			code: "usage",
			hint: expect.stringMatching(/^what it takes: flux-ultra models show /),
		});
		return (error as Error).message;
	}
}

const anySize =
	"one of square_hd, square, portrait_4_3, portrait_16_9, landscape_4_3, landscape_16_9, or width x height";
const photo = "https://example.com/photo.jpg";
const file = `file:${"0a".repeat(32)}`;

describe("what the documents name is taken", () => {
	it.each<[string, Input]>([
		["ultra", { seed: 7 }],
		["ultra", { seed: undefined }],
		["ultra-edit", { seed: 7, image_url: photo }],
		["ultra-edit", { image_urls: [photo, "runflow://assets/1"] }],
		["pro", { seed: 0, width: 1440, height: 256 }],
		[
			"lightning",
			{
				negative_prompt: "x",
				steps: 12,
				guidance: 1.5,
				width: 1024,
				height: 64 * 4,
			},
		],
		[
			"gpt",
			{
				num_images: 4,
				output_format: "png",
				image_size: { width: 1024, height: 1536 },
				quality: "auto",
				sync_mode: false,
			},
		],
		["gpt", { image_size: "square_hd", output_format: "jpeg" }],
		["gpt", { image_size: { width: 3840, height: 2160 } }],
		["gpt", { image_size: { width: 480, height: 1376 } }],
		["gpt-edit", { image_urls: [file], mask_url: file, image_size: "auto" }],
		[
			"klein",
			{
				seed: 1,
				image_size: "landscape_16_9",
				num_inference_steps: 4,
				output_format: "webp",
				enable_safety_checker: true,
			},
		],
		["klein-edit", { image_urls: ["http://127.0.0.1:4010/x.png"] }],
		["someone/new", { anything: { at: "all" } }],
	])("%s %j", (name, input) => {
		expect(fault(name, input)).toBeUndefined();
	});
});

describe("what is wrong is told with the value", () => {
	it.each<[string, Input, string | RegExp]>([
		["ultra", { width: 7 }, "unknown input width (it takes prompt, seed)"],
		["lightning", { stpes: 4 }, "unknown input stpes; did you mean steps?"],
		[
			"klein",
			{ num_image: 2 },
			"unknown input num_image; did you mean num_images?",
		],
		[
			"ultra",
			{ seed: -1 },
			`seed is -1, not a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`,
		],
		["ultra", { seed: 1.5 }, /^seed is 1.5, not a whole number/],
		["ultra", { seed: "7" }, /^seed is "7", not a whole number/],
		["ultra", { prompt: "" }, 'prompt is "", not text with something in it'],
		["ultra", { prompt: 7 }, "prompt is 7, not text"],
		["ultra", { prompt: undefined }, "prompt is missing"],
		...["klein-edit", "gpt-edit", "ultra-edit"].map(
			(name): [string, Input, string] => [
				name,
				{},
				"it starts from an image, and none is given: --image photo.jpg",
			],
		),
		[
			"pro",
			{ width: 1441 },
			"width is 1441, not a whole number from 256 to 1440",
		],
		[
			"lightning",
			{ guidance: "much" },
			'guidance is "much", not a number from 0 to 20',
		],
		[
			"gpt",
			{ quality: "best" },
			'quality is "best", not one of auto, low, medium, high',
		],
		[
			"gpt",
			{ output_format: "webp" },
			'output_format is "webp", not one of png, jpeg',
		],
		...(
			[
				["big", anySize],
				["auto", anySize],
				["1024x1024", anySize],
				[{ width: 1024 }, anySize],
				[{ width: "1024", height: 1024 }, anySize],
				[{ width: 1024, height: 1024, depth: 1 }, anySize],
				[{ width: 1000, height: 1024 }, "width and height in multiples of 16"],
				[{ width: 0, height: 1024 }, "width and height in multiples of 16"],
				[{ width: 3856, height: 2048 }, "an edge of at most 3840 pixels"],
				[{ width: 3200, height: 1024 }, "a ratio of at most 3:1"],
				[{ width: 512, height: 512 }, "a size of 655,360 to 8,294,400 pixels"],
				[
					{ width: 3840, height: 3840 },
					"a size of 655,360 to 8,294,400 pixels",
				],
			] as const
		).map(([image_size, expected]): [string, Input, string] => [
			"gpt",
			{ image_size },
			`image_size is ${JSON.stringify(image_size)}, not ${expected}`,
		]),
		["klein-edit", { image_url: photo }, /^unknown input image_url/],
		[
			"klein",
			{ enable_safety_checker: "yes" },
			'enable_safety_checker is "yes", not true or false',
		],
		[
			"ultra-edit",
			{ image_url: "photo.jpg" },
			/^image_url is "photo.jpg", not an https address/,
		],
		[
			"ultra-edit",
			{ image_urls: photo },
			/^image_urls is ".*", not a list of images$/,
		],
		["ultra-edit", { image_urls: [] }, "image_urls is 0 images, not 1 to 10"],
		[
			"ultra-edit",
			{ image_urls: Array(11).fill(photo) },
			"image_urls is 11 images, not 1 to 10",
		],
		["ultra-edit", { image_url: "file:///etc/passwd" }, /^image_url is "file:/],
	])("%s %j", (name, input, expected) => {
		const [, told] = /^[^:]+: (.*)$/s.exec(fault(name, input) ?? "") ?? [];
		if (typeof expected === "string") expect(told).toBe(expected);
		else expect(told).toMatch(expected);
	});

	it.each<[string, unknown]>([
		["gpt", true],
		["gpt", "true"],
		["gpt", 1],
		["ultra", true],
		["someone/new", true],
	])("what can lose a paid image: %s with sync_mode %j", (name, value) => {
		const input = { prompt: "a", sync_mode: value };
		expect(() => checkInput(findModel(name), input)).toThrow(
			expect.objectContaining({
				code: "usage",
				message: expect.stringMatching(
					/^sync_mode is .*where that answer is lost, so is the paid image$/,
				),
			}),
		);
	});

	it("all of it at once, and harmless to print", () => {
		expect(fault("pro", { width: 1, height: 2, "x\u001b[31m": 3 })).toBe(
			"FLUX 1.1 [pro]: unknown input x\\x1b[31m (it takes prompt, seed, width, height); width is 1, not a whole number from 256 to 1440; height is 2, not a whole number from 256 to 1440",
		);
	});
});
