import { expect, test } from "vitest";
import { createWorld } from "../cli/world.ts";
import { codeOf } from "./page.ts";

const blocks = codeOf("../README.md");
const record = JSON.parse(
	blocks.find(({ language }) => language === "json")?.code ?? "",
);
const shown = blocks.find(({ language }) => language === "console")?.code ?? "";

test("the record that the README shows has the names of a real one, in their order", async () => {
	const world = await createWorld();
	const { records } = await world.run(["a garden", "-o", "x.jpg", "--json"]);
	expect(Object.keys(record)).toEqual(Object.keys(records[0]));
});

test("the line that the README shows is the one of its record", async () => {
	const [, ...parts] =
		/✔ (\S+) {2}(\d+) × (\d+) · .* · seed (\d+) · /.exec(shown) ?? [];
	const { file, width, height, seed } = record;
	expect(parts).toEqual([file, width, height, seed].map(String));
});
