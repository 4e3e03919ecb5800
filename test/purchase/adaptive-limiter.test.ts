import { setMaxListeners } from "node:events";
import { expect, it } from "vitest";
import { AdaptiveLimiter } from "../../src/purchase/limits/adaptive-limiter.ts";
import { FakeClock } from "../fake-clock.ts";

const never = new AbortController().signal;
setMaxListeners(0, never);

/** A runs with so many at it; those inside and those refused are told of. */
function crowd(most: number, count: number) {
	const clock = new FakeClock();
	const runs = new AdaptiveLimiter(most, clock);
	const inside: number[] = [];
	const refused: unknown[] = [];
	for (let one = 1; one <= count; one += 1)
		runs.acquire(never).then(
			() => inside.push(one),
			(reason) => refused.push(reason),
		);
	const settled = async () => {
		await new Promise(setImmediate);
		return inside.length;
	};
	return { clock, runs, inside, refused, settled };
}

it.each([
	[1, 1],
	[3, 3],
	[4, 4],
	[60, 4],
])(
	"of at most %i at once the first %i start, in their order",
	async (most, first) => {
		const { inside, settled } = crowd(most, 100);
		expect(await settled()).toBe(first);
		expect(inside).toEqual(Array.from({ length: first }, (_, at) => at + 1));
	},
);

it("each run that the service takes makes room for one more, up to what the user allows", async () => {
	const { runs, settled } = crowd(6, 100);
	const seen = [];
	for (let taken = 0; taken < 4; taken += 1) {
		runs.increase();
		seen.push(await settled());
	}
	expect(seen).toEqual([5, 6, 6, 6]);
});

it("who leaves makes room for the next", async () => {
	const { runs, inside, settled } = crowd(2, 4);
	await settled();
	runs.release();
	await settled();
	expect(inside).toEqual([1, 2, 3]);
});

it("a burst of refusals halves the pace once, the next second once more, and never below one", async () => {
	const { clock, runs, settled } = crowd(8, 100);
	for (let taken = 0; taken < 4; taken += 1) runs.increase();
	expect(await settled()).toBe(8);
	let underWay = 8;
	/** Runs end until one more may start: so many may be under way. */
	const allowed = async () => {
		const entered = await settled();
		while ((await settled()) === entered) {
			runs.release();
			underWay -= 1;
		}
		underWay += 1;
		return underWay;
	};
	runs.decrease();
	runs.decrease();
	expect(await allowed()).toBe(4);
	for (const expected of [2, 1, 1]) {
		clock.advance(1_000);
		runs.decrease();
		expect(await allowed()).toBe(expected);
	}
});

it("once shut it tells all who wait and all who come the first reason", async () => {
	const { runs, refused, settled } = crowd(2, 4);
	expect(await settled()).toBe(2);
	runs.close("no credit");
	runs.close("later");
	await expect(runs.acquire(never)).rejects.toBe("no credit");
	runs.release();
	expect([await settled(), refused]).toEqual([2, ["no credit", "no credit"]]);
});

it("who is interrupted while waiting leaves the queue", async () => {
	const { runs, inside, settled } = crowd(1, 1);
	const controller = new AbortController();
	const waiting = runs.acquire(controller.signal);
	runs.acquire(never).then(() => inside.push(3));
	controller.abort("interrupted");
	await expect(waiting).rejects.toBe("interrupted");
	await expect(runs.acquire(controller.signal)).rejects.toBe("interrupted");
	runs.release();
	await settled();
	expect(inside).toEqual([1, 3]);
});
