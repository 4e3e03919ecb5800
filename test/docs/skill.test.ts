import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { exitCodes } from "../../src/errors.ts";
import { recordSchemas } from "../../src/record-schema.ts";

const page = readFileSync("SKILL.md", "utf8");
const [, head = "", body = ""] = page.split(/^---$/m);

it("SKILL.md says in a few words what it is for, and all else on less than 200 lines", () => {
	const { name, description } = parse(head);
	expect(name).toBe("flux-ultra");
	// Of English words and figures about 75 % of the tokens.
	expect(`${name} ${description}`.split(/\s+/).length).toBeLessThan(75);
	expect(body.split("\n").length).toBeLessThan(200);
});

it("SKILL.md says what to do at every exit code and at every status of a record", () => {
	const listed = [...body.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => code);
	const codes = new Set([0, 3, ...Object.values(exitCodes)]);
	expect(listed.map(Number)).toEqual([...codes].sort((a, b) => a - b));
	for (const status of Object.keys(recordSchemas))
		if (status !== "unfinished") expect(body).toContain(`\`${status}\``);
});
