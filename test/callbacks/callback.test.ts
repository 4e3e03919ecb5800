import { describe, expect, test } from "vitest";
import { isSigned, readCallback } from "../../src/callbacks/callback.ts";

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
		expect(read(body)).toEqual({ runId: "run-1" });
	},
);

test("a callback of something else is none of a run", () => {
	const body = { event: "batch.completed", batch_id: "1" };
	expect(read(body)).toEqual({ runId: undefined });
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
	expect(read(body)).toEqual({ fault: why });
});

test("bytes that are no text cannot be read", () => {
	const body = Buffer.from(JSON.stringify({ ...told, run_id: "run-?" }));
	body[body.indexOf("?")] = 0xff;
	expect(readCallback(body)).toEqual({
		fault: "it is not a JSON object",
	});
});

describe("a signature", () => {
	const body = Buffer.from('{"run_id":"run-1"}');
	const secret = "whsec_abc";
	// By another program: printf '{"run_id":"run-1"}' | openssl dgst -sha256 -hmac whsec_abc
	const digest =
		"85045976fc393d0043ff2639ac7823111ed5f232005a50aa8a6944c78fdf215a";

	test.each([
		["as documented", digest],
		["in upper case", digest.toUpperCase()],
		["with its method before it", `sha256=${digest}`],
		["with both", `SHA256=${digest.toUpperCase()}`],
		["with white space around it", ` ${digest} `],
	])("is good %s", (_how, header) => {
		expect(isSigned(body, header, secret)).toBe(true);
	});

	test.each([
		["of another body", Buffer.from('{"run_id":"run-2"}'), digest, secret],
		["by another secret", body, digest, "whsec_abd"],
		["by the secret without its prefix", body, digest, "abc"],
		["with another digit", body, digest.replace(/^./, "0"), secret],
		["cut short", body, digest.slice(0, 62), secret],
		["with more than a digest", body, `${digest}00`, secret],
		["of another method", body, `sha1=${digest}`, secret],
		["in no hex", body, "z".repeat(64), secret],
		["that is empty", body, "", secret],
		["given twice", body, `${digest}, ${digest}`, secret],
	])("is wrong %s", (_how, bytes, header, by) => {
		expect(isSigned(bytes, header, by)).toBe(false);
	});
});
