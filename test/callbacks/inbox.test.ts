import { expect, test } from "vitest";
import { createInbox } from "../../src/callbacks/inbox.ts";
import { makeRun } from "../jobs/fake-client.ts";

const first = makeRun({ id: "a", state: "succeeded" });
const second = makeRun({ id: "a", state: "failed" });

function listener() {
	const told: string[] = [];
	return {
		told,
		tell: ({ id, state }: typeof first) => told.push(`${id} ${state}`),
	};
}

/** Everything that is due at once has been done. */
const soon = () => new Promise<void>((resolve) => setImmediate(resolve));

test("the end of a run is told to all who wait for it, and to nobody else", () => {
	const inbox = createInbox();
	const [one, another, stranger] = [listener(), listener(), listener()];
	inbox.onEnd("a", one.tell);
	inbox.onEnd("a", another.tell);
	inbox.onEnd("b", stranger.tell);
	expect(inbox.put(first)).toBe(true);
	expect([one.told, another.told, stranger.told]).toEqual([
		["a succeeded"],
		["a succeeded"],
		[],
	]);
});

test("it is told once, and its first word holds", async () => {
	const inbox = createInbox();
	const { told, tell } = listener();
	inbox.onEnd("a", tell);
	expect([first, first, second].map(inbox.put)).toEqual([true, false, false]);
	await soon();
	expect(told).toEqual(["a succeeded"]);
});

test("what came before anybody waited is told as soon as somebody does, but not before that returns", async () => {
	const inbox = createInbox();
	const { told, tell } = listener();
	inbox.put(first);
	inbox.onEnd("a", tell);
	expect(told).toEqual([]);
	await soon();
	expect(told).toEqual(["a succeeded"]);
});

test("who has stopped waiting is told nothing, whether the end came or comes", async () => {
	const inbox = createInbox();
	const { told, tell } = listener();
	inbox.onEnd("a", tell)();
	inbox.put(first);
	inbox.onEnd("a", tell)();
	await soon();
	expect(told).toEqual([]);
});

test("one who stops does not take the others along", () => {
	const inbox = createInbox();
	const [one, another] = [listener(), listener()];
	const stop = inbox.onEnd("a", one.tell);
	inbox.onEnd("a", another.tell);
	stop();
	stop();
	inbox.put(first);
	expect([one.told, another.told]).toEqual([[], ["a succeeded"]]);
});

test("only so many ends are remembered, and the oldest is forgotten first", async () => {
	const inbox = createInbox(2);
	for (const id of ["a", "b", "c"]) inbox.put(makeRun({ id, state: "failed" }));
	const { told, tell } = listener();
	for (const id of ["a", "b", "c"]) inbox.onEnd(id, tell);
	await soon();
	expect(told).toEqual(["b failed", "c failed"]);
});
