import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { recipeOf } from "../../src/origin/recipe.ts";
import { imageOf, readSidecar } from "../../src/origin/sidecar.ts";
import { temporaryFolder } from "../temporary-folder.ts";

/** As version 0.1.0 wrote it for `-o out/fox.png`, typed in the folder above. */
const old = {
	version: 1,
	prompt: "a fox",
	seed: 7,
	model: "openai/gpt-image-2/edit",
	inputs: { image_urls: ["/home/me/photo.jpg"], quality: "low" },
	client_ref: "019e-ref",
	index: 1,
	sandbox: false,
	status: "saved",
	file: "out/fox.png",
	bytes: 1_834_021,
	width: 1024,
	height: 1024,
	format: "png",
	sha256: "ab".repeat(32),
	run_id: "019e-run",
	charged: "yes",
	cost_usd: 0.133,
	submitted_at: "2026-11-22T10:00:00.000Z",
	run_ms: 9_123,
	total_ms: 9_874,
};

it("a sidecar of 0.1.0 is read, from whichever folder, and tells what to ask for again", async () => {
	const file = join(temporaryFolder(), "fox.png.json");
	writeFileSync(file, JSON.stringify(old));
	const sidecar = await readSidecar(file);
	expect(sidecar && imageOf(file, sidecar)).toBe(file.replace(".json", ""));
	expect(sidecar && recipeOf(sidecar)).toEqual({
		prompt: "a fox",
		seed: 7,
		model: "openai/gpt-image-2/edit",
		images: ["/home/me/photo.jpg"],
		mask: undefined,
		sha256: new Map(),
		inputs: { quality: "low" },
	});
});

it("the seed that the service took makes the image again, and not the one that was asked for", () => {
	expect(recipeOf({ ...old, seed_used: 8 }).seed).toBe(8);
	expect(recipeOf({ ...old, seed: null }).seed).toBeUndefined();
});
