import { expect, test } from "vitest";
import { call, list, start } from "./start.ts";

test("the catalogue needs no key and knows the whole family", async () => {
	const sandbox = await start();
	const { json } = await call(sandbox, "/v1/public/models", { key: null });

	expect(list(json.items).map(({ slug }) => slug)).toEqual([
		"black-forest-labs/flux-1-1-pro-ultra",
		"black-forest-labs/flux-1-1-pro-ultra/edit",
		"black-forest-labs/flux-1-1-pro",
		"bytedance/sd-xl-lightning",
		"openai/gpt-image-2",
		"openai/gpt-image-2/edit",
		"black-forest-labs/flux-2-klein-9b",
		"black-forest-labs/flux-2-klein-9b/edit",
		"sandbox/novelty",
	]);
	expect((await call(sandbox, "/v1/models")).json).toEqual(json);
	const refused = await call(sandbox, "/v1/models", { key: null });
	expect(refused.status).toBe(401);
});

test("one model is described with its inputs, and needs a key", async () => {
	const sandbox = await start();
	const path = "/v1/models/black-forest-labs/flux-1-1-pro-ultra";
	const { json } = await call(sandbox, path);
	const refused = await call(sandbox, path, { key: null });

	expect(refused.status).toBe(401);
	expect(json).toMatchObject({
		id: expect.any(String),
		slug: "black-forest-labs/flux-1-1-pro-ultra",
		pricing_note: "$0.06 per image",
		supports_streaming: false,
		inputs: [
			{
				name: "prompt",
				variable_type_code: "string",
				is_required: true,
				sort_order: 0,
			},
			{
				name: "seed",
				variable_type_code: "integer",
				is_required: false,
				default_value: null,
				sort_order: 1,
			},
		],
	});
});

test.each([
	["black-forest-labs/flux-1-1-pro-ultra", {}, "0.060", 2752, 1536, "jpg"],
	[
		"black-forest-labs/flux-1-1-pro-ultra/edit",
		{ image_url: "https://example.com/a.png" },
		"0.060",
		2752,
		1536,
		"jpg",
	],
	[
		"black-forest-labs/flux-1-1-pro",
		{ width: 1440, height: 720 },
		"0.040",
		1440,
		720,
		"jpg",
	],
	[
		"bytedance/sd-xl-lightning",
		{ negative_prompt: "fog", guidance: 1.5, steps: 8 },
		"0.003",
		1024,
		1024,
		"jpg",
	],
	["openai/gpt-image-2", { quality: "high" }, "0.133", 1024, 768, "png"],
	[
		"openai/gpt-image-2",
		{
			quality: "low",
			image_size: { width: 1536, height: 1024 },
			output_format: "jpeg",
		},
		"0.017",
		1536,
		1024,
		"jpg",
	],
	[
		"openai/gpt-image-2/edit",
		{ image_urls: ["https://example.com/a.png"], image_size: "auto" },
		"0.133",
		1024,
		768,
		"png",
	],
	[
		"black-forest-labs/flux-2-klein-9b",
		{ image_size: "landscape_16_9", output_format: "webp", num_images: 2 },
		"0.007078",
		1024,
		576,
		"webp",
	],
	[
		"black-forest-labs/flux-2-klein-9b/edit",
		{ image_urls: ["https://example.com/a.png"] },
		"0.023068",
		1024,
		1024,
		"png",
	],
	["sandbox/novelty", { style: "bold" }, "0.025", 1024, 1024, "webp"],
])(
	"%s with %j delivers what it promises at its price",
	async (model, input, cost, width, height, extension) => {
		const sandbox = await start();
		const { json } = await call(sandbox, `/v1/models/${model}/runs`, {
			body: { input: { prompt: "x", ...input } },
		});
		const run = await call(sandbox, `/v1/runs/${json.id}`);

		expect(run.json.cost).toBe(cost);
		for (const output of list(run.json.output?.outputs)) {
			expect(output).toMatchObject({ width, height });
			expect(new URL(String(output.url)).pathname).toMatch(
				new RegExp(`\\.${extension}$`),
			);
		}
	},
);

test.each([
	["black-forest-labs/flux-1-1-pro", { width: 1441 }, "width"],
	["bytedance/sd-xl-lightning", { steps: 13 }, "steps"],
	["bytedance/sd-xl-lightning", { guidance: "high" }, "guidance"],
	["openai/gpt-image-2", { num_images: 5 }, "num_images"],
	["openai/gpt-image-2", { seed: 5 }, "seed"],
	["openai/gpt-image-2", { output_format: "webp" }, "output_format"],
	["openai/gpt-image-2", { image_size: "huge" }, "image_size"],
	["openai/gpt-image-2", { image_size: "1024x1024" }, "image_size"],
	["openai/gpt-image-2", { image_size: "auto" }, "image_size"],
	["openai/gpt-image-2", { image_size: { width: 1024 } }, "image_size"],
	[
		"openai/gpt-image-2",
		{ image_size: { width: 1000, height: 1024 } },
		"image_size",
	],
	[
		"openai/gpt-image-2",
		{ image_size: { width: 3856, height: 2048 } },
		"image_size",
	],
	[
		"openai/gpt-image-2",
		{ image_size: { width: 3200, height: 1024 } },
		"image_size",
	],
	[
		"openai/gpt-image-2",
		{ image_size: { width: 512, height: 512 } },
		"image_size",
	],
	[
		"openai/gpt-image-2",
		{ image_size: { width: 3840, height: 3840 } },
		"image_size",
	],
	["black-forest-labs/flux-2-klein-9b/edit", {}, "image_urls"],
	[
		"black-forest-labs/flux-2-klein-9b/edit",
		{
			image_urls: ["https://example.com/a.png"],
			image_url: "https://example.com/a.png",
		},
		"image_url",
	],
	["openai/gpt-image-2", { sync_mode: "yes" }, "sync_mode"],
	["openai/gpt-image-2/edit", {}, "image_urls"],
	["openai/gpt-image-2/edit", { image_urls: [] }, "image_urls"],
	["openai/gpt-image-2/edit", { image_urls: "one" }, "image_urls"],
	["black-forest-labs/flux-1-1-pro-ultra/edit", {}, "image_url"],
	[
		"black-forest-labs/flux-1-1-pro-ultra/edit",
		{ image_url: "runflow://assets/nothing" },
		"image_url",
	],
	[
		"black-forest-labs/flux-1-1-pro-ultra/edit",
		{ image_url: "file:///etc/passwd" },
		"image_url",
	],
])("%s refuses %j", async (model, input, field) => {
	const sandbox = await start();
	const { status, json } = await call(sandbox, `/v1/models/${model}/runs`, {
		body: { input: { prompt: "x", ...input } },
	});

	expect(status).toBe(422);
	expect(json.errors).toMatchObject([{ loc: ["body", "input", field] }]);
});

test("size: models that are not asked for a size deliver the one of the option", async () => {
	const sandbox = await start({ size: { width: 64, height: 48 } });
	const request = async (model: string, input: object) => {
		const { json } = await call(sandbox, `/v1/models/${model}/runs`, {
			body: { input: { prompt: "x", ...input } },
		});
		return (await call(sandbox, `/v1/runs/${json.id}`)).json.output?.outputs;
	};

	expect(
		await request("black-forest-labs/flux-1-1-pro-ultra", {}),
	).toMatchObject([{ width: 64, height: 48 }]);
	expect(
		await request("black-forest-labs/flux-1-1-pro", { width: 512 }),
	).toMatchObject([{ width: 512, height: 48 }]);
});
