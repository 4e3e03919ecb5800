import { expect, test } from "vitest";
import {
	createSingleFlight,
	type OnProgress,
} from "../../src/uploads/single-flight.ts";

/** Work that ends when the test says so. */
function slowWork() {
	const starts: OnProgress[] = [];
	const ends: ((value: string) => void)[] = [];
	const work = (onProgress: OnProgress) => {
		starts.push(onProgress);
		return new Promise<string>((resolve) => ends.push(resolve));
	};
	return { work, starts, ends };
}

test("what several ask for at the same time is done once", async () => {
	const { work, starts, ends } = slowWork();
	const singleFlight = createSingleFlight<string>();
	const both = [singleFlight("a", work), singleFlight("a", work)];
	ends[0]?.("done");

	expect(await Promise.all(both)).toEqual(["done", "done"]);
	expect(starts).toHaveLength(1);
});

test("other things are done beside it, and the same again later", async () => {
	const { work, starts, ends } = slowWork();
	const singleFlight = createSingleFlight<string>();
	const first = singleFlight("a", work);
	const other = singleFlight("b", work);
	ends[0]?.("1");
	ends[1]?.("2");
	await Promise.all([first, other]);
	const again = singleFlight("a", work);
	ends[2]?.("3");

	expect(await Promise.all([first, other, again])).toEqual(["1", "2", "3"]);
	expect(starts).toHaveLength(3);
});

test("a failure is everybody's, and the next one tries anew", async () => {
	const singleFlight = createSingleFlight<string>();
	const failing = () => Promise.reject(new Error("no"));
	const both = [1, 2].map(() =>
		singleFlight("a", failing).catch(() =>
			singleFlight("a", async () => "yes"),
		),
	);

	await expect(singleFlight("a", failing)).rejects.toThrow("no");
	expect(await Promise.all(both)).toEqual(["yes", "yes"]);
});

test("progress goes to all who wait", async () => {
	const { work, starts, ends } = slowWork();
	const singleFlight = createSingleFlight<string>();
	const told: string[] = [];
	const watch = (name: string) => (done: number, total: number) => {
		told.push(`${name} ${done}/${total}`);
	};
	const first = singleFlight("a", work, watch("first"));
	starts[0]?.(1, 2);
	const second = singleFlight("a", work, watch("second"));
	starts[0]?.(2, 2);
	ends[0]?.("done");
	await Promise.all([first, second]);

	expect(told).toEqual(["first 1/2", "first 2/2", "second 2/2"]);
});
