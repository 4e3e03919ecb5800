import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { inspectImage } from "../../src/images/inspect.ts";
import { picture } from "./paint.ts";
import { readTable, wordsOf } from "./read-table.ts";
import {
	createWorld,
	type Json,
	type Outcome,
	refused,
	type World,
	walk,
} from "./world.ts";

/** What the orders of a command asked for. */
function inputsOf({ orders }: Outcome): readonly Json[] {
	return orders.map(({ input }) => input);
}

function uploads({ sent }: Outcome): number {
	return sent.filter(({ method }) => method === "PUT").length;
}

/** A real picture on disk. */
async function photo(world: World, name = "photo.png"): Promise<string> {
	world.write(name, await picture({ prompt: name, format: "png" }));
	return name;
}

const link = "https://example.com/photo.jpg";

describe("each model of the family makes an image by its short name, with the inputs documented for it", () => {
	it.each(
		readTable(`
ultra | black-forest-labs/flux-1-1-pro-ultra | -s 7 | {"seed":7} | jpeg
ultra-edit | black-forest-labs/flux-1-1-pro-ultra/edit | -s 7 -i ${link} | {"seed":7,"image_url":"${link}"} | jpeg
pro | black-forest-labs/flux-1-1-pro | -s 7 --size 1440x900 | {"seed":7,"width":1440,"height":900} | jpeg
lightning | bytedance/sd-xl-lightning | -s 7 --width 512 --height 768 --steps 8 --guidance 1.5 --negative trees | {"seed":7,"width":512,"height":768,"steps":8,"guidance":1.5,"negative_prompt":"trees"} | jpeg
gpt | openai/gpt-image-2 | --size 1536x1024 --quality low --format png --param sync_mode=false | {"image_size":{"width":1536,"height":1024},"quality":"low","output_format":"png","sync_mode":false} | png
gpt-edit | openai/gpt-image-2/edit | -i ${link} -i ${link}?2 --mask ${link}?3 | {"image_urls":["${link}","${link}?2"],"mask_url":"${link}?3"} | png
klein | black-forest-labs/flux-2-klein-9b | -s 7 --size 1024x576 --steps 4 --format webp --param enable_safety_checker=true | {"seed":7,"image_size":"landscape_16_9","num_inference_steps":4,"output_format":"webp","enable_safety_checker":true} | webp
klein-edit | black-forest-labs/flux-2-klein-9b/edit | -s 7 -i ${link} --size portrait_4_3 | {"seed":7,"image_urls":["${link}"],"image_size":"portrait_4_3"} | png
`),
	)("%s", async (name, id, line, inputs, format) => {
		const input = JSON.parse(inputs);
		const world = await createWorld();
		const outcome = await world.run([
			"a.",
			"-m",
			name,
			...wordsOf(line),
			"--json",
		]);
		expect(inputsOf(outcome)).toEqual([{ prompt: "a.", ...input }]);
		expect([outcome.code, outcome.records]).toMatchObject([
			0,
			[{ status: "saved", model: id, format, seed: input.seed ?? null }],
		]);
		const [{ file }] = outcome.records;
		expect(await inspectImage(join(world.cwd, file))).toMatchObject({ format });
		const extensions: Record<string, string> = { jpeg: "jpg" };
		expect(file.endsWith(`.${extensions[format] ?? format}`)).toBe(true);
	});
});

describe("each wrong input is refused before a request", () => {
	it.each(
		readTable(`
--size 1024x1024 | FLUX 1.1 [pro] Ultra has no --size | its format is fixed (about 4 MP); models that have it: pro, lightning, gpt, gpt-edit, klein, klein-edit
--steps 4 | FLUX 1.1 [pro] Ultra has no --steps | models that have it: lightning, klein, klein-edit
--format png | FLUX 1.1 [pro] Ultra has no --format | models that have it: gpt, gpt-edit, klein, klein-edit
-m pro --width 99999 | FLUX 1.1 [pro]: width is 99999, not a whole number from 256 to 1440 | what it takes: flux-ultra models show pro
-m pro --size big | --size big is not a size | for one: --size 1024x768
-m klein --size 1440x1440 | --size 1440x1440 is none of the model's sizes | there are square_hd (1024x1024), square (512x512), portrait_4_3 (768x1024), portrait_16_9 (576x1024), landscape_4_3 (1024x768), landscape_16_9 (1024x576)
-m lightning --steps 4 --param steps=5 | --steps and steps are one and the same | give it once
-m gpt --seed 7 | GPT Image 2 takes no seed | without --seed and --seeds; several images: --count 4
-m pro -i https://example.com/photo.jpg | FLUX 1.1 [pro] starts from no image | models that do: ultra-edit, gpt-edit, klein-edit
-i https://example.com/photo.jpg --mask https://example.com/photo.jpg | FLUX 1.1 [pro] Ultra Edit has no --mask | models that have it: gpt-edit
-m klein --format png -o x.jpg | FLUX.2 [klein] 9B delivers PNG here, not .jpg | use -o with .png
-m gpt -o x.webp | GPT Image 2 delivers PNG, JPEG, not .webp | use -o with .png or .jpg
-m gpt --param image_size=512x512 | GPT Image 2: image_size is {"width":512,"height":512}, not a size of 655,360 to 8,294,400 pixels | what it takes: flux-ultra models show gpt
-m gpt --size big | --size big is none of the model's sizes | there are square_hd (1024x1024), square (512x512), portrait_4_3 (768x1024), portrait_16_9 (576x1024), landscape_4_3 (1024x768), landscape_16_9 (1024x576), and width x height
-m gpt-edit -i - --mask - | stdin can be one image only | give the others as files
-i ftp://example.com/a.jpg | ftp://example.com/a.jpg is not an https address | download it first, and give the file
-i "" | --image is empty | give a file, - for stdin, or an https address
-m gtp | unknown model "gtp" | did you mean gpt? all of them: flux-ultra models
-m klien | unknown model "klien" | did you mean klein? all of them: flux-ultra models
`),
	)("%s", async (line, message, hint) => {
		const world = await createWorld();
		const outcome = await world.run(["a.", ...wordsOf(line), "--json"]);
		expect([outcome.code, outcome.records, outcome.sent]).toMatchObject([
			2,
			[{ status: "error", charged: "no", error: { message, hint } }],
			[],
		]);
		expect(world.files()).toEqual([]);
	});

	it("a model that a setting names is told with the setting", async () => {
		const world = await createWorld();
		const { code, stderr } = await world.run(["a."], {
			env: { FLUX_ULTRA_MODEL: "klien" },
		});
		expect([code, stderr.split("\n")[0]]).toEqual([
			2,
			'error: unknown model "klien" (set by FLUX_ULTRA_MODEL)',
		]);
	});
});

it("a file name that ends in a format is a wish for it, where the model leaves the choice", async () => {
	const world = await createWorld();
	const wished = await world.run(["a.", "-m", "klein", "-o", "a.webp"]);
	expect(inputsOf(wished)).toMatchObject([{ output_format: "webp" }]);
	const gpt = await world.run(["a.", "-m", "gpt", "-o", "c.jpg"]);
	expect(inputsOf(gpt)).toMatchObject([{ output_format: "jpeg" }]);
	const open = await world.run(["a.", "-m", "pro", "-o", "b.png"]);
	expect(inputsOf(open)[0]).not.toHaveProperty("output_format");
	// The bytes are what they are.
	expect(open.stderr).toContain("what came is JPEG: saved as b.jpg");
	expect(world.files()).toEqual(["a.webp", "b.jpg", "c.jpg"]);
});

it("a name that the image might get in the place of the one asked for is refused before the purchase, also with --force", async () => {
	const world = await createWorld();
	const words = ["a.", "-m", "lightning", "-o", "cat.png"];
	world.write("cat.jpg", "somebody's");
	for (const more of [[], ["--force"]]) {
		expect(await world.run([...words, ...more])).toMatchObject(
			refused("cat.jpg exists, and the image may turn out"),
		);
	}
});

it("an image on stdin leaves no room for a prompt there", async () => {
	const world = await createWorld();
	const { code, stderr } = await world.run(["-i", "-"], { stdin: "x" });
	expect([code, stderr.split("\n")[0]]).toEqual([
		2,
		"error: stdin is the image, and the prompt is missing",
	]);
});

it("an image of another size than was asked for is saved, and the difference told", async () => {
	const world = await createWorld();
	const { code, stderr } = await world.run([
		...["a.", "-m", "pro", "--size", "1440x900", "-o", "a.jpg"],
	]);
	expect([code, world.files()]).toEqual([0, ["a.jpg"]]);
	expect(stderr).toContain(
		"note: asked for 1440 × 900 pixels, what came is 160 × 160\n",
	);
});

describe("the price", () => {
	it("of a megapixel is an estimate, which the service's own bill settles", async () => {
		const world = await createWorld();
		const klein = ["a.", "-m", "klein", "--size", "square", "-o", "a.jpg"];
		const plan = await world.run([...klein, "--dry-run", "--json"]);
		expect(plan.records).toMatchObject([
			{ status: "planned", cost_usd: 0.001573, cost_is_estimate: true },
		]);
		expect((await world.run([...klein, "--dry-run"])).stderr).toContain(
			"about $0.0016",
		);
		const bought = await world.run([...klein, "--json"]);
		expect(bought.records).toMatchObject([
			{ status: "saved", cost_usd: world.sandbox.summary().spentUsd },
		]);
	});

	it("that was reckoned too low is told when the bill comes", async () => {
		const world = await createWorld();
		const edit = ["a.", "-i", link, "-o", "a.jpg", "--assume-price", "0.01"];
		expect((await world.run(edit)).stderr).toContain(
			"note: the service charges $0.06, more than the $0.01 that were reckoned with\n",
		);
	});

	it("counts the images that a model starts from, which a limit must know the size of", async () => {
		const world = await createWorld();
		const edit = ["a.", "-m", "klein", "--size", "square", "-o", "a.png"];
		const limited = [...edit, "--max-cost", "0.00289", "--json"];
		// 512 × 512 out alone would be 0.002884.
		const file = await world.run([...limited, "-i", await photo(world)]);
		const address = await world.run([...limited, "-i", link]);
		expect([file, address].map(({ code, sent }) => [code, sent])).toEqual([
			[5, []],
			[5, []],
		]);
		expect(address.records).toMatchObject([
			{ error: { hint: expect.stringContaining("--assume-price") } },
		]);
		const assumed = [...limited, "-i", link, "--assume-price", "0.00289"];
		expect((await world.run([...assumed, "--dry-run"])).code).toBe(0);
	});

	it("of a quality that no document names may be assumed", async () => {
		const world = await createWorld();
		const low = ["a.", "-m", "gpt", "--quality", "low", "--max-cost", "0.05"];
		expect((await world.run(low)).code).toBe(5);
		const assumed = [...low, "--assume-price", "0.02", "--dry-run", "--json"];
		expect((await world.run(assumed)).records).toMatchObject([
			{ cost_usd: 0.02, cost_is_estimate: true },
		]);
	});

	it("that nobody knows is said, and under a limit refused until one is assumed", async () => {
		const world = await createWorld();
		const edit = ["a.", "-i", link, "-o", "a.jpg"];
		const plan = await world.run([...edit, "--dry-run", "--json"]);
		expect(plan.records).toMatchObject([{ cost_usd: null }]);
		const limited = [...edit, "--max-cost", "0.10"];
		const refused = await world.run([...limited, "--json"]);
		expect([refused.code, refused.records, refused.sent]).toMatchObject([
			5,
			[
				{
					error: {
						code: "over_budget",
						hint: "say what to reckon with: --assume-price 0.06 (dollars an image)",
					},
				},
			],
			[],
		]);
		const over = await world.run([...limited, "--assume-price", "0.11"]);
		expect([over.code, world.sandbox.summary().runs]).toEqual([5, 0]);
		const bought = await world.run([
			...[...limited, "--assume-price", "0.08", "--json"],
		]);
		expect([bought.code, bought.records]).toMatchObject([
			0,
			[{ cost_usd: 0.06 }],
		]);
	});
});

describe("-i", () => {
	it("a file is uploaded once, and the edit starts from it", async () => {
		const world = await createWorld();
		const first = await world.run(["a.", "-s", "7", "-o", "plain.jpg"]);
		expect(first.code).toBe(0);
		const edit = await world.run([
			...[
				"a.",
				"-s",
				"7",
				"-i",
				await photo(world),
				"-o",
				"edit.jpg",
				"--json",
			],
		]);
		expect(edit.records).toMatchObject([
			{
				status: "saved",
				model: "black-forest-labs/flux-1-1-pro-ultra/edit",
			},
		]);
		expect(inputsOf(edit)).toEqual([
			{
				prompt: "a.",
				seed: 7,
				image_url: expect.stringMatching(/^runflow:\/\/assets\/./),
			},
		]);
		const [first0, ...rest] = edit.sent;
		// What the edit's input is called is asked before the purchase.
		expect(first0?.url.pathname).toBe(
			"/v1/models/black-forest-labs/flux-1-1-pro-ultra/edit",
		);
		const steps = rest.map(({ method, url }) => `${method} ${url.port}`);
		const api = new URL(world.sandbox.apiUrl).port;
		const storage = new URL(world.sandbox.storageUrl).port;
		expect(steps.slice(0, 4)).toEqual([
			`POST ${api}`,
			`PUT ${storage}`,
			`POST ${api}`,
			`POST ${api}`,
		]);
		const put = edit.sent.find(({ method }) => method === "PUT");
		expect(JSON.stringify(put?.headers).toLowerCase()).not.toContain("bearer");
	});

	it("the same command again finds its image, and another edit of the same file uploads nothing", async () => {
		const world = await createWorld();
		const words = ["a.", "-i", await photo(world)];
		expect(uploads(await world.run([...words, "-o", "1.jpg"]))).toBe(1);
		expect(uploads(await world.run([...words, "-o", "2.jpg"]))).toBe(0);
		// Its name is of no matter, its bytes are.
		const copy = ["a.", "-i", await photo(world, "copy.png")];
		expect(uploads(await world.run([...copy, "-o", "3.jpg"]))).toBe(1);
	});

	it("what the model was given is in the record and in the sidecar, without what may be secret", async () => {
		const world = await createWorld();
		const photo0 = await photo(world);
		const mask = `${link}?signature=secret`;
		const { records } = await world.run([
			...["a.", "-m", "gpt-edit", "-i", photo0, "--mask", mask],
			...["--quality", "low", "-o", "x.png", "--sidecar", "--json"],
		]);
		const inputs = {
			image_urls: [join(world.cwd, photo0)],
			mask_url: `${link}?…`,
			quality: "low",
		};
		expect(records).toMatchObject([{ inputs }]);
		const sidecar = world.text("x.png.json");
		expect(JSON.parse(sidecar)).toMatchObject({ inputs });
		const plain = await world.run(["a.", "-o", "y.jpg", "--json"]);
		expect(plain.records[0]).not.toHaveProperty("inputs");
	});

	it("an output of ours is sent back without uploading it", async () => {
		const world = await createWorld();
		await world.run(["a.", "-o", "first.jpg"]);
		const edit = await world.run(["b.", "-i", "first.jpg", "-o", "second.jpg"]);
		expect(edit.code).toBe(0);
		expect(uploads(edit)).toBe(0);
		expect(inputsOf(edit)).toMatchObject([
			{ image_url: expect.stringMatching(/^runflow:\/\/assets\/./) },
		]);
		world.faults("run:no-asset-ids");
		await world.run(["c.", "-o", "third.jpg"]);
		const other = await world.run(["d.", "-i", "third.jpg", "-o", "4.jpg"]);
		expect(uploads(other)).toBe(1);
	});

	it("an asset that the service has no more is uploaded anew, and the image bought once", async () => {
		const world = await createWorld();
		const words = ["a.", "-i", await photo(world)];
		expect((await world.run([...words, "-o", "1.jpg"])).code).toBe(0);
		world.faults("post:asset-gone@1");
		const again = await world.run([...words, "-o", "2.jpg"]);
		expect([again.code, world.bought()]).toEqual([0, 2]);
		expect(uploads(again)).toBe(1);
		expect(again.stderr).toContain("uploading the image once more");
	});

	it("bytes on stdin are an image, and leave no copy behind", async () => {
		const world = await createWorld();
		const stdin = await picture({ format: "webp" });
		const { code } = await world.run(["a.", "-i", "-", "-o", "1.jpg"], {
			stdin: stdin as never,
		});
		expect([code, world.files(), world.jobs()]).toEqual([0, ["1.jpg"], []]);
	});

	it("bytes on stdin are not even read where something else is wrong", async () => {
		const world = await createWorld();
		const mask = await photo(world, "mask.png");
		const stdin = world.bytes(mask) as never;
		const words = ["a.", "-i", "-", "--mask", mask, "-o", "1.jpg"];
		const { code, stderr } = await world.run(words, { stdin });
		expect([code, stderr]).toEqual([2, expect.stringContaining("no --mask")]);
		expect(walk(world.state).join()).not.toContain("stdin");
	});

	it.each([
		["no file", "none.png", "there is no file none.png"],
		["no image", "notes.txt", "notes.txt cannot be used: "],
		["a folder", ".", "a folder"],
	])("%s is refused before a request", async (_what, name, message) => {
		const world = await createWorld();
		world.write("notes.txt", "my notes");
		expect(await world.run(["a.", "-i", name])).toMatchObject(refused(message));
	});
});
