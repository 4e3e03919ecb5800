import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createShell } from "../cli/shell.ts";
import { createWorld } from "../cli/world.ts";
import { codeOf } from "./page.ts";

const readme = codeOf("../README.md");
const record = JSON.parse(
	codeOf("output.md").find(({ language }) => language === "json")?.code ?? "",
);

test("the record that the documentation shows has the names of a real one, in their order", async () => {
	const world = await createWorld();
	const { records } = await world.run(["a garden", "-o", "x.jpg", "--json"]);
	expect(Object.keys(record)).toEqual(Object.keys(records[0]));
});

test("the line that the README shows is the one of that record", () => {
	const shown = readme.find(({ language }) => language === "console")?.code;
	const [, ...parts] =
		/✔ (\S+) {2}(\d+) × (\d+) · .* · seed (\d+) · /.exec(shown ?? "") ?? [];
	const { file, width, height, seed } = record;
	expect(parts).toEqual([file, width, height, seed].map(String));
});

const script = readme.find(({ code }) => code.startsWith("#!"))?.code ?? "";

test.skipIf(process.platform === "win32").for<[string[], number, string]>([
	[[], 0, ""],
	[["moderated@1"], 3, "some are missing; report.csv says which and why"],
	[["moderated"], 6, "some are missing; report.csv says which and why"],
	[["no-credit"], 5, "key, credit or limit: a person has to look"],
	[
		["post:reset-after", "list:forbidden"],
		8,
		"not finished: start this again later, nothing is bought twice",
	],
])(
	"the script of the README meets %j with exit %i",
	async ([faults, exit, words], context) => {
		const shell = await createShell(context, { latencyMs: 50, faults });
		writeFileSync(
			join(shell.cwd, "products.csv"),
			"sku,name,colour\nA1,mug,red\nA2,lamp,blue\n",
		);
		writeFileSync(join(shell.cwd, "shots.sh"), script);
		const { code, stderr } = await shell.sh("exec sh shots.sh");
		expect([code, stderr]).toEqual([exit, expect.stringContaining(words)]);
	},
);
