import { expect, it } from "vitest";
import { firstScreen } from "../../src/commands/grammar/first-screen.ts";
import { environment } from "../../src/environment.ts";
import { exitCodes } from "../../src/errors.ts";
import { createProgram } from "../../src/program.ts";
import type { Runtime } from "../../src/runtime.ts";
import { wordsOf } from "./read-table.ts";
import { createWorld } from "./world.ts";

const program = createProgram({} as Runtime, () => {});

async function help(line: string): Promise<string> {
	const { code, stdout, stderr } = await (await createWorld()).run(
		line.split(" "),
	);
	expect([code, stderr]).toEqual([0, ""]);
	return stdout;
}

it("--help is one screen, with a row left for the next line", async () => {
	const text = await help("--help");
	expect(text).toBe(firstScreen);
	const rows = text.split("\n");
	expect(rows.length).toBeLessThanOrEqual(24);
	expect(rows.filter((row) => row.length > 80)).toEqual([]);
});

it("it names every command, and options as they are", () => {
	const [, commands = ""] = /Commands:\n(.*?)\n\n/s.exec(firstScreen) ?? [];
	const named = commands
		.split("\n")
		.flatMap((row) => row.trim().split(/\s+/).slice(1));
	const names = program.commands.map((command) => command.name());
	expect([...named, "help"].sort()).toEqual(names.sort());
	const [, options = ""] = /\nOptions.*?:\n(.*)/s.exec(firstScreen) ?? [];
	const flags = options.match(/(-\w, )?--[a-z-]+( <\w+>)?/g) ?? [];
	expect(flags).toHaveLength(10);
	const known = program.options.map((option) =>
		option.flags.replace("|url", ""),
	);
	expect(flags.filter((flag) => !known.includes(flag))).toEqual([]);
});

it("its examples run, one after the other", async () => {
	const world = await createWorld();
	world.write("prompts.txt", "a red fox\n");
	const examples = [...firstScreen.matchAll(/^ {2}flux-ultra (.*?) {2}/gm)];
	expect(examples).toHaveLength(6);
	for (const [, line = ""] of examples) {
		// The service of this world is a sandbox: another one would know nothing of its clock.
		const asked = line.replace("--sandbox ", "");
		const words = wordsOf(asked);
		const stdin = "rf_live_0123456789abcdefSECRET\n";
		const { code } = await world.run(words, { stdin });
		expect([line, code]).toEqual([line, 0]);
	}
});

it("the rest is in topics, and all of it on one page", async () => {
	const all = await help("--help --all");
	expect(await help("--all -h")).toBe(all);
	const options = await help("help options");
	for (const { flags } of program.options) expect(options).toContain(flags);
	expect(options).not.toContain("gallery");
	const exits = await help("help exit-codes");
	for (const code of Object.keys(exitCodes)) expect(exits).toContain(code);
	const variables = await help("help environment");
	for (const name of Object.keys(environment))
		expect(variables).toContain(name);
	for (const topic of [exits, variables, await help("help output")])
		expect(all).toContain(topic);
	for (const row of all.split("\n")) expect(row.length).toBeLessThanOrEqual(80);
});

it("help of a verb is that verb's", async () => {
	const own = await help("runs wait --help");
	expect(own).toMatch(/^Usage: flux-ultra runs wait /);
	expect(await help("help runs wait")).toBe(own);
});

it.each([
	["spend", ["Options", "Common options"]],
	["runs fetch", ["Options", "Common options"]],
	["models list", ["Options", "Common options"]],
	["balance", ["Common options"]],
])("%s has its own options apart from those of all", async (line, headings) => {
	const text = await help(`${line} --help`);
	const groups = [...text.matchAll(/^(\w.*):\n((?: .*\n)+)/gm)];
	expect(groups.map(([, heading]) => heading)).toEqual(headings);
	const flags = groups.at(-1)?.[2]?.match(/^ {2}--?[a-z-]+/gm) ?? [];
	expect(flags.map((flag) => flag.trim())).toEqual(
		"--json -q -v --trace --sandbox --no-color -h".split(" "),
	);
});

it.each(["help options", "batch --help"])(
	"%s: every option is under a heading that says what it is for",
	async (line) => {
		expect(await help(line)).not.toContain("\nOptions:\n");
	},
);
