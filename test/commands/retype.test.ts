import { expect, it } from "vitest";
import { retype } from "../../src/commands/retype.ts";

it("writes a command line that a shell reads as the same words", () => {
	expect(retype(["a cat's hat", "-o", "out/{seed}.jpg", "--seed=7"])).toBe(
		"flux-ultra 'a cat'\\''s hat' -o 'out/{seed}.jpg' --seed=7",
	);
});

it.each([
	["https://s3.test/a.png?X-Signature=secret&b=1", "https://s3.test/a.png?…"],
	[
		"--image=https://s3.test/a.png?sig=secret",
		"--image=https://s3.test/a.png?…",
	],
	["https://user:secret@hook.test/x?token=secret", "https://hook.test/x?…"],
])("leaves out what may be a secret in %s", (word, shown) => {
	expect(retype(["-i", word])).toBe(`flux-ultra -i '${shown}'`);
});
