import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openCatalogueStore } from "../../src/models/catalogue-store.ts";
import type { Model, ModelInput } from "../../src/models/model.ts";
import { findModel } from "../models/find-model.ts";
import { purchases } from "../orders/rows-world.ts";
import { picture } from "./paint.ts";
import { createWorld, type World } from "./world.ts";

/* What the live catalogue calls things is no part of what was asked for. */

/** A model as the live catalogue of the service may describe it tomorrow. */
async function describeLive(
	{ state, sandbox, clock }: World,
	name: string,
	inputs: (input: ModelInput) => readonly ModelInput[],
) {
	const model = findModel(name);
	const live: Model = {
		...model,
		inputs: model.inputs?.flatMap(inputs),
		source: "catalogue",
	};
	const folder = join(state, "catalogue");
	const store = openCatalogueStore(folder, () => clock.now());
	await store.save(sandbox.apiUrl, [live]);
}

const without = (...names: readonly string[]) => ({
	inputs: (input: ModelInput) => (names.includes(input.name) ? [] : [input]),
});
const renamed = (names: Readonly<Record<string, string>>) => ({
	inputs: (input: ModelInput) => [
		{ ...input, name: names[input.name] ?? input.name },
	],
});
const imageUrl: ModelInput = { name: "image_url", kind: "image" };

describe.each([
	{
		what: "the image",
		model: "ultra-edit",
		words: ["-i", "in.png", "--assume-price", "0.1"],
		live: without("image_url"),
	},
	{
		what: "which model starts from an image",
		model: "ultra",
		words: ["-i", "in.png", "--assume-price", "0.1"],
		live: {
			inputs: (input: ModelInput) =>
				input.name === "seed" ? [input, imageUrl] : [input],
		},
	},
	{
		what: "steps and guidance",
		model: "lightning",
		words: ["--steps", "4", "--guidance", "2"],
		live: renamed({ steps: "num_inference_steps", guidance: "guidance_scale" }),
	},
	{
		what: "a size",
		model: "lightning",
		words: ["--size", "1024x1024"],
		live: {
			inputs: (input: ModelInput): readonly ModelInput[] => {
				if (input.name === "height") return [];
				if (input.name !== "width") return [input];
				return [{ name: "image_size", kind: "size" }];
			},
		},
	},
	{
		what: "the format that a file's name asks for",
		model: "klein",
		words: [],
		live: without("output_format"),
	},
])("where the service calls $what otherwise", ({ model, words, live }) => {
	it.each([
		["the same command", ["a fox", "-s", "7", "-o", "fox.jpg", "--yes"]],
		["the same batch", ["batch", "rows.txt", "-o", "{slug}.jpg", "--yes"]],
	])("%s buys nothing again", async (_what, command) => {
		const world = await createWorld({ latencyMs: 500 });
		world.write("in.png", await picture({ prompt: "in" }));
		world.write("rows.txt", "a fox\n");
		const all = [...command, "-m", model, ...words, "--json"];
		expect(await world.run(all)).toMatchObject({ code: 0 });
		world.remove(command.includes("batch") ? "a-fox.jpg" : "fox.jpg");
		await describeLive(world, model, live.inputs);
		const again = await world.run(all);
		expect(again.records).toMatchObject([{ status: "saved", charged: "no" }]);
		expect(purchases(again)).toBe(0);
	});
});
