import fs, { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Stage } from "../../src/purchase/job.ts";
import { type HeldJob, openJournal } from "../../src/purchase/store/journal.ts";
import { lastLine } from "../../src/purchase/store/lease.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { bought, failureOf, makeJob } from "./job-world.ts";

function open(folder = path.join(temporaryFolder(), "jobs")) {
	const journal = openJournal(folder);
	onTestFinished(() => journal.close());
	return { folder, journal };
}

async function hold(
	{ journal }: ReturnType<typeof open>,
	key = "key",
): Promise<HeldJob> {
	const acquired = await journal.acquire(key, () => makeJob({ ref: key }));
	if (acquired.state !== "created") expect.fail(acquired.state);
	return acquired.held;
}

/** The files of a job, as somebody finds them who looks at the disk; fails where one gets another name meanwhile. */
async function textsOf(folder: string, key = "key"): Promise<string[]> {
	const names = await readdir(path.join(folder, key)).catch(() => []);
	return Promise.all(
		names.map(async (name) =>
			lastLine(await readFile(path.join(folder, key, name), "utf8")),
		),
	);
}

const stages: Stage[] = [
	{ name: "planned" },
	{ name: "sending", sentAt: "2026-11-03T12:00:00.000Z" },
	bought,
	{ ...bought, name: "placing", path: "/a.jpg", sha256: "00" },
];

test("a job is on disk whole when it is made, and after each step", async () => {
	const world = open();
	const held = await hold(world);
	expect(await textsOf(world.folder)).toEqual([
		JSON.stringify(makeJob({ ref: "key" })),
	]);
	for (const stage of stages) {
		await held.enter(stage);
		expect(held.job).toEqual(makeJob({ ref: "key", stage }));
		expect(await textsOf(world.folder)).toEqual([JSON.stringify(held.job)]);
	}
});

test.each(stages)(
	"a job that was left at $name is taken up there",
	async (stage) => {
		const world = open();
		const held = await hold(world);
		await held.enter(stage);
		await held.release();
		const found = await world.journal.takeOver("key");
		if (found?.state !== "taken") expect.fail(found?.state);
		expect(found.held.job).toEqual(makeJob({ ref: "key", stage }));
	},
);

test("a job in other hands shows how far it is", async () => {
	const world = open();
	const held = await hold(world);
	await held.enter(bought);
	expect(await world.journal.takeOver("key")).toEqual({
		state: "busy",
		job: makeJob({ ref: "key", stage: bought }),
		holder: { pid: process.pid, alive: true },
	});
});

test("a job can be given another place", async () => {
	const world = open();
	const held = await hold(world);
	const output = { ...held.job.output, path: "/elsewhere.jpg" };
	await held.amend({ output });
	expect(held.job.output).toEqual(output);
	expect(await textsOf(world.folder)).toEqual([JSON.stringify(held.job)]);
});

test("a job that is done with leaves nothing behind", async () => {
	const world = open();
	await (await hold(world)).close();
	expect(await readdir(world.folder)).toEqual([]);
	expect(await world.journal.takeOver("key")).toBeUndefined();
});

test("all jobs are listed, those that cannot be read among them", async () => {
	const world = open();
	await hold(world, "a");
	await (await hold(world, "b")).release();
	await mkdir(path.join(world.folder, "c"));
	await writeFile(path.join(world.folder, "c", "free-0-0-x.json"), "{");
	const listed = [...(await world.journal.list())];
	const free = { pid: 0, alive: false };
	expect(listed.sort((a, b) => (a.key < b.key ? -1 : 1))).toEqual([
		{
			key: "a",
			job: makeJob({ ref: "a" }),
			isNewer: false,
			holder: { pid: process.pid, alive: true },
		},
		{ key: "b", job: makeJob({ ref: "b" }), isNewer: false, holder: free },
		{ key: "c", job: undefined, isNewer: false, holder: free },
	]);
});

describe("a job file that is damaged", () => {
	test.each([
		"",
		"{",
		"null",
		"[]",
		'{"version":1}',
		JSON.stringify({ ...makeJob(), stage: { name: "refunding" } }),
		JSON.stringify({ ...makeJob(), stage: { name: "sending" } }),
		JSON.stringify({ ...makeJob(), output: "x.jpg" }),
		JSON.stringify({ ...makeJob(), priceMicros: "0.06" }),
		'{"version":1,"ref":"r","stage":null}',
	])(
		"%j stops the command: an image may have been paid under it",
		async (text) => {
			const { folder, journal } = open();
			await mkdir(path.join(folder, "key"), { recursive: true });
			await writeFile(path.join(folder, "key", "free-0-0-x.json"), text);
			const make = () => expect.fail("made over the damaged one");
			const failure = await failureOf(journal.acquire("key", make));
			expect([failure.code, failure.message]).toEqual([
				"config",
				`the job file ${folder}/key is damaged`,
			]);
			expect(await textsOf(folder)).toEqual([text]);
		},
	);
});

test("a job file of a later version stops the command in other words, and is kept", async () => {
	const { folder, journal } = open();
	await mkdir(path.join(folder, "key"), { recursive: true });
	const text = JSON.stringify({ ...makeJob(), version: 2 });
	await writeFile(path.join(folder, "key", "free-0-0-x.json"), text);
	const failure = await failureOf(journal.acquire("key", () => makeJob()));
	expect([failure.code, failure.message]).toEqual([
		"config",
		`the job file ${folder}/key was written by a later version of flux-ultra`,
	]);
	expect(await textsOf(folder)).toEqual([text]);
});

test("thousands of jobs are listed with a few files open at once", async () => {
	const { folder, journal } = open();
	for (let at = 0; at < 300; at += 1) {
		await mkdir(path.join(folder, `job-${at}`), { recursive: true });
		await writeFile(
			path.join(folder, `job-${at}`, "free-0-0-x.json"),
			JSON.stringify(makeJob({ ref: `ref-${at}` })),
		);
	}
	const { readFile: read } = fs;
	let most = 0;
	let now = 0;
	fs.readFile = (async (...args: Parameters<typeof read>) => {
		now += 1;
		most = Math.max(most, now);
		return read(...args).finally(() => (now -= 1));
	}) as typeof read;
	onTestFinished(() => {
		fs.readFile = read;
	});
	expect(await journal.list()).toHaveLength(300);
	expect([most > 1, most <= 32]).toEqual([true, true]);
});

describe("a disk that does not work", () => {
	const unusable = (folder: string, reason: string) =>
		`the state folder ${folder} cannot be used: ${reason}`;

	test("stops the command before anything is sent", async () => {
		const file = path.join(temporaryFolder(), "file");
		await writeFile(file, "");
		const folder = path.join(file, "jobs");
		const make = () => makeJob();
		const failure = await failureOf(open(folder).journal.acquire("key", make));
		expect({ ...failure, message: failure.message }).toMatchObject({
			code: "disk",
			message: unusable(folder, "a part of the path is a file"),
			hint: "it must be a folder that you may write to, on a disk with space; FLUX_ULTRA_STATE_DIR names another",
		});
	});

	test("leaves a job at the step that is on it", async () => {
		const world = open();
		const held = await hold(world);
		await rm(world.folder, { recursive: true });
		const failure = await failureOf(held.enter(bought));
		expect([failure.code, failure.message]).toEqual([
			"disk",
			unusable(world.folder, "a part of it is missing"),
		]);
		expect(held.job.stage).toEqual({ name: "planned" });
	});

	test.each(["release", "close"] as const)(
		"is told as such at %s",
		async (step) => {
			const world = open();
			const held = await hold(world);
			await rm(world.folder, { recursive: true });
			await writeFile(world.folder, "");
			const failure = await failureOf(held[step]());
			expect([failure.code, failure.message]).toEqual([
				"disk",
				unusable(world.folder, "a part of the path is a file"),
			]);
		},
	);
});
