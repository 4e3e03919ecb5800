import { expect, test } from "vitest";
import { createHintBuffer } from "../../src/callbacks/hints.ts";

function buffer(hints = createHintBuffer()) {
	const told: string[] = [];
	const wait = (id: string) => hints.subscribe(id, () => told.push(id));
	return { hints, told, wait };
}

/** Everything that is due at once has been done. */
const soon = () => new Promise<void>((resolve) => setImmediate(resolve));

test("a callback is told to who waits for its run, each time, and to nobody else", async () => {
	const { hints, told, wait } = buffer();
	wait("a");
	wait("b");
	hints.publish("a");
	hints.publish("a");
	await soon();
	expect(told).toEqual(["a", "a"]);
});

test("what came before anybody waited is told as soon as somebody does, but not before that returns", async () => {
	const { hints, told, wait } = buffer();
	hints.publish("a");
	wait("a");
	expect(told).toEqual([]);
	await soon();
	expect(told).toEqual(["a"]);
});

test("who has stopped waiting is told nothing, whether the callback came or comes", async () => {
	const { hints, told, wait } = buffer();
	wait("a")();
	hints.publish("a");
	wait("a")();
	await soon();
	expect(told).toEqual([]);
});

test("only so many are remembered, and the oldest is forgotten first", async () => {
	const { hints, told, wait } = buffer(createHintBuffer(2));
	for (const id of ["a", "b", "c"]) hints.publish(id);
	for (const id of ["a", "b", "c"]) wait(id);
	await soon();
	expect(told).toEqual(["b", "c"]);
});
