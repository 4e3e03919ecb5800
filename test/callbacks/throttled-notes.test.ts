import { expect, test } from "vitest";
import { createThrottledNotes } from "../../src/callbacks/throttled-notes.ts";
import { FakeClock } from "../fake-clock.ts";

function make() {
	const clock = new FakeClock();
	const notes: string[] = [];
	const throttled = createThrottledNotes((text) => notes.push(text), clock);
	return { clock, notes, throttled };
}

test("the first of a kind is told with what to do, the rest by their number", () => {
	const { clock, notes, throttled } = make();
	for (let at = 0; at < 5; at += 1) throttled.add("refused", "do this");
	expect(notes).toEqual(["refused: do this"]);
	clock.advance(10_000);
	throttled.add("refused", "do this");
	expect(notes.slice(1)).toEqual(["refused (5 more since the last note)"]);
});

test("each kind is told by itself", () => {
	const { notes, throttled } = make();
	for (const what of ["one", "two", "one", "two"]) throttled.add(what);
	expect(notes).toEqual(["one", "two"]);
});

test("who goes on for a day fills no terminal", () => {
	const { clock, notes, throttled } = make();
	for (let second = 0; second < 86_400; second += 1) {
		throttled.add("refused");
		clock.advance(1_000);
	}
	throttled.flush();
	expect(notes.length).toBeLessThan(40);
	const counts = notes.map((note) =>
		Number(/\((\d+) more/.exec(note)?.[1] ?? 1),
	);
	expect(counts.reduce((sum, one) => sum + one)).toBe(86_400);
});

test("at the end the rest is told, once", () => {
	const { notes, throttled } = make();
	for (let at = 0; at < 3; at += 1) throttled.add("refused");
	throttled.flush();
	throttled.flush();
	expect(notes).toEqual(["refused", "refused (2 more since the last note)"]);
});
