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

test.each([
	["as documented", told],
	["with an id of its own beside the run's", { ...told, id: "callback-7" }],
	["that says nothing else", { run_id: "run-1" }],
	["of an event that nobody knows", { ...told, event: "run.whatever" }],
])(
	"a callback %s is about its run, and nothing of it is believed",
	(_what, body) => {
		expect(read(body)).toEqual({ kind: "run", runId: "run-1" });
	},
);

test("a callback of something else is none of a run", () => {
	const body = { event: "batch.completed", batch_id: "1" };
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
