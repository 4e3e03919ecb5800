import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, it } from "vitest";
import { describeCommands } from "../../src/commands/grammar/describe-commands.ts";
import { makeManPage } from "../../src/man-page.ts";
import { createProgram } from "../../src/program.ts";
import type { Runtime } from "../../src/runtime.ts";

const file = resolve(import.meta.dirname, "../../man/flux-ultra.1");
const hasMan = spawnSync("which", ["man"]).status === 0;

it("npm finds the page: of a list alone it makes links", () => {
	const text = readFileSync(resolve(file, "../../package.json"), "utf8");
	expect(JSON.parse(text).man).toEqual(["man/flux-ultra.1"]);
});

it("what is shipped was made of this grammar", () => {
	const page = readFileSync(file, "utf8");
	const [, date = ""] = /^\.TH \S+ 1 (\S+)/.exec(page) ?? [];
	expect(date).toMatch(/^\d{4}-\d\d-\d\d$/);
	expect(page).toBe(makeManPage(date));
});

it.skipIf(!hasMan)(
	`it is shown without a warning, with every command and option${hasMan ? "" : " (left out: there is no man)"}`,
	() => {
		const argv = ["--warnings", "-l", "-Tutf8", file];
		const { status, stdout, stderr } = spawnSync("man", argv, {
			encoding: "utf8",
		});
		expect([status, stderr]).toEqual([0, ""]);
		// Bold is a letter struck twice.
		const shown = stdout.replaceAll(/.[\b]/g, "").replaceAll(/\s+/g, " ");
		const program = createProgram({} as Runtime, () => {});
		for (const { usage, description, options } of describeCommands(program)) {
			expect(shown).toContain(usage.replace(/^flux-ultra |\n.*/g, ""));
			expect(shown).toContain(description);
			for (const option of options) {
				expect(shown).toContain(option.flags.join(", "));
				expect(shown).toContain(option.description);
			}
		}
	},
);
