import { createHash } from "node:crypto";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { createBillRatios } from "../../src/ledger/bill.ts";
import {
	type Ledger,
	type LedgerLine,
	openLedger,
} from "../../src/ledger/ledger.ts";
import { openLedgerView } from "../../src/ledger/view.ts";
import { plannedPath } from "../../src/names/places.ts";
import { type Order, planJobs } from "../../src/orders/plan.ts";
import {
	type Acquired,
	acquireAll,
	dropNew,
} from "../../src/purchase/acquire.ts";
import { openJournal } from "../../src/purchase/store/journal.ts";
import { systemClock } from "../../src/runtime.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { tinyJpeg } from "../tiny-jpeg.ts";
import { bought, failureOf } from "./job-world.ts";
import { counter, makeOrder } from "./orders.ts";
import { ledgerLine } from "./sample-line.ts";

const image = tinyJpeg();
const sha256 = createHash("sha256").update(image).digest("hex");

const unasked = async () => {};

const showPath = (file: string) => path.basename(file);

/** A folder in which commands are started, one after or beside the other. */
function desk() {
	const folder = temporaryFolder();
	const jobsFolder = path.join(folder, ".state", "jobs");
	const ledger = openLedger(path.join(folder, ".state", "ledger"));
	const random = counter();
	return {
		folder,
		jobsFolder,
		ledger,
		/** Plans `images` of one prompt, and takes them up as a process of its own would. */
		async start(images: number, asked: Partial<Order> = {}) {
			const journal = openJournal(jobsFolder);
			onTestFinished(() => journal.close());
			const view = await openView(folder);
			const planned = await planJobs(
				makeOrder({ seeds: Array(images).fill(undefined), ...asked }),
				{ cwd: folder, nowMs: Date.now(), random },
			);
			const books = { journal, ledger, view, showPath };
			return {
				...books,
				planned,
				taken: await acquireAll(planned, books, unasked),
			};
		},
	};
}

function openView(folder: string) {
	return openLedgerView(
		path.join(folder, ".state", "ledger"),
		"https://api.test",
		createBillRatios(),
		systemClock,
	);
}

function heldOf(one: Acquired | undefined) {
	if (one === undefined || !("held" in one)) expect.fail(one?.state);
	return one.held;
}

/** What a process leaves that has brought the image: the file, the ledger's line, and no job. */
async function finish(
	one: Acquired | undefined,
	folder: string,
	ledger: Ledger,
	finishedAtMs = Date.now(),
) {
	const held = heldOf(one);
	const file =
		plannedPath(held.job) ?? path.join(folder, `image-${held.job.index}.jpg`);
	await writeFile(file, image);
	const { ref, seed } = held.job;
	const line = ledgerLine(
		{
			key: held.key,
			group: held.job.group,
			path: file,
			finishedAt: new Date(finishedAtMs).toISOString(),
		},
		{ client_ref: ref, seed, sha256 },
	);
	await ledger.append(line);
	await held.close();
	return line;
}

/** The image of this line is there, and is told as such. */
const isDone = ({ record }: LedgerLine) => ({
	state: "done",
	records: [
		{ status: "skipped", client_ref: record.client_ref, sha256, cost_usd: 0 },
	],
});

const summary = (taken: readonly Acquired[]) =>
	taken.map((one) => {
		const { ref, stage } = "held" in one ? one.held.job : one.job;
		return { state: one.state, ref, stage: stage.name };
	});

test("the images of a new command are all on disk before anything is sent", async () => {
	const { start, jobsFolder } = desk();
	const { taken, planned } = await start(3);
	expect(summary(taken)).toEqual(
		planned.map(({ job }) => ({
			state: "created",
			ref: job.ref,
			stage: "planned",
		})),
	);
	expect((await readdir(jobsFolder)).sort()).toEqual(
		planned.map(({ key }) => key).sort(),
	);
});

test("what was killed after its first job, and continued by another command, is one command to the third", async () => {
	const { start, folder, ledger } = desk();
	const killed = await start(3);
	for (const one of killed.taken.slice(1)) await heldOf(one).close();
	await heldOf(killed.taken[0]).release();
	const second = await start(3);
	const lines = [
		await finish(second.taken[0], folder, ledger),
		await finish(second.taken[1], folder, ledger),
	];
	await heldOf(second.taken[2]).release();
	const third = await start(3);
	expect(third.taken).toMatchObject([...lines.map(isDone), { state: "taken" }]);
});

test("the same command started twice at once has the same jobs: the second finds the first", async () => {
	const { start } = desk();
	const first = await start(2);
	const second = await start(2);
	expect(second.taken).toEqual(
		first.taken.map((one) => ({
			state: "elsewhere",
			key: heldOf(one).key,
			job: heldOf(one).job,
			pid: process.pid,
			takeUp: expect.any(Function),
		})),
	);
});

describe("a command of three images that was killed, and is started again", () => {
	async function interruptedCommand() {
		const { start, folder, ledger } = desk();
		const { taken } = await start(3);
		const line = await finish(taken[0], folder, ledger, Date.now() - 60_000);
		await heldOf(taken[1]).enter(bought);
		for (const one of taken.slice(1)) await heldOf(one).release();
		const before = summary(taken);
		return { start, line, before, folder, ledger };
	}

	test("goes on with what is missing, and finds what is there", async () => {
		const { start, line, before } = await interruptedCommand();
		const { taken } = await start(3);
		expect(taken[0]).toMatchObject(isDone(line));
		expect(summary(taken).slice(1)).toEqual([
			{ ...before[1], state: "taken", stage: "bought" },
			{ ...before[2], state: "taken", stage: "planned" },
		]);
	});

	test("makes an image anew that was taken away since", async () => {
		const { start, line } = await interruptedCommand();
		await rm(line.path ?? "");
		const { taken } = await start(3);
		expect(taken.map(({ state }) => state)).toEqual([
			"created",
			"taken",
			"taken",
		]);
	});

	test("makes an image anew that failed", async () => {
		const { start, folder, ledger } = desk();
		const { taken } = await start(2);
		const held = heldOf(taken[0]);
		const line = ledgerLine({ key: held.key, group: held.job.group });
		await ledger.append({
			...line,
			path: path.join(folder, "never"),
			record: { ...line.record, status: "failed" } as never,
		});
		await held.close();
		await heldOf(taken[1]).release();
		const again = await start(2);
		expect(again.taken.map(({ state }) => state)).toEqual(["created", "taken"]);
	});
});

test("a command that was finished is a new one the next time", async () => {
	const { start, folder, ledger } = desk();
	const { taken } = await start(2);
	for (const one of taken)
		await finish(one, folder, ledger, Date.now() - 60_000);
	const again = await start(2);
	expect(again.taken.map(({ state }) => state)).toEqual(["created", "created"]);
});

test("an image that the same command brought while this one started is not made again", async () => {
	const { start, folder, ledger } = desk();
	const { taken, journal, planned } = await start(1);
	const view = await openView(folder);
	const line = await finish(taken[0], folder, ledger);
	const [found] = await acquireAll(
		planned,
		{
			journal,
			ledger,
			view,
			showPath,
		},
		unasked,
	);
	expect(found).toMatchObject(isDone(line));
	expect(await journal.list()).toEqual([]);
});

test("a job that cannot be read stops the command; its own new jobs go, older ones stay", async () => {
	const { start, jobsFolder, folder, ledger } = desk();
	const { taken, journal, planned, view } = await start(3);
	await heldOf(taken[0]).enter(bought);
	await heldOf(taken[0]).release();
	await heldOf(taken[1]).close();
	await heldOf(taken[2]).close();
	const [first, , third] = planned;
	const damaged = path.join(jobsFolder, third?.key ?? "");
	await mkdir(damaged, { recursive: true });
	await writeFile(path.join(damaged, "free-0-0-x.json"), "{");
	const failure = await failureOf(
		acquireAll(planned, { journal, ledger, view, showPath }, unasked),
	);
	expect(failure.code).toBe("config");
	const left = [...(await journal.list())].map(({ key, job }) => [
		key,
		job?.stage.name,
	]);
	expect(left.sort()).toEqual(
		[
			[first?.key, "bought"],
			[third?.key, undefined],
		].sort(),
	);
	expect(await readdir(folder)).toEqual([".state"]);
});

test("what is refused is as it was before: new jobs go, and what another command left stays what it was", async () => {
	const { start, folder, ledger } = desk();
	const asked = { seeds: [1, 2] };
	const first = await start(2, asked);
	const lines = [];
	for (const one of first.taken) lines.push(await finish(one, folder, ledger));
	const [job] = (await start(1, { seeds: [1] })).taken;
	await heldOf(job).release();
	for (const line of lines) await rm(line.path ?? "");
	const { journal, planned } = first;
	const view = await openView(folder);
	const refusal = new Error("too dear");
	const refused = acquireAll(
		planned,
		{ journal, ledger, view, showPath },
		async (decisions) => {
			expect(decisions.map(({ action }) => action)).toEqual(["fetch", "fetch"]);
			throw refusal;
		},
	);
	await expect(refused).rejects.toBe(refusal);
	expect(await journal.list()).toMatchObject([
		{ key: planned[0]?.key, job: { stage: { name: "planned" } } },
	]);
});

test("dropNew takes away what this command put on disk, and lets go of the rest", async () => {
	const { start } = desk();
	const first = await start(2);
	await heldOf(first.taken[0]).release();
	await heldOf(first.taken[1]).close();
	const second = await start(2);
	expect(second.taken.map(({ state }) => state)).toEqual(["taken", "created"]);
	await dropNew(second.taken);
	expect(await second.journal.list()).toMatchObject([
		{ key: first.planned[0]?.key, holder: { alive: false } },
	]);
});

describe("an image whose seed was asked for, and that was brought once", () => {
	async function broughtOnce(more: Partial<Order> = {}) {
		const { start, folder, ledger } = desk();
		const asked = { seeds: [42], ...more };
		const { taken } = await start(1, asked);
		const line = await finish(taken[0], folder, ledger);
		return { start: () => start(1, { ...asked, ...more }), line, folder, desk };
	}

	test("is fetched where its file is gone, and not bought again", async () => {
		const { start, line } = await broughtOnce();
		await rm(line.path ?? "");
		const [again] = (await start()).taken;
		expect(heldOf(again).job).toMatchObject({
			ref: line.record.client_ref,
			stage: { name: "bought", runId: line.record.run_id },
		});
	});

	test("is a new wish while its file is there, which the check of places refuses", async () => {
		const { start } = await broughtOnce();
		const [again] = (await start()).taken;
		expect(again?.state).toBe("created");
		expect(heldOf(again).job.stage.name).toBe("planned");
	});

	test("is bought anew with --force", async () => {
		const { start, line } = await broughtOnce({ force: true });
		await rm(line.path ?? "");
		const [again] = (await start()).taken;
		expect(heldOf(again).job.stage.name).toBe("planned");
	});

	test("ends a job that a killed process made and never sent", async () => {
		const { start, line } = await broughtOnce();
		const killed = await start();
		await heldOf(killed.taken[0]).release();
		const { taken, journal } = await start();
		expect(taken).toMatchObject([isDone(line)]);
		expect(await journal.list()).toEqual([]);
	});
});
