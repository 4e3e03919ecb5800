import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { FakeRuntime } from "../fake-runtime.ts";
import { localServer } from "../local-server.ts";
import { createWorld, type Json, walk } from "./world.ts";

const ultra = "black-forest-labs/flux-1-1-pro-ultra";
const noKey = { env: { RUNFLOW_API_KEY: undefined } };
const hours = 3_600_000;

const table = `model       price                    at most      delivers           images  how sure
ultra       $0.06 an image           about 4 MP   JPEG               1       documented
ultra-edit  not known                about 4 MP   JPEG               1       inferred, price not known
pro         $0.04 an image           1440 × 1440  JPEG, PNG or WebP  1       documented, output inferred
lightning   $0.003 an image          about 1 MP   JPEG, PNG or WebP  1       documented, output inferred
gpt         $0.133 an image at most  3840 × 2160  PNG or JPEG        4       documented, output inferred
gpt-edit    $0.133 an image at most  3840 × 2160  PNG or JPEG        4       documented, price inferred, output inferred
klein       $0.006 a megapixel       about 1 MP   JPEG, PNG or WebP  4       documented, output inferred
klein-edit  $0.011 a megapixel       about 1 MP   JPEG, PNG or WebP  4       documented, output inferred
`;

function asked(sent: readonly Json[]): readonly string[] {
	return sent.map(({ method, url }) => `${method} ${url.pathname}`);
}

describe("models list", () => {
	it.each([[["models"]], [["models", "list"]]])(
		"%j prints our table, needs no key and sends nothing",
		async (words) => {
			const world = await createWorld(noKey);
			expect(await world.run(words)).toMatchObject({
				code: 0,
				stdout: table,
				stderr: "",
				sent: [],
			});
			expect(walk(world.state)).toEqual([]);
		},
	);

	it("--json prints an object a model", async () => {
		const world = await createWorld(noKey);
		const { records } = await world.run(["models", "--json"]);
		expect(records).toHaveLength(8);
		expect(records[0]).toEqual({
			version: 1,
			id: ultra,
			name: "FLUX 1.1 [pro] Ultra",
			aliases: ["ultra", "flux-1-1-pro-ultra"],
			summary: "text to image at about 4 megapixels",
			price: { per: "image", usd: 0.06 },
			pricing_note: null,
			inputs: [
				{
					name: "prompt",
					type: "text",
					required: true,
					default: null,
					min: null,
					max: null,
					choices: null,
					pattern: null,
					description: "what the image shows",
				},
				{
					name: "seed",
					type: "integer",
					required: false,
					default: null,
					min: 0,
					max: Number.MAX_SAFE_INTEGER,
					choices: null,
					pattern: null,
					description: "same seed and prompt, same image",
				},
			],
			formats: ["jpeg"],
			size: null,
			max_resolution: "about 4 MP",
			max_images: 1,
			edit: `${ultra}/edit`,
			standing: null,
			sure: {
				id: "documented",
				price: "documented",
				inputs: "documented",
				output: "documented",
				links: "documented",
			},
			source: "table",
			differences: [],
			docs_url: "https://docs.runflow.io/models/flux-1-1-pro-ultra",
			text_url: "https://app.runflow.io/models/flux-1-1-pro-ultra/llms.txt",
			openapi_url: "https://docs.runflow.io/api/openapi.public.json",
		});
		expect(records.map(({ price }) => price)).toEqual([
			{ per: "image", usd: 0.06 },
			{ per: "unknown" },
			{ per: "image", usd: 0.04 },
			{ per: "image", usd: 0.003 },
			...Array(2).fill({
				per: "choice",
				input: "quality",
				usd: { high: 0.133 },
				most_usd: 0.133,
			}),
			{ per: "megapixel", usd: 0.006 },
			{ per: "megapixel", usd: 0.011 },
		]);
	});

	it("a model behind it is a slip, and the hint shows the command that was meant", async () => {
		const world = await createWorld();
		expect(await world.run(["models", "ultra"])).toMatchObject({
			code: 2,
			stderr:
				"error: models list takes no model: ultra\n  to see one: flux-ultra models show ultra\n",
			sent: [],
		});
	});
});

describe("models list --refresh", () => {
	it("asks for what is public, without the key, and says what it adds to our table", async () => {
		const world = await createWorld();
		const { code, stdout, stderr, sent } = await world.run([
			"models",
			"--refresh",
		]);
		expect([code, asked(sent)]).toEqual([0, ["GET /v1/public/models"]]);
		expect(sent[0]?.headers).not.toHaveProperty("authorization");
		expect(stderr).toBe(
			"note: the live catalogue says the same as our table\nnote: not in our table: sandbox/novelty\n",
		);
		expect(stdout).toMatch(/\nultra +\$0\.06 an image /);
		expect(stdout).toMatch(/\nsandbox\/novelty +not known +2048 × 2048 /);
	});

	it("needs no key", async () => {
		const world = await createWorld(noKey);
		const { code, records } = await world.run([
			"models",
			"--refresh",
			"--json",
		]);
		expect([code, records.length]).toEqual([0, 9]);
		expect(new Set(records.map(({ source }) => source))).toEqual(
			new Set(["catalogue"]),
		);
		expect(records[4]).toMatchObject({
			id: "openai/gpt-image-2",
			pricing_note: "$0.133 per image at high quality",
			sure: { price: "documented" },
			differences: [],
		});
	});

	it("is kept for a day, for this service", async () => {
		const world = await createWorld();
		const first = await world.run(["models", "--refresh"]);
		world.clock.advance(23 * hours);
		const second = await world.run(["models"]);
		expect(second).toMatchObject({
			stdout: first.stdout,
			stderr: "",
			sent: [],
		});
		const elsewhere = await world.run(["models"], {
			env: { FLUX_ULTRA_API_URL: "http://127.0.0.1:9/" },
		});
		expect(elsewhere.stdout).toBe(table);
		world.clock.advance(1 * hours);
		expect((await world.run(["models"])).stdout).toBe(table);
	});

	it("--quiet leaves the notes out", async () => {
		const world = await createWorld();
		expect(await world.run(["models", "--refresh", "-q"])).toMatchObject({
			code: 0,
			stderr: "",
		});
	});

	it.each([
		["models:reset-before", 7, "connection"],
		["models:503-html", 7, "503"],
		["models:html", 1, "not the API's"],
		["models:no-key", 4, "UNAUTHORIZED"],
	])(
		"%s: our table is printed all the same, and the exit code is %i",
		async (fault, code, reason) => {
			const world = await createWorld({ faults: [fault] });
			const outcome = await world.run(["models", "--refresh"]);
			expect(outcome).toMatchObject({ code, stdout: table });
			expect(outcome.stderr).toMatch(/^error: /);
			expect(outcome.stderr).toContain(reason);
			expect(outcome.stderr).toMatch(
				/\nnote: the live catalogue can't be had: this is what we know without\n$/,
			);
			expect(walk(world.state)).toEqual([]);
		},
	);

	it("of the built-in sandbox works too", async () => {
		const world = await createWorld(noKey);
		const { code, stdout } = await world.run([
			"models",
			"--refresh",
			"--sandbox",
		]);
		expect([code, stdout.includes("sandbox/novelty")]).toEqual([0, true]);
		expect(world.sandbox.summary().requests).toBe(0);
	});
});

describe("models show", () => {
	it("prints all that is known of a model", async () => {
		const world = await createWorld(noKey);
		expect(await world.run(["models", "show", "gpt"])).toMatchObject({
			code: 0,
			sent: [],
			stderr: "",
			stdout: `GPT Image 2: detailed images with fine typography

id        openai/gpt-image-2                                                     documented
short     gpt, gpt-image-2
price     $0.133 an image at most (quality high: $0.133)                         documented
delivers  PNG or JPEG, 3840 × 2160 at most, 1024 × 768 by itself, 1 to 4 images  inferred
edit      openai/gpt-image-2/edit

inputs (documented)
  prompt         text, required · what the image shows
  num_images     whole number, 1 to 4, default 1 · images of one run
  output_format  one of png, jpeg, default png
  image_size     one of square_hd, square, portrait_4_3, portrait_16_9, landscape_4_3, landscape_16_9, width x height, default landscape_4_3 · pixels: multiples of 16, at most 3840, 3:1 and 8.3 MP
  quality        one of auto, low, medium, high, default high
  sync_mode      true or false

options
  --size      image_size
  --format    output_format
  --quality   quality
  --image     goes to openai/gpt-image-2/edit
  --mask      goes to openai/gpt-image-2/edit
  not for it  --width --height --negative --steps --guidance

links (inferred)
  docs          https://docs.runflow.io/models/gpt-image-2
  for machines  https://app.runflow.io/models/gpt-image-2/llms.txt
  OpenAPI       https://docs.runflow.io/api/openapi.public.json

for example
  flux-ultra -m gpt "a serene japanese garden" -o garden.png
`,
		});
	});

	it("says which options go to the sibling that starts from an image", async () => {
		const world = await createWorld(noKey);
		const { stdout } = await world.run(["models", "show", "ultra"]);
		expect(stdout).toContain(`
options
  --image     goes to ${ultra}/edit
  not for it  --size --width --height --negative --steps --guidance --format --quality --mask
`);
	});

	it("--json prints one object, with what the options mean and an example", async () => {
		const world = await createWorld(noKey);
		const words = ["models", "show", "ultra-edit", "--json"];
		const { records } = await world.run(words);
		expect(records).toEqual([
			expect.objectContaining({
				id: `${ultra}/edit`,
				edit: null,
				sure: {
					id: "inferred",
					price: "unknown",
					inputs: "inferred",
					output: "inferred",
					links: "inferred",
				},
				flags: {
					size: [],
					width: [],
					height: [],
					negative: [],
					steps: [],
					guidance: [],
					format: [],
					quality: [],
					image: ["image_url", "image_urls"],
					mask: [],
				},
				example:
					'flux-ultra -m ultra-edit "the same garden in deep snow" --image garden.jpg -o snow.jpg',
			}),
		]);
	});

	it("--refresh asks for the one, and says that it is the same", async () => {
		const world = await createWorld();
		const { code, stdout, stderr, sent } = await world.run([
			"models",
			"show",
			"ultra",
			"--refresh",
		]);
		expect([code, asked(sent)]).toEqual([0, [`GET /v1/models/${ultra}`]]);
		expect(stderr).toBe(
			"note: the live catalogue says the same as our table\n",
		);
		expect(stdout).toMatch(
			/\nprice +\$0\.06 an image +documented\n +"\$0\.06 per image" +live\n/,
		);
		const again = await world.run(["models", "show", "ultra"]);
		expect(again).toMatchObject({ stdout, sent: [] });
	});

	it("--refresh finds it where the service knows paths without the owner only", async () => {
		const world = await createWorld({ faults: ["models:short-path"] });
		const words = ["models", "show", "ultra", "--refresh"];
		const { code, stdout, sent } = await world.run(words);
		expect([code, asked(sent)]).toEqual([
			0,
			[`GET /v1/models/${ultra}`, "GET /v1/models/flux-1-1-pro-ultra"],
		]);
		expect(stdout).toMatch(
			/\nprice +\$0\.06 an image +documented\n +"\$0\.06 per image" +live\n/,
		);
	});

	it("--refresh of a model that our table does not have compares nothing", async () => {
		const world = await createWorld();
		const words = ["models", "show", "sandbox/novelty"];
		await world.run(words);
		const { code, stderr, sent } = await world.run([...words, "--refresh"]);
		expect([code, stderr, sent.length]).toEqual([0, "", 1]);
	});

	it("--refresh says that the service does not have it", async () => {
		const world = await createWorld({ faults: ["models:404"] });
		const words = ["models", "show", "ultra", "--refresh"];
		expect(await world.run(words)).toMatchObject({
			code: 0,
			stderr: `note: the live catalogue does not have ${ultra}\n`,
			stdout: expect.stringMatching(/^FLUX 1\.1 \[pro\] Ultra: /),
		});
	});

	it("--refresh that fails prints ours all the same", async () => {
		const world = await createWorld({ faults: ["models:503-html"] });
		const plain = await world.run(["models", "show", "ultra"]);
		const outcome = await world.run(["models", "show", "ultra", "--refresh"]);
		expect(outcome).toMatchObject({ code: 7, stdout: plain.stdout });
	});

	it.each([
		["with the key", {}, "GET /v1/models/sandbox/novelty"],
		["from the public list without one", noKey, "GET /v1/public/models"],
	])(
		"an owner/slug that we don't know is asked for at once: %s",
		async (_how, options, request) => {
			const world = await createWorld(options);
			const words = ["models", "show", "sandbox/novelty"];
			const { code, stdout, sent } = await world.run(words);
			expect([code, asked(sent)]).toEqual([0, [request]]);
			expect(stdout).toContain(
				"Novelty: A model that exists on the sandbox alone.",
			);
			expect(stdout).toContain("one of plain, bold, default plain");
			expect(await world.run(words)).toMatchObject({ stdout, sent: [] });
		},
	);

	it("one that the service does not know is a slip, with the key or without", async () => {
		const world = await createWorld();
		const words = ["models", "show", "sandbox/nothing"];
		expect(await world.run(words)).toMatchObject({
			code: 2,
			stdout: "",
			stderr:
				'error: the service knows no model "sandbox/nothing"\n  all of them: flux-ultra models list --refresh\n',
		});
		expect(await world.run(words, noKey)).toMatchObject({
			code: 2,
			stderr:
				'error: the service knows no model "sandbox/nothing"\n  only what is public was asked, as there is no key: flux-ultra auth login\n',
		});
	});

	it.each([
		["models:reset-before", 7, "network"],
		["models:503-html", 7, "unavailable"],
		["models:no-key", 4, "auth"],
	])("%s: one that we don't know can't be shown", async (fault, code, name) => {
		const world = await createWorld({ faults: [fault] });
		const words = ["models", "show", "sandbox/novelty", "--json"];
		const outcome = await world.run(words);
		expect(outcome).toMatchObject({
			code,
			records: [
				{
					status: "error",
					error: {
						code: name,
						message: expect.stringMatching(
							/^sandbox\/novelty is not in our table, and the live catalogue can't be had: /,
						),
						hint: expect.any(String),
					},
				},
			],
		});
	});

	it("a key file that is broken is no missing key", async () => {
		const world = await createWorld(noKey);
		mkdirSync(world.config);
		writeFileSync(join(world.config, "credentials.json"), "{");
		const words = ["models", "show", "sandbox/novelty"];
		expect(await world.run(words)).toMatchObject({ code: 2, sent: [] });
	});

	it.each([
		[["models", "--refresh"]],
		[["models", "show", "ultra", "--refresh"]],
		[["models", "show", "sandbox/novelty"]],
	])("%j: Ctrl-C ends it, and nothing is printed", async (words) => {
		const world = await createWorld();
		let runtime: FakeRuntime | undefined;
		// It never answers.
		const { url } = await localServer(() => runtime?.signal("SIGINT"));
		const outcome = await world.run(words, {
			env: { FLUX_ULTRA_API_URL: url },
			during: (fake) => {
				runtime = fake;
			},
		});
		expect(outcome).toMatchObject({ code: 130, stdout: "" });
	});

	it("a short name that nobody knows is a slip, and nothing is asked", async () => {
		const world = await createWorld();
		expect(await world.run(["models", "show", "ultre"])).toMatchObject({
			code: 2,
			stderr: expect.stringContaining("did you mean ultra?"),
			sent: [],
		});
	});

	it("what cannot be kept is shown all the same", async () => {
		const world = await createWorld();
		const words = ["models", "show", "sandbox/novelty"];
		writeFileSync(join(world.home, "file"), "");
		const { code, stdout, stderr } = await world.run(words, {
			env: { FLUX_ULTRA_STATE_DIR: join(world.home, "file", "state") },
		});
		expect([code, stdout.startsWith("Novelty: ")]).toEqual([0, true]);
		expect(stderr).toMatch(/^note: the live catalogue can't be kept: /);
	});
});
