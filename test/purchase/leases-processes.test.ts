import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir, utimes } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Acquired } from "../../src/purchase/store/leases.ts";
import { temporaryFolder } from "../temporary-folder.ts";

/*
 * Real processes racing for the same leases, on the compiled program: what no single process can show.
 */

const compiled = path.resolve(import.meta.dirname, "../../dist/leases.cjs");

/** Acquires the keys that it is sent, one line each, and keeps what it got until its stdin ends. */
const contender = `
	import { createInterface } from "node:readline";
	const { Leases } = await import(process.argv[1]);
	const leases = new Leases(process.argv[2]);
	console.log("ready");
	for await (const line of createInterface({ input: process.stdin })) {
		const { key, atMs } = JSON.parse(line);
		while (Date.now() < atMs);
		const acquired = await leases.acquire(key, () => String(process.pid));
		console.log(JSON.stringify(acquired));
	}
	process.exit();
`;

interface Contender {
	readonly child: ChildProcess;
	readonly acquire: (key: string, atMs: number) => Promise<Acquired>;
}

async function startContender(folder: string): Promise<Contender> {
	const child = spawn(
		process.execPath,
		[
			"--input-type=module",
			"--eval",
			contender,
			pathToFileURL(compiled).href,
			folder,
		],
		{ stdio: ["pipe", "pipe", "inherit"] },
	);
	onTestFinished(() => void child.kill("SIGKILL"));
	const lines = createInterface({ input: child.stdout });
	const answers = lines[Symbol.asyncIterator]();
	await answers.next();
	return {
		child,
		async acquire(key, atMs) {
			child.stdin.write(`${JSON.stringify({ key, atMs })}\n`);
			return JSON.parse((await answers.next()).value);
		},
	};
}

/** All of them for one key, at the same moment. */
async function race(
	contenders: readonly Contender[],
	key: string,
): Promise<string[]> {
	const atMs = Date.now() + 5;
	const acquired = await Promise.all(
		contenders.map((one) => one.acquire(key, atMs)),
	);
	return acquired.map(({ state }) => state).sort();
}

const busy = (length: number) => Array.from({ length }, () => "busy");

describe.skipIf(!existsSync(compiled))("processes that start at once", () => {
	test("make one lease, one of them", async () => {
		const folder = path.join(temporaryFolder(), "jobs");
		const contenders = await Promise.all(
			Array.from({ length: 6 }, () => startContender(folder)),
		);
		for (let round = 0; round < 15; round += 1)
			expect(await race(contenders, `key-${round}`)).toEqual([
				...busy(5),
				"created",
			]);
	});

	test.each([
		["a moment ago", 0, 10],
		["long ago", 600, 25],
	])(
		"take over from one that was killed %s, one of them",
		async (_when, seconds, rounds) => {
			const folder = path.join(temporaryFolder(), "jobs");
			const victim = await startContender(folder);
			const contenders = await Promise.all(
				Array.from({ length: 5 }, () => startContender(folder)),
			);
			const keys = Array.from({ length: rounds }, (_, round) => `key-${round}`);
			for (const key of keys)
				expect(await victim.acquire(key, 0)).toMatchObject({
					state: "created",
				});
			const first = keys[0] ?? "";
			expect(await race(contenders, first)).toEqual(busy(5));
			const ended = once(victim.child, "exit");
			victim.child.kill("SIGKILL");
			await ended;
			const then = new Date(Date.now() - seconds * 1_000);
			for (const key of keys) {
				const at = path.join(folder, key);
				for (const name of await readdir(at))
					await utimes(path.join(at, name), then, then);
			}
			for (const key of keys)
				expect(await race(contenders, key)).toEqual([...busy(4), "taken"]);
		},
	);
});
