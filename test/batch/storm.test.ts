import { expect, it } from "vitest";
import { systemClock } from "../../src/runtime.ts";
import { createRowsWorld, prompts, statuses } from "../orders/rows-world.ts";

const storm = [
	"post:429/5",
	"post:reset-after/7",
	"poll:reset-before/6",
	"list:reset-before/6",
	"image:cut/4",
];

it.each([
	["with idempotency keys", []],
	["without idempotency keys", ["post:no-idempotency"]],
])(
	"a storm ends with all images and as many purchases, %s",
	async (_how, more) => {
		const world = await createRowsWorld(prompts(24), {
			faults: [...storm, ...more],
		});
		const outcome = await world.batch(["-y", "-p", "6", "--json"]);
		expect([outcome.code, statuses(outcome), world.totals()]).toEqual([
			0,
			{ saved: 24 },
			{ bought: 24, images: 24 },
		]);
		expect(world.jobs()).toEqual([]);
	},
);

it("an image whose five tries are all refused for their number queues up again", async () => {
	const world = await createRowsWorld(prompts(2), {
		faults: ["post:429@1-11"],
	});
	expect(await world.batch(["-p", "1"])).toMatchObject({ code: 0 });
	expect(world.totals()).toEqual({ bought: 2, images: 2 });
});

it("a rate limit that does not end ends the batch: exit 7, nothing charged", async () => {
	const world = await createRowsWorld(prompts(2), { faults: ["post:429"] });
	const outcome = await world.batch(["--json"]);
	expect([outcome.code, statuses(outcome), world.jobs()]).toEqual([
		7,
		{ failed: 2 },
		[],
	]);
});

it("where runs may not be listed each is asked for by itself, and that is told once", async () => {
	// In real time: the clock of a test leaves none of them beside another for long.
	const world = await createRowsWorld(prompts(12), {
		faults: ["list:no-lookup"],
		now: Date.now,
	});
	const outcome = await world.batch(["--json", "--verbose"], {
		runtime: { clock: systemClock },
	});
	expect([outcome.code, world.totals()]).toEqual([
		0,
		{ bought: 12, images: 12 },
	]);
	expect(outcome.stderr.match(/runs can't be listed/g)).toHaveLength(1);
});

it("where runs may not be listed an order without an answer stays unknown, is not bought twice, and stops no other", async () => {
	const world = await createRowsWorld(prompts(8), {
		faults: ["list:no-lookup", "post:reset-after@3"],
	});
	const outcome = await world.batch(["--json"]);
	expect([outcome.code, statuses(outcome), world.totals()]).toEqual([
		3,
		{ saved: 7, pending: 1 },
		{ bought: 8, images: 7 },
	]);
	world.faults();
	expect(await world.batch()).toMatchObject({ code: 0 });
	expect(world.totals()).toEqual({ bought: 8, images: 8 });
});
