import { expect, test } from "vitest";
import { readCallback } from "../../src/callbacks/read-callback.ts";

const link = "https://storage.test/image.jpg?signature=abc";
const told = {
	event: "run.completed",
	run_id: "run-1",
	status: "succeeded",
	output: { outputs: [{ url: link, type: "image" }], seed: 42 },
	duration_ms: 9123,
	created_at: "2026-05-06T10:00:00Z",
	completed_at: "2026-05-06T10:00:09Z",
	metadata: { job: "ref-1" },
};

function read(body: unknown) {
	const text = typeof body === "string" ? body : JSON.stringify(body);
	return readCallback(Buffer.from(text));
}

test("a callback becomes a run, with all that it tells", () => {
	expect(read(told)).toEqual({
		kind: "end",
		run: expect.objectContaining({
			id: "run-1",
			state: "succeeded",
			status: "succeeded",
			outputs: [{ url: link }],
			seed: 42,
			durationMs: 9123,
			createdAt: "2026-05-06T10:00:00Z",
			completedAt: "2026-05-06T10:00:09Z",
			jobRef: "ref-1",
			costText: undefined,
			failure: {},
		}),
	});
});

test("an id beside the run's is the callback's own", () => {
	expect(read({ ...told, id: "callback-7" })).toMatchObject({
		run: { id: "run-1" },
	});
});

test.each([
	["run.completed", undefined, "succeeded"],
	["run.partial_succeeded", null, "succeeded"],
	["run.failed", "broken", "failed"],
	["run.cancelled", "stopped", "canceled"],
	["run.failed", "timeout", "failed"],
	["", "canceled", "canceled"],
	[undefined, "failed", "failed"],
	["run.whatever", "partial_succeeded", "succeeded"],
])("the event %s with the status %s is the end %s", (event, status, state) => {
	expect(read({ run_id: "run-1", event, status })).toMatchObject({
		kind: "end",
		run: { id: "run-1", state },
	});
});

test.each([
	["goes on", { ...told, event: "run.started", status: "running" }],
	["goes on by its status", { ...told, status: "queued" }],
	["is in a state that nobody knows", { run_id: "run-1", status: "resting" }],
	["is in no state", { run_id: "run-1" }],
	["is none", { event: "batch.completed", batch_id: "1" }],
	[
		"is called like what every object has",
		{ ...told, event: "toString", status: "constructor" },
	],
])("a run that %s has not ended", (_what, body) => {
	expect(read(body)).toEqual({ kind: "other" });
});

test.each([
	["<callback/>", "it is not a JSON object"],
	["", "it is not a JSON object"],
	["[]", "it is not a JSON object"],
	["null", "it is not a JSON object"],
	['"run-1"', "it is not a JSON object"],
	["{}", "it names no run"],
	[{ ...told, run_id: 7 }, "it names no run"],
	[{ ...told, run_id: "" }, "it names no run"],
])("%j cannot be read: %s", (body, why) => {
	expect(read(body)).toEqual({ kind: "unreadable", why });
});

test("bytes that are no text cannot be read", () => {
	const body = Buffer.from(JSON.stringify({ ...told, run_id: "run-?" }));
	body[body.indexOf("?")] = 0xff;
	expect(readCallback(body)).toMatchObject({ kind: "unreadable" });
});
