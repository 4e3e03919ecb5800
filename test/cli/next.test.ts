import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { readTable, wordsOf } from "./read-table.ts";
import { createWorld, type Json, type World } from "./world.ts";

/** Runs a command as a shell reads it. */
function runNext(world: World, { command }: Json) {
	const script = `flux-ultra() { printf '%s\\0' "$PWD" "$@"; }; ${command}`;
	const [cwd = "", ...argv] = execFileSync("bash", ["-c", script], {
		cwd: world.cwd,
		encoding: "utf8",
	})
		.slice(0, -1)
		.split("\0");
	return world.run(argv, { cwd });
}

const odd = `it's 5 "dollars" ($HOME)\n`;

it.each([
	["given up waiting for", ["--timeout", "1s"], []],
	["submitted", ["--no-wait"], []],
	["lost on its way", [], ["image:404"]],
	["of which nobody knows", [], ["post:reset-after", "list:no-lookup"]],
])("next brings what is %s, free of charge", async (_, more, faults) => {
	const world = await createWorld({ faults });
	const words = ["a fox", "-o", "fox.jpg", "--json"];
	const [{ next }] = (await world.run([...words, ...more])).records;
	expect(next).toEqual({ command: "flux-ultra resume", effect: "free" });
	world.faults();
	expect((await runNext(world, next)).code).toBe(0);
	expect([world.files(), world.bought()]).toEqual([["fox.jpg"], 1]);
});

it.each([
	["one image", ["-o", "fox.jpg"], 1],
	[
		"some of several with fresh seeds",
		["--count", "3", "-p", "1", "-o", "f/"],
		3,
	],
])(
	"next buys what was never bought of %s, and nothing else",
	async (_, more, images) => {
		const world = await createWorld({ faults: ["run:failed@1"] });
		const failed = await world.run([odd, ...more, "--json"]);
		const [next, ...others] = failed.records.flatMap((one) => one.next ?? []);
		expect([next.effect, others]).toEqual(["spends", []]);
		expect((await runNext(world, next)).code).toBe(0);
		expect(world.files()).toHaveLength(images);
		// One run failed.
		expect(world.sandbox.summary().runs).toBe(images + 1);
	},
);

it("next of a row is the same batch, which buys that row alone", async () => {
	const world = await createWorld({ faults: ["run:failed@2"] });
	world.write("rows.txt", "a fox\na cat\na dog\n");
	const words = ["batch", "rows.txt", "-o", "out/", "-p", "1", "--json"];
	const { records } = await world.run(words);
	const [next, ...others] = records.flatMap((one) => one.next ?? []);
	expect(others).toEqual([]);
	const again = await runNext(world, next);
	expect(again.records.map(({ status }) => status).sort()).toEqual([
		...["saved", "skipped", "skipped"],
	]);
});

it.each<[string, readonly string[], readonly string[], string?]>([
	["--force would buy all anew", ["a fox", "-f"], ["run:failed"]],
	["the prompt came by stdin", ["-o", "fox.jpg"], ["run:failed"], "a fox"],
	["moderation says no again", ["a fox"], ["run:moderated"]],
	[
		"a signed address was left out",
		["a fox", "--callback-url", "https://hook.test/?token=1"],
		["run:failed"],
	],
	[
		"some images of its run are there",
		["icons for a map", "-m", "klein", "--param", "num_images=4", "-o", "i/"],
		["run:partial"],
	],
	["consent is for somebody to give", ["a fox", "--count", "20"], []],
])("there is no next where %s", async (_, words, faults, stdin) => {
	const world = await createWorld({ faults });
	const { records } = await world.run(
		[...words, "--json"],
		stdin === undefined ? {} : { stdin },
	);
	expect(records.some(({ error }) => error)).toBe(true);
	expect(records.filter(({ next }) => next)).toEqual([]);
});

it.each(
	readTable(`
a red fox --json | flux-ultra "a red fox" --json | spends
resme --json | flux-ultra resume | free
btach rows.txt --json | flux-ultra batch rows.txt --json --dry-run | free
"a fox" --param foo=1 --json | flux-ultra models show ultra | free
`),
)(
	"%s: the error names the command that is meant",
	async (line, command, effect) => {
		const world = await createWorld();
		const [record] = (await world.run(wordsOf(line))).records;
		expect(record).toMatchObject({
			status: "error",
			next: { command, effect },
		});
		expect(record.error.hint).toContain(command);
	},
);

it("next stays in the sandbox that a variable asked for", async () => {
	const world = await createWorld();
	const env = { FLUX_ULTRA_SANDBOX: "1" };
	const words = ["a fox", "-o", "fox.jpg", "--no-wait", "--json"];
	const [{ next }] = (await world.run(words, { env })).records;
	expect(next.command).toBe("flux-ultra resume --sandbox");
});
