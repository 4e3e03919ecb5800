import { describe, expect, it } from "vitest";
import { createRowsWorld, prompts, purchases } from "../orders/rows-world.ts";

it("--limit takes the first rows, and later all of them under the names that they had", async () => {
	const world = await createRowsWorld(prompts(12));
	const words = ["-o", "out/{index}.jpg", "-y"];
	const first = await world.batch([...words, "--limit", "3"]);
	expect([first.code, purchases(first), world.files()]).toEqual([
		0,
		3,
		["out/01.jpg", "out/02.jpg", "out/03.jpg", "rows"],
	]);
	const rest = await world.batch(words);
	expect([rest.code, purchases(rest)]).toEqual([0, 9]);
});

it("counts bad rows, each combination, and a row of several images as one, and reads no further", async () => {
	const rows = [
		'{"prompt": "a mug", "count": 2}',
		'{"prompt": "a {red|blue} mug"}',
		'{"seed": 1}',
	];
	const world = await createRowsWorld(rows);
	const plan = (limit: string) =>
		world.batch(["--each", "--dry-run", "--limit", limit]);
	const [two, three, four] = [
		await plan("2"),
		await plan("3"),
		await plan("4"),
	];
	expect([two, three].map(({ stdout }) => stdout.match(/\n/g)?.length)).toEqual(
		[3, 4],
	);
	expect(four.code).toBe(2);
});

it.each(["0", "-1", "x", "1.5"])(
	"--limit %s is refused before stdin is read",
	async (limit) => {
		const world = await createRowsWorld([]);
		const { code, stderr } = await world.run(["batch", "-", "--limit", limit], {
			tty: { stdin: true },
		});
		expect(code).toBe(2);
		expect(stderr).toContain("--limit");
		expect(stderr).not.toContain("stdin");
	},
);

describe("a budget that is too small says how many of the rows fit", () => {
	it.each([
		["--max-cost", ["--max-cost", "0.31"], 5, 0],
		["--max-cost of a plan", ["--max-cost", "0.31", "--dry-run"], 5, 0],
	])("%s", async (_what, words, code, bought) => {
		const world = await createRowsWorld(prompts(8));
		const outcome = await world.batch(words);
		expect([outcome.code, purchases(outcome)]).toEqual([code, bought]);
		expect(outcome.stderr).toContain(
			"  nothing was bought: 5 of 8 rows fit in $0.31: --limit 5; to buy more, raise the limit\n",
		);
		const fits = [...words, "--limit", "5"];
		expect((await world.batch(fits)).code).toBe(0);
	});

	it("and a plan lists them all before", async () => {
		const world = await createRowsWorld(prompts(2));
		const words = ["--max-cost", "0.06", "--dry-run", "--json"];
		const { code, stdout } = await world.batch(words);
		const told = stdout.match(/(?<="status":")\w+/g);
		expect([code, told]).toEqual([5, ["planned", "planned", "error"]]);
	});

	it("what is there costs nothing, and of a row that makes several none is taken", async () => {
		const world = await createRowsWorld([
			'{"prompt": "a cup"}',
			'{"prompt": "a mug"}',
			'{"prompt": "a jug", "count": 3}',
		]);
		await world.batch(["--limit", "1"]);
		const { stderr } = await world.batch(["--max-cost", "0.20"]);
		expect(stderr).toContain("2 of 3 rows fit in $0.20: --limit 2;");
		const none = await world.batch(["--max-cost", "0.05", "--shard", "2/2"]);
		expect(none.stderr).toContain("1 of 3 rows fits in $0.05: --limit 1;");
	});

	it.each([
		["0.05", "not even one fits in $0.05"],
		["0", "there is nothing left to spend"],
	])("none in $%s: no option is offered", async (limit, words) => {
		const world = await createRowsWorld(prompts(2));
		const { stderr } = await world.batch(["--max-cost", limit]);
		expect(stderr).toContain(`${words}; to buy more, raise the limit`);
	});

	it("the limit of the day, with what is spent of it", async () => {
		const world = await createRowsWorld(prompts(8));
		await world.run(["config", "set", "max-cost-per-day", "0.30"]);
		await world.batch(["--limit", "2"]);
		for (const words of [["--dry-run"], []]) {
			const { stderr } = await world.batch(words);
			expect(stderr).toContain(
				"note: the limit of the day does not pay for all of it, and the batch stops when it is used up: 5 of 8 rows fit in $0.18: --limit 5\n",
			);
		}
		expect(world.totals()).toEqual({ bought: 5, images: 5 });
	});
});
