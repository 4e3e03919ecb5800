import { expect, it } from "vitest";
import { forEachAtOnce } from "../../src/system/at-once.ts";

/** Work on items that ends when it is told to. */
function createWork() {
	const ends: (() => void)[] = [];
	const begun: number[] = [];
	const waiting: (() => void)[] = [];
	return {
		begun,
		end: (item: number) => ends[item]?.(),
		/** Until so many items were begun. */
		until: async (count: number) => {
			while (begun.length < count)
				await new Promise<void>((resolve) => waiting.push(resolve));
		},
		work: (item: number) => {
			begun.push(item);
			waiting.splice(0).forEach((resolve) => void resolve());
			return new Promise<void>((resolve) => {
				ends[item] = resolve;
			});
		},
	};
}

it("takes the next item when one has ended, and ends with the last", async () => {
	const { begun, end, until, work } = createWork();
	const all = forEachAtOnce([0, 1, 2, 3], 2, work);
	await until(2);
	end(1);
	await until(3);
	expect(begun).toEqual([0, 1, 2]);
	end(0);
	end(2);
	await until(4);
	end(3);
	await all;
});

it("takes all items once it need not wait", async () => {
	const { begun, end, until, work } = createWork();
	const stop = new AbortController();
	const all = forEachAtOnce([0, 1, 2, 3], 1, work, stop.signal);
	await until(1);
	stop.abort();
	await until(4);
	expect(begun).toEqual([0, 1, 2, 3]);
	for (const item of begun) end(item);
	await all;
});

it("ends what is under way where the items end in an error", async () => {
	const { begun, end, until, work } = createWork();
	async function* items() {
		yield 0;
		throw new Error("no");
	}
	let isOver = false;
	const all = forEachAtOnce(items(), 2, async (item) => {
		await work(item);
		isOver = true;
	});
	await until(1);
	setImmediate(() => end(0));
	await expect(all).rejects.toThrow("no");
	expect([begun, isOver]).toEqual([[0], true]);
});

it("takes none after an error, which comes when what is under way has ended", async () => {
	const { begun, end, until, work } = createWork();
	const failing = async (item: number) => {
		await work(item);
		if (item === 0) throw new Error("no");
	};
	const all = forEachAtOnce([0, 1, 2, 3], 2, failing);
	await until(2);
	end(0);
	end(1);
	await expect(all).rejects.toThrow("no");
	expect(begun.length).toBeLessThan(4);
});
