import { extname } from "node:path";
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

const ultra = "black-forest-labs/flux-1-1-pro-ultra";
const pro = "black-forest-labs/flux-1-1-pro";
const lightning = "bytedance/sd-xl-lightning";
const gpt = "openai/gpt-image-2";
const klein = "black-forest-labs/flux-2-klein-9b";
const photo = "https://example.com/a.png";

test.each<[string, object, string, string]>([
	[ultra, {}, "0.060", "2752x1536.jpg"],
	[`${ultra}/edit`, { image_url: photo }, "0.060", "2752x1536.jpg"],
	[pro, { width: 1440, height: 720 }, "0.040", "1440x720.jpg"],
	[lightning, { guidance: 1.5, steps: 8 }, "0.003", "1024x1024.jpg"],
	[lightning, { negative_prompt: "fog" }, "0.003", "1024x1024.jpg"],
	[gpt, { quality: "high" }, "0.133", "1024x768.png"],
	[gpt, { quality: "low", output_format: "jpeg" }, "0.017", "1024x768.jpg"],
	[
		gpt,
		{ image_size: { width: 1536, height: 1024 } },
		"0.133",
		"1536x1024.png",
	],
	[`${gpt}/edit`, { image_urls: [photo] }, "0.133", "1024x768.png"],
	[klein, { image_size: "landscape_16_9" }, "0.003539", "1024x576.jpg"],
	[
		klein,
		{ output_format: "webp", num_images: 2 },
		"0.012582",
		"1024x1024.webp",
	],
	[`${klein}/edit`, { image_urls: [photo] }, "0.023068", "1024x1024.png"],
	["sandbox/novelty", { style: "bold" }, "0.025", "1024x1024.webp"],
])(
	"%s with %j delivers what it promises at its price",
	async (model, input, cost, picture) => {
		const sandbox = await start();
		const { json } = await call(sandbox, `/v1/models/${model}/runs`, {
			body: { input: { prompt: "x", ...input } },
		});
		const run = await call(sandbox, `/v1/runs/${json.id}`);

		expect(run.json.cost).toBe(cost);
		for (const { width, height, url } of list(run.json.output?.outputs)) {
			const extension = extname(new URL(String(url)).pathname);
			expect(`${width}x${height}${extension}`).toBe(picture);
		}
	},
);

test.each<[string, object, string]>([
	[pro, { width: 1441 }, "width"],
	[lightning, { steps: 13 }, "steps"],
	[lightning, { guidance: "high" }, "guidance"],
	[gpt, { num_images: 5 }, "num_images"],
	[gpt, { seed: 5 }, "seed"],
	[gpt, { output_format: "webp" }, "output_format"],
	[gpt, { image_size: "huge" }, "image_size"],
	[gpt, { image_size: "1024x1024" }, "image_size"],
	[gpt, { image_size: "auto" }, "image_size"],
	[gpt, { image_size: { width: 1024 } }, "image_size"],
	[gpt, { image_size: { width: 1000, height: 1024 } }, "image_size"],
	[gpt, { image_size: { width: 3856, height: 2048 } }, "image_size"],
	[gpt, { image_size: { width: 3200, height: 1024 } }, "image_size"],
	[gpt, { image_size: { width: 512, height: 512 } }, "image_size"],
	[gpt, { image_size: { width: 3840, height: 3840 } }, "image_size"],
	[gpt, { sync_mode: "yes" }, "sync_mode"],
	[`${gpt}/edit`, {}, "image_urls"],
	[`${gpt}/edit`, { image_urls: [] }, "image_urls"],
	[`${gpt}/edit`, { image_urls: "one" }, "image_urls"],
	[`${klein}/edit`, {}, "image_urls"],
	[`${klein}/edit`, { image_urls: [photo], image_url: photo }, "image_url"],
	[`${ultra}/edit`, {}, "image_url"],
	[`${ultra}/edit`, { image_url: "runflow://assets/nothing" }, "image_url"],
	[`${ultra}/edit`, { image_url: "file:///etc/passwd" }, "image_url"],
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

	expect(await request(ultra, {})).toMatchObject([{ width: 64, height: 48 }]);
	expect(await request(pro, { width: 512 })).toMatchObject([
		{ width: 512, height: 48 },
	]);
});
