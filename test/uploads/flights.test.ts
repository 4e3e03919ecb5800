import { expect, test } from "vitest";
import { createFlights, type Shared } from "../../src/uploads/flights.ts";
import { noInterrupt } from "./upload-world.ts";

const signal = noInterrupt;

/** Work that ends when the test says so. */
function slowWork() {
	const starts: Shared[] = [];
	const ends: ((value: string) => void)[] = [];
	const work = (shared: Shared) => {
		starts.push(shared);
		return new Promise<string>((resolve) => ends.push(resolve));
	};
	return { work, starts, ends };
}

test("what several ask for at the same time is done once", async () => {
	const { work, starts, ends } = slowWork();
	const flights = createFlights<string>();
	const both = [
		flights.join("a", work, { signal }),
		flights.join("a", work, { signal }),
	];
	ends[0]?.("done");

	expect(await Promise.all(both)).toEqual(["done", "done"]);
	expect(starts).toHaveLength(1);
});

test("other things are done beside it, and the same again later", async () => {
	const { work, starts, ends } = slowWork();
	const flights = createFlights<string>();
	const first = flights.join("a", work, { signal });
	const other = flights.join("b", work, { signal });
	ends[0]?.("1");
	ends[1]?.("2");
	await Promise.all([first, other]);
	const again = flights.join("a", work, { signal });
	ends[2]?.("3");

	expect(await Promise.all([first, other, again])).toEqual(["1", "2", "3"]);
	expect(starts).toHaveLength(3);
});

test("a failure is everybody's, and the next one tries anew", async () => {
	const flights = createFlights<string>();
	const failing = () => Promise.reject(new Error("no"));
	const both = [1, 2].map(() => flights.join("a", failing, { signal }));

	for (const each of both) await expect(each).rejects.toThrow("no");
	const next = flights.join("a", async () => "yes", { signal });
	expect(await next).toBe("yes");
});

test("the work is given up with the last one who waits, not with the first", async () => {
	const { work, starts } = slowWork();
	const flights = createFlights<string>();
	const leaving = [new AbortController(), new AbortController()];
	const both = leaving.map((one) => flights.join("a", work, one));
	const left: boolean[] = [];
	for (const [at, one] of leaving.entries()) {
		one.abort(new Error(`left ${at}`));
		await expect(both[at]).rejects.toThrow(`left ${at}`);
		left.push(starts[0]?.signal.aborted === true);
	}

	expect(left).toEqual([false, true]);
	expect(starts[0]?.signal.reason).toEqual(new Error("left 1"));
});

test("who comes after all have left starts anew, and old work does not end it", async () => {
	const { work, starts, ends } = slowWork();
	const flights = createFlights<string>();
	const leaving = new AbortController();
	const first = flights.join("a", work, leaving);
	leaving.abort(new Error("left"));
	await expect(first).rejects.toThrow("left");
	const second = flights.join("a", work, { signal });
	ends[0]?.("old");
	await new Promise(setImmediate);
	const third = flights.join("a", work, { signal });
	ends[1]?.("new");

	expect(await Promise.all([second, third])).toEqual(["new", "new"]);
	expect(starts).toHaveLength(2);
});

test("progress goes to those who wait", async () => {
	const { work, starts, ends } = slowWork();
	const flights = createFlights<string>();
	const leaving = new AbortController();
	const told: string[] = [];
	const watch = (name: string) => (done: number, total: number) => {
		told.push(`${name} ${done}/${total}`);
	};
	const first = flights.join("a", work, {
		signal: leaving.signal,
		onProgress: watch("first"),
	});
	const second = flights.join("a", work, {
		signal,
		onProgress: watch("second"),
	});
	starts[0]?.onProgress(1, 2);
	leaving.abort(new Error("left"));
	await expect(first).rejects.toThrow("left");
	starts[0]?.onProgress(2, 2);
	ends[0]?.("done");
	await second;

	expect(told).toEqual(["first 1/2", "second 1/2", "second 2/2"]);
});

test("who has been interrupted already starts nothing", async () => {
	const { work, starts } = slowWork();
	const stopped = AbortSignal.abort(new Error("stopped"));
	const joined = createFlights<string>().join("a", work, { signal: stopped });

	await expect(joined).rejects.toThrow("stopped");
	expect(starts).toEqual([]);
});
