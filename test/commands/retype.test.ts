import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { retype, withSandbox } from "../../src/commands/retype.ts";

it("writes a command line that a shell reads as the same words", () => {
	expect(retype(["a cat's hat", "-o", "out/{seed}.jpg", "--seed=7"])).toBe(
		"flux-ultra 'a cat'\\''s hat' -o 'out/{seed}.jpg' --seed=7",
	);
});

it("spells out what a terminal would act on", () => {
	expect(retype(["a\nb\tc's \\ \u202e\x07f"])).toBe(
		`flux-ultra "$(printf %b 'a\\nb\\0011c'\\''s \\\\ \\0342\\0200\\0256\\0007f')"`,
	);
});

it.each([
	"a nice\ncat",
	'it\'s a cat `touch hit`\n$(touch hit) "$HOME" \\n \\033 %s',
	"\u001b[31m7\u0085\u202ered\t",
	"two at the end\n\n",
	"\n",
])("any POSIX shell reads %j as the same word", (word) => {
	const { stdout, stderr } = spawnSync("sh", [
		"-c",
		`printf %s. ${retype([word]).slice("flux-ultra ".length)}`,
	]);
	expect([`${stdout}`, `${stderr}`]).toEqual([`${word}.`, ""]);
});

it.each([
	["https://s3.test/a.png?X-Signature=secret&b=1", "…"],
	["--image=https://s3.test/a.png?sig=secret", "--image=…"],
	["https://user:secret@hook.test/x?token=secret", "…"],
])("leaves out what may be a secret in %s", (word, shown) => {
	expect(retype(["-i", word])).toBe(`flux-ultra -i '${shown}'`);
});

it.each([
	[["a fox"], ["a fox", "--sandbox"]],
	[
		["--", "fox"],
		["--sandbox", "--", "fox"],
	],
	[
		["batch", "rows.txt", "--sandbox"],
		["batch", "rows.txt", "--sandbox"],
	],
])("%j is for the sandbox wherever it is run", (argv, expected) => {
	expect(withSandbox(argv, "sandbox")).toEqual(expected);
	expect(withSandbox(argv, "https://api.runflow.io")).toEqual(argv);
});
