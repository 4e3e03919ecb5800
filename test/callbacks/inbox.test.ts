import { expect, test } from "vitest";
import { createInbox } from "../../src/callbacks/inbox.ts";

function listener(inbox = createInbox()) {
	const told: string[] = [];
	const wait = (id: string) => inbox.onHint(id, () => told.push(id));
	return { inbox, told, wait };
}

/** Everything that is due at once has been done. */
const soon = () => new Promise<void>((resolve) => setImmediate(resolve));

test("a callback is told to who waits for its run, each time, and to nobody else", async () => {
	const { inbox, told, wait } = listener();
	wait("a");
	wait("b");
	inbox.put("a");
	inbox.put("a");
	await soon();
	expect(told).toEqual(["a", "a"]);
});

test("what came before anybody waited is told as soon as somebody does, but not before that returns", async () => {
	const { inbox, told, wait } = listener();
	inbox.put("a");
	wait("a");
	expect(told).toEqual([]);
	await soon();
	expect(told).toEqual(["a"]);
});

test("who has stopped waiting is told nothing, whether the callback came or comes", async () => {
	const { inbox, told, wait } = listener();
	wait("a")();
	inbox.put("a");
	wait("a")();
	await soon();
	expect(told).toEqual([]);
});

test("only so many are remembered, and the oldest is forgotten first", async () => {
	const { inbox, told, wait } = listener(createInbox(2));
	for (const id of ["a", "b", "c"]) inbox.put(id);
	for (const id of ["a", "b", "c"]) wait(id);
	await soon();
	expect(told).toEqual(["b", "c"]);
});
