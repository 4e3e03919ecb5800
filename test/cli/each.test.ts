import { describe, expect, it } from "vitest";
import { readTable, wordsOf } from "./read-table.ts";
import { createWorld, type Json, type Outcome, refused } from "./world.ts";

const mug = "a {red|blue} mug on {oak|slate}";

/** What was ordered of the service, in the order of the requests. */
function inputsOf({ orders }: Outcome): readonly Json[] {
	return orders.map(({ input }) => input);
}

it("makes an image of each combination, named by the words, of one seed that is made", async () => {
	const world = await createWorld();
	const words = [mug, "--each", "-o", "mugs/{1}-{2}.jpg", "-p", "1", "--json"];
	const outcome = await world.run(words);
	const { seed } = outcome.records[0];
	expect(outcome.stderr).toContain(
		'4 images from "a red mug on oak" to "a blue mug on slate", 4 to buy for $0.24\n',
	);
	expect([outcome.code, inputsOf(outcome)]).toEqual([
		0,
		[
			"red mug on oak",
			"red mug on slate",
			"blue mug on oak",
			"blue mug on slate",
		].map((rest) => ({ prompt: `a ${rest}`, seed })),
	]);
	expect(world.files()).toEqual([
		"mugs/blue-oak.jpg",
		"mugs/blue-slate.jpg",
		"mugs/red-oak.jpg",
		"mugs/red-slate.jpg",
	]);
});

it("--dry-run lists each with its seed, price, file and prompt, and what it all costs", async () => {
	const world = await createWorld();
	const plan = (...words: readonly string[]) =>
		world.run(["a {red|blue} mug", "--each", "--dry-run", ...words]);
	expect(await plan("--seeds", "7,9")).toMatchObject({
		code: 0,
		stdout: [
			"1\t7\t0.06\ta-red-mug-7.jpg\ta red mug\n",
			"2\t7\t0.06\ta-blue-mug-7.jpg\ta blue mug\n",
			"3\t9\t0.06\ta-red-mug-9.jpg\ta red mug\n",
			"4\t9\t0.06\ta-blue-mug-9.jpg\ta blue mug\n",
		].join(""),
		stderr: "4 planned of 4 · $0.24 · 0 s\n",
		sent: [],
	});
	const { stdout } = await plan("-n", "2");
	expect(stdout.match(/\tfresh\t/g)).toHaveLength(4);
});

it("without --each braces are text, which a note says before it is sent", async () => {
	const world = await createWorld();
	const note =
		'note: "{red|blue}" is sent as it stands; --each makes an image of each choice\n';
	const plan = await world.run([mug, "-s", "7", "--dry-run"]);
	expect(plan.stderr).toContain(note);
	const outcome = await world.run([mug, "-s", "7"]);
	expect(inputsOf(outcome)).toEqual([{ prompt: mug, seed: 7 }]);
	expect(outcome.stderr.indexOf(note)).toBe(0);
	const other = await world.run(["a {{red|blue}} {mug} | {", "--dry-run"]);
	expect(other.stderr).not.toContain("note:");
});

it("takes a list from a file, and the prompt from stdin", async () => {
	const world = await createWorld();
	world.write("colours.txt", "\ufeff red \r\n\n deep blue\nred\n");
	const words = ["--each", "-s", "7", "-o", "{1}.jpg", "--json"];
	const { code, records } = await world.run(words, {
		stdin: "a {file:colours.txt} mug\n",
	});
	expect([code, records.map(({ prompt }) => prompt).sort()]).toEqual([
		0,
		["a deep blue mug", "a red mug"],
	]);
	expect(world.files()).toEqual(["colours.txt", "deep blue.jpg", "red.jpg"]);
});

describe("exit 2 before anything is sent:", () => {
	it.each(
		readTable(`
a list that is not there | "a {file:woods.txt} mug" --each | cannot read woods.txt: there is no such file
a folder | "{file:.} mug" --each | cannot read .: it is a folder
an empty list | "a {file:empty.txt} mug" --each | empty.txt holds no words
a list that is no text | "a {file:bytes.txt} mug" --each | bytes.txt is not text in UTF-8
a list without an end | "a {file:/dev/zero} mug" --each | /dev/zero is longer than 1 MiB
a list without a name | "{file:} mug" --each | names no file
a prompt without choices | "a mug" --each | finds no choice
--sample alone | "a {red|blue} mug on {oak|slate}" --sample 2 | --sample draws from what --each makes
--sample 0 | "a {red|blue} mug on {oak|slate}" --each --sample 0 | --sample
too many combinations | {a|b}{a|b}{a|b}{a|b}{a|b}{a|b}{a|b}{a|b}{a|b}{a|b}{a|b}{a|b}{a|b}{a|b}{a|b}{a|b}{a|b}{a|b}{a|b}{a|b} --each | the prompt has more than a million combinations
too many images | "a {red|blue} mug on {oak|slate}" --each -n 251 | all combinations with each seed are 1004 images; at most 1000
stdout | "a {red|blue} mug on {oak|slate}" --each -o - | -o - takes one image
one name for all | "a {red|blue} mug on {oak|slate}" --each -o mug.jpg | 4 images would share the name mug.jpg | tell them apart: -o "mug-{1}-{2}.jpg"
one name for all, of two seeds | "a {red|blue} mug on {oak|slate}" --each --seeds 1,2 -o mug.jpg | -o "mug-{1}-{2}-{seed}.jpg"
names that leave a choice out | "a {red|blue} mug on {oak|slate}" --each -o {1}-{seed}.jpg | put {1}-{2} or {index} in the template
a choice that there is not | "a {red|blue} mug on {oak|slate}" --each -o {3}.jpg | unknown placeholder {3}
more than may be spent | "a {red|blue} mug on {oak|slate}" --each --max-cost 0.20 | this costs $0.24, more than the limit of $0.20
`),
	)("%s", async (_what, line, ...messages) => {
		const world = await createWorld();
		world.write("empty.txt", "\n \n");
		world.write("bytes.txt", new Uint8Array([0xff, 0xfe, 0x41, 0]));
		const { code, stderr, sent } = await world.run(wordsOf(line));
		expect([code, sent]).toEqual([line.includes("--max-cost") ? 5 : 2, []]);
		for (const message of messages) expect(stderr).toContain(message);
	});
});

it("more than $1 is asked about first", async () => {
	const world = await createWorld();
	expect(
		await world.run([
			...["{1|2|3|4|5} {a|b|c|d} mugs", "--each", "-o", "mugs"],
		]),
	).toMatchObject(refused("20 images for $1.20 is more than $1", 5));
});

describe("the same command again", () => {
	it("leaves what is there, fetches what is gone, and buys what is new", async () => {
		const world = await createWorld();
		const run = (colours: string) =>
			world.run([
				...[`a {${colours}} mug`, "--each", "-s", "7", "-o", "m", "--json"],
			]);
		const told = ({ code, records }: Outcome) => [
			code,
			Object.fromEntries(
				records.map(({ prompt, status, cost_usd }) => [
					prompt.split(" ")[1],
					`${status} ${cost_usd}`,
				]),
			),
		];
		expect((await run("red|blue")).code).toBe(0);
		expect(told(await run("red|blue"))).toEqual([
			0,
			{ red: "skipped 0", blue: "skipped 0" },
		]);
		world.remove("m/a-red-mug-7.jpg");
		expect(told(await run("black|red|blue"))).toEqual([
			0,
			{ black: "saved 0.06", red: "saved 0", blue: "skipped 0" },
		]);
		expect(world.bought()).toBe(3);
	});

	it("is refused where another picture is in the place of one of them", async () => {
		const world = await createWorld();
		const words = ["a {red|blue} mug", "--each", "-s", "7", "-o", "{1}.jpg"];
		await world.run(words);
		world.write("red.jpg", "mine");
		expect(await world.run(words)).toMatchObject(refused("red.jpg exists"));
	});

	it("finishes what was cut short, with the seed and the sample that it had", async () => {
		const world = await createWorld({ faults: ["post:no-credit@2-9"] });
		const draw = ["{a|b|c} {1|2|3} mug", "--each", "--sample", "3"];
		const words = [...draw, "-o", "m/", "-p", "1", "--json"];
		const first = await world.run(words);
		expect([first.code, world.files().length]).toEqual([3, 1]);
		world.faults();
		const again = await world.run(words);
		const asked = (outcome: Outcome) =>
			outcome.records.map(({ prompt, seed }) => [prompt, seed]);
		expect(again.code).toBe(0);
		expect(asked(again)).toEqual(asked(first));
		expect(new Set(again.records.map(({ seed }) => seed)).size).toBe(1);
		expect(world.bought()).toBe(3);
	});
});

it("--sample draws by the seed: the same ones each time, and a larger one has them too", async () => {
	const world = await createWorld();
	const draw = async (...words: readonly string[]) => {
		const all = ["{a|b|c|d} {1|2|3|4} mug", "--each", "--dry-run", "--sample"];
		const { stdout } = await world.run([...all, ...words]);
		return stdout
			.trim()
			.split("\n")
			.map((line) => line.split("\t")[4]);
	};
	const four = await draw("4", "-s", "42");
	expect(new Set(four).size).toBe(4);
	expect(await draw("4", "-s", "42")).toEqual(four);
	expect((await draw("6", "-s", "42")).slice(0, 4)).toEqual(four);
	expect(await draw("4", "-s", "43")).not.toEqual(four);
	expect(await draw("4")).toEqual(await draw("4"));
});

it("--from gives the seed of an image to other words", async () => {
	const world = await createWorld();
	await world.run(["a red mug", "-s", "7", "-o", "red.jpg"]);
	const words = ["--from", "red.jpg", "--each", "a {blue|black} mug"];
	const outcome = await world.run([...words, "-o", "{1}.jpg", "-p", "1"]);
	expect(inputsOf(outcome)).toEqual([
		{ prompt: "a blue mug", seed: 7 },
		{ prompt: "a black mug", seed: 7 },
	]);
});
