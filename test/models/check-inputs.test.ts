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
const seeds = `a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`;
const multiples = "width and height in multiples of 16";
const edge = "an edge of at most 3840 pixels";
const ratio = "a ratio of at most 3:1";
const pixels = "a size of 655,360 to 8,294,400 pixels";
const anAddress =
	"an https address or runflow://assets/…; a file of this machine is given with --image";
const noImage = "it starts from an image, and none is given: --image photo.jpg";
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
	/** Behind the model's name. */
	const told = (model: string, input: Input) =>
		fault(model, input)?.replace(/^[^:]+: /, "");

	it.each<[string, string, unknown, string]>([
		["ultra", "seed", -1, seeds],
		["ultra", "seed", 1.5, seeds],
		["ultra", "seed", "7", seeds],
		["ultra", "prompt", "", "text with something in it"],
		["ultra", "prompt", 7, "text"],
		["pro", "width", 1441, "a whole number from 256 to 1440"],
		["lightning", "guidance", "much", "a number from 0 to 20"],
		["gpt", "quality", "best", "one of auto, low, medium, high"],
		["gpt", "output_format", "webp", "one of png, jpeg"],
		["gpt", "image_size", "big", anySize],
		["gpt", "image_size", "auto", anySize],
		["gpt", "image_size", "1024x1024", anySize],
		["gpt", "image_size", { width: 1024 }, anySize],
		["gpt", "image_size", { width: "1024", height: 1024 }, anySize],
		["gpt", "image_size", { width: 1024, height: 1024, depth: 1 }, anySize],
		["gpt", "image_size", { width: 1000, height: 1024 }, multiples],
		["gpt", "image_size", { width: 0, height: 1024 }, multiples],
		["gpt", "image_size", { width: 3856, height: 2048 }, edge],
		["gpt", "image_size", { width: 3200, height: 1024 }, ratio],
		["gpt", "image_size", { width: 512, height: 512 }, pixels],
		["gpt", "image_size", { width: 3840, height: 3840 }, pixels],
		["klein", "enable_safety_checker", "yes", "true or false"],
		["ultra-edit", "image_url", "photo.jpg", anAddress],
		["ultra-edit", "image_url", "file:///etc/passwd", anAddress],
		["ultra-edit", "image_urls", photo, "a list of images"],
	])("%s: %s is %j, not %s", (model, name, value, expected) => {
		expect(told(model, { [name]: value })).toBe(
			`${name} is ${JSON.stringify(value)}, not ${expected}`,
		);
	});

	it.each<[string, Input, string]>([
		["ultra", { width: 7 }, "unknown input width (it takes prompt, seed)"],
		["lightning", { stpes: 4 }, "unknown input stpes; did you mean steps?"],
		[
			"klein",
			{ num_image: 2 },
			"unknown input num_image; did you mean num_images?",
		],
		[
			"klein-edit",
			{ image_url: photo },
			`unknown input image_url; did you mean image_urls?; ${noImage}`,
		],
		["ultra", { prompt: undefined }, "prompt is missing"],
		["klein-edit", {}, noImage],
		["gpt-edit", {}, noImage],
		["ultra-edit", {}, noImage],
		["ultra-edit", { image_urls: [] }, "image_urls is 0 images, not 1 to 10"],
		[
			"ultra-edit",
			{ image_urls: Array(11).fill(photo) },
			"image_urls is 11 images, not 1 to 10",
		],
	])("%s %j: %s", (model, input, expected) => {
		expect(told(model, input)).toBe(expected);
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
