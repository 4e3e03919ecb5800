import { existsSync, readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, it } from "vitest";
import { settingNames } from "../../src/settings/settings.ts";
import { createWorld, type World } from "../cli/world.ts";

/** What the words may end in, without what it is. */
async function endsOf(
	world: World,
	...words: readonly string[]
): Promise<readonly string[]> {
	const { code, stdout, stderr, sent } = await world.run([
		"__complete",
		...words,
	]);
	expect({ code, stderr, sent }).toEqual({ code: 0, stderr: "", sent: [] });
	return stdout.split("\n").flatMap((line) => line.split("\t")[0] || []);
}

it.each<[string, readonly string[]]>([
	["re", ["resume"]],
	["runs ", ["list", "show", "fetch", "wait", "logs"]],
	["--sandbox runs l", ["list", "logs"]],
	["a. ", []],
	["a. --se", ["--seed", "--seeds"]],
	["a. --seed 7 --se", ["--seeds"]],
	["-i x.jpg --ima", ["--image"]],
	["-- --se", []],
	["spend --by ", ["day", "model", "project", "month"]],
	["spend --by m", ["model", "month"]],
	["spend --by=m", ["--by=model", "--by=month"]],
	["-fm ul", ["ultra", "ultra-edit"]],
	["models show ul", ["ultra", "ultra-edit"]],
	["config set ", settingNames],
	["config set ask ", ["always"]],
	["config set preview ", ["true", "false"]],
	["config set model ul", ["ultra", "ultra-edit"]],
	["config set timeout ", []],
	["-o ", [":files"]],
	["--mask=", [":files"]],
	["batch -", expect.arrayContaining(["--output", "--update"])],
	["batch ", [":files"]],
	["verify a.jpg ", [":files"]],
	["show a.jpg ", []],
	["help runs w", ["wait"]],
	["help exi", ["exit-codes"]],
	["export a.jpg --to a4", ["a4"]],
	["export a.jpg --crop c", ["centre"]],
	["completion ", ["bash", "zsh", "fish", "powershell"]],
	["sandbox --fault image:cut", expect.arrayContaining(["image:cut"])],
	["sandbox --as ", expect.arrayContaining(["no-lookup"])],
	["nothing of that ", []],
	['runs ""', ["list", "show", "fetch", "wait", "logs"]],
])("%j may go on with %j", async (line, ends) => {
	const world = await createWorld();
	expect(await endsOf(world, ...line.split(" "))).toEqual(ends);
	expect(existsSync(world.state)).toBe(false);
});

it("runs are those from here, unfinished ones first, each once", async () => {
	const world = await createWorld();
	const bought = await world.run(["a\tfox", "-o", "x.jpg", "--json"]);
	const left = await world.run(["a. b", "--no-wait", "--json"]);
	const ids = [left, bought].map(({ records }) => records[0].run_id);
	expect(await endsOf(world, "runs", "show", "")).toEqual(ids);
	const [, id = ""] = ids;
	const { stdout } = await world.run(["__complete", "runs", "wait", id]);
	expect(stdout).toBe(`${id}\ta\\tfox\n`);
	expect(await endsOf(world, "--sandbox", "runs", "show", "")).toEqual([]);
});

it("a shell that is not known is told which there are", async () => {
	const world = await createWorld();
	const { code, stderr } = await world.run(["completion", "pwsh"]);
	expect([code, stderr]).toEqual([
		2,
		`error: command-argument value 'pwsh' is invalid for argument 'shell'. Allowed choices are bash, zsh, fish, powershell.
  see flux-ultra completion --help
`,
	]);
});

it("each script is printed as it is shipped", async () => {
	const folder = resolve(import.meta.dirname, "../../completions");
	const world = await createWorld();
	const printed: string[] = [];
	for (const shell of ["bash", "zsh", "fish", "powershell"])
		printed.push((await world.run(["completion", shell])).stdout);
	const shipped = readdirSync(folder).map((name) =>
		readFileSync(resolve(folder, name), "utf8"),
	);
	expect(printed.sort()).toEqual(shipped.sort());
});
