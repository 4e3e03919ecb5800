import { once } from "node:events";
import { connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { localServer } from "../local-server.ts";
import { openReceiver, signature, succeeded } from "./open-receiver.ts";

/** A connection that sends what it is told to, and whatever came back by its end. */
async function connection(url: string) {
	const socket = connect(Number(new URL(url).port), "127.0.0.1");
	onTestFinished(() => {
		socket.destroy();
	});
	let text = "";
	socket.on("data", (chunk) => {
		text += chunk;
	});
	socket.on("error", () => {});
	await once(socket, "connect");
	const ended = once(socket, "close").then(() => text);
	return { socket, ended };
}

test("a signed callback is answered 204, and its run is told", async () => {
	const { send, expectEnds, ends, notes } = await openReceiver();
	expectEnds("a", "b");
	expect(await send(succeeded("a"))).toBe(204);
	expect(ends).toEqual(["a"]);
	expect(notes).toEqual([]);
});

test("a signature in upper case or with its method before it is as good", async () => {
	const { send, expectEnds, ends } = await openReceiver();
	expectEnds("a", "b");
	for (const [id, show] of [
		["a", (hex: string) => hex.toUpperCase()],
		["b", (hex: string) => `sha256=${hex}`],
	] as const) {
		const hex = signature(succeeded(id))["runflow-signature"];
		const headers = { "Runflow-Signature": show(hex) };
		expect(await send(succeeded(id), headers)).toBe(204);
	}
	expect(ends).toEqual(["a", "b"]);
});

test("a wrong signature is answered 401, told with what to do, and changes nothing", async () => {
	const { send, expectEnds, ends, notes } = await openReceiver();
	expectEnds("a");
	const body = JSON.stringify({ run_id: "a", status: "failed" });
	for (const headers of [
		signature(body, "another secret"),
		signature(succeeded("a")),
		{ "runflow-signature": "" },
		{ "runflow-signature": "x".repeat(64) },
	])
		expect(await send(body, headers)).toBe(401);
	expect(notes).toEqual([
		"a callback with a wrong signature was refused: somebody else sent it, or the secret used here is not the account's newest, which flux-ultra auth callback-secret --new mends",
	]);
	expect(await send(succeeded("a"))).toBe(204);
	expect(ends).toEqual(["a"]);
});

test("a missing signature is answered 401 and told", async () => {
	const { send, expectEnds, ends, notes } = await openReceiver();
	expectEnds("a");
	expect(await send(succeeded("a"), {})).toBe(401);
	expect(notes).toEqual([
		"a callback without a signature was refused: the service signs once the account has a secret, which flux-ultra auth callback-secret --new makes",
	]);
	expect(ends).toEqual([]);
});

test("a flood of forgeries is told as two notes", async () => {
	const { receiver, send, notes } = await openReceiver();
	for (let at = 0; at < 30; at += 1) await send("{}", {});
	await receiver.close();
	expect(notes.slice(1)).toEqual([
		"a callback without a signature was refused (29 more since the last note)",
	]);
});

test.each([
	["<callback/>", "it is not a JSON object"],
	["{}", "it names no run"],
])("%s, rightly signed, is answered 400 and told", async (body, why) => {
	const { send, notes } = await openReceiver();
	expect(await send(body)).toBe(400);
	expect(notes).toEqual([`a signed callback was refused: ${why}`]);
});

test("each callback of a run is answered 204, and told", async () => {
	const { send, expectEnds, ends, notes } = await openReceiver();
	expectEnds("a");
	const bodies = [
		succeeded("a", { status: "running" }),
		succeeded("a"),
		succeeded("a", { status: "failed" }),
	];
	for (const body of bodies) expect(await send(body)).toBe(204);
	expect([ends, notes]).toEqual([["a", "a", "a"], []]);
});

test("what comes before the answer that names the run is kept for it", async () => {
	const { send, expectEnds, ends } = await openReceiver();
	await send(succeeded("a"));
	expectEnds("a");
	await new Promise((resolve) => setImmediate(resolve));
	expect(ends).toEqual(["a"]);
});

test.each([
	["one byte too many", 1024 * 1024 + 1, 413],
	["as much as is allowed", 1024 * 1024, 204],
])("%s is answered %3$i", async (_what, size, status) => {
	const { send, expectEnds, ends } = await openReceiver();
	expectEnds("a");
	const more = size - succeeded("a", { more: "" }).length;
	const body = succeeded("a", { more: "x".repeat(more) });
	expect(await send(body)).toBe(status);
	expect(ends.length).toBe(status === 204 ? 1 : 0);
});

test("too much without a length before it is answered 413 as well", async () => {
	const { receiver } = await openReceiver();
	const { socket, ended } = await connection(receiver.url);
	socket.write(
		`POST / HTTP/1.1\r\nhost: a\r\nrunflow-signature: a\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n`,
	);
	const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
	socket.write(chunk.repeat(17));
	expect(await ended).toMatch(/^HTTP\/1\.1 413 /);
});

test("who never finishes a request is cut off", async () => {
	const { receiver } = await openReceiver({ requestMs: 30 });
	const { socket, ended } = await connection(receiver.url);
	socket.write(
		"POST / HTTP/1.1\r\nhost: a\r\nrunflow-signature: a\r\ncontent-length: 100\r\n\r\nhalf",
	);
	expect(await ended).toMatch(/^HTTP\/1\.1 408 /);
});

test.each([
	["GET", 200, "flux-ultra is listening for callbacks\n"],
	["HEAD", 200, ""],
	["PUT", 405, "callbacks come by POST\n"],
	["DELETE", 405, "callbacks come by POST\n"],
])("%s is answered %i and told to nobody", async (method, status, text) => {
	const { receiver, notes } = await openReceiver();
	const answer = await fetch(`${receiver.url}/any/path`, { method });
	expect([answer.status, await answer.text(), notes]).toEqual([
		status,
		text,
		[],
	]);
});

test("a port in use is a wrong usage that names the address", async () => {
	const { port } = await localServer(() => {});
	await expect(
		openReceiver({ address: { host: "127.0.0.1", port } }),
	).rejects.toMatchObject({
		code: "usage",
		message: `--listen 127.0.0.1:${port} is in use`,
		hint: "name another port, or 0 for any that is free",
	});
});

test("an address of another machine is a wrong usage", async () => {
	await expect(
		openReceiver({ address: { host: "192.0.2.1", port: 0 } }),
	).rejects.toMatchObject({
		code: "usage",
		message: "--listen 192.0.2.1:0 is no address of this machine",
	});
});

test("close ends open connections, frees the port, and nothing is told any more", async () => {
	const { receiver, expectEnds, ends } = await openReceiver();
	expectEnds("a");
	const { url } = receiver;
	const port = Number(new URL(url).port);
	const idle = await connection(url);
	const half = await connection(url);
	const body = succeeded("a");
	const hex = signature(body)["runflow-signature"];
	half.socket.write(
		`POST / HTTP/1.1\r\nhost: a\r\nrunflow-signature: ${hex}\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(0, 9)}`,
	);
	// Answered, so the request before it has been begun.
	expect((await fetch(url)).status).toBe(200);
	await receiver.close();
	expect(await Promise.all([idle.ended, half.ended])).toEqual(["", ""]);
	const next = await openReceiver({ address: { host: "127.0.0.1", port } });
	expect(next.receiver.url).toBe(url);
	expect(ends).toEqual([]);
});
