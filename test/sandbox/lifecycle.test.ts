import { once } from "node:events";
import { connect } from "node:net";
import { expect, test, vi } from "vitest";
import type { RequestEntry } from "../../src/sandbox/options.ts";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { buy, buyLink, call, start } from "./start.ts";

test("stop ends connections that are kept alive or hang, at once", async () => {
	const sandbox = await start({ faults: ["hang-after"] });
	const { port } = new URL(sandbox.apiUrl);
	const idle = connect(Number(port), "127.0.0.1");
	await new Promise<void>((resolve) => idle.once("connect", () => resolve()));
	const closed = new Promise((resolve) => idle.once("close", resolve));
	idle.on("error", () => {});
	const hanging = buy(sandbox);
	hanging.catch(() => {});
	await vi.waitUntil(() => sandbox.summary().requests > 0, 60_000);
	await sandbox.stop();
	await closed;

	await expect(hanging).rejects.toThrow();
});

test.each(["port", "storagePort"] as const)(
	"a %s that is taken is a usage error that names it and the remedy",
	async (option) => {
		const port = Number(new URL((await start()).apiUrl).port);
		const failed = startSandbox({ [option]: port });

		await expect(failed).rejects.toMatchObject({
			code: "usage",
			message: `port ${port} on 127.0.0.1 is in use`,
			hint: expect.stringContaining("--port 0"),
		});
	},
);

test("each request is told, without key, signatures and bodies", async () => {
	const entries: RequestEntry[] = [];
	const sandbox = await start({
		onRequest: (entry) => entries.push(entry),
		faults: ["list:429@1"],
	});
	const link = await buyLink(sandbox);
	await (await fetch(link)).text();
	await call(sandbox, "/v1/runs?limit=1");
	await call(sandbox, "/v1/runs/nothing");

	expect(
		entries.map(({ port, method, path, status, note }) =>
			[port, method, path, status, note].join(" "),
		),
	).toEqual([
		expect.stringMatching(
			/^api POST \/v1\/models\/black-forest-labs\/flux-1-1-pro-ultra\/runs 201 bought [\da-f-]+ \$0\.06$/,
		),
		expect.stringMatching(/^api GET \/v1\/runs\/[\da-f-]+ 200 succeeded$/),
		expect.stringMatching(/^storage GET \/outputs\/[\da-f-]+\/0\.jpg 200 $/),
		"api GET /v1/runs?limit=1 429 429",
		"api GET /v1/runs/nothing 404 RUN_NOT_FOUND",
	]);
	const text = JSON.stringify(entries);
	expect(text).not.toContain(sandbox.apiKey);
	expect(text).not.toContain("X-Amz");
});

test("answers that never went out are told with status 0", async () => {
	const entries: RequestEntry[] = [];
	const sandbox = await start({
		onRequest: (entry) => entries.push(entry),
		faults: ["reset-after@1"],
	});
	await expect(buy(sandbox)).rejects.toThrow();

	expect(entries).toMatchObject([
		{ status: 0, note: expect.stringContaining("reset-after, bought") },
	]);
});

test("a client that leaves while it talks is no trouble", async () => {
	const sandbox = await start();
	const { port } = new URL(sandbox.apiUrl);
	const socket = connect(Number(port), "127.0.0.1");
	socket.write(
		"POST /v1/models/a/b/runs HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nhalf",
	);
	await once(socket, "connect");
	socket.destroy();
	await once(socket, "close");

	expect((await call(sandbox, "/v1/health")).status).toBe(200);
	expect(sandbox.summary().runs).toBe(0);
});
