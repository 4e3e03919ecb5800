import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exampleOf } from "../../src/commands/models/page.ts";
import { family } from "../../src/models/family.ts";
import { createWorld } from "../cli/world.ts";
import { tinyJpeg } from "../tiny-jpeg.ts";

const noKey = { env: { RUNFLOW_API_KEY: undefined } };

describe("the example of a model works as it stands", () => {
	it.each(family)("$name", async (model) => {
		const world = await createWorld(noKey);
		const [, ...words] = (exampleOf(model).match(/"[^"]*"|\S+/g) ?? []).map(
			(word) => word.replaceAll('"', ""),
		);
		if (words.includes("--image"))
			writeFileSync(join(world.cwd, "garden.jpg"), tinyJpeg());
		const outcome = await world.run([...words, "--dry-run"]);
		expect(outcome).toMatchObject({ code: 0, sent: [] });
	});

	it.each([
		["pro", '-m pro "a serene japanese garden" -o garden/'],
		["klein", '-m klein "a serene japanese garden" -o garden.jpg'],
		[
			"gpt-edit",
			'-m gpt-edit "the same garden in deep snow" --image garden.jpg -o snow.png',
		],
	])("%s", (alias, words) => {
		const model = family.find(({ aliases }) => aliases.includes(alias));
		expect(model && exampleOf(model)).toBe(`flux-ultra ${words}`);
	});

	it("and has a place for each input that is needed", () => {
		const [ultra] = family;
		const style = { name: "style", kind: "text", isRequired: true } as const;
		const inputs = [...(ultra?.inputs ?? []), style];
		expect(ultra && exampleOf({ ...ultra, inputs })).toContain(
			'garden" --param style=… -o',
		);
	});
});
