import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { JobContext } from "../../src/purchase/context.ts";
import type { Job, JobOutput, Stage } from "../../src/purchase/job.ts";
import { AdaptiveLimiter } from "../../src/purchase/limits/adaptive-limiter.ts";
import { createLimiter } from "../../src/purchase/limits/limiter.ts";
import { type Goal, runJob } from "../../src/purchase/run-job.ts";
import type { ImageRecord } from "../../src/record.ts";
import type { Run } from "../../src/runflow/schemas.ts";
import { recordFiles, systemError } from "../record-files.ts";
import { asked, savedRecord } from "../records.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { tinyJpeg } from "../tiny-jpeg.ts";
import {
	type Answer,
	hang,
	makeRun,
	problem,
	refused,
	reset,
	type Script,
} from "./fake-client.ts";
import { bought, type JobWorld, jobWorld } from "./job-world.ts";
import { all } from "./sample-line.ts";
import {
	headOnly,
	type Reply,
	realTransport,
	startStorage,
	status,
	whole,
} from "./storage.ts";

const image = tinyJpeg({ width: 640, height: 480, sizeBytes: 5_000 });
const queued = makeRun({ state: "queued" });
const sending: Stage = {
	name: "sending",
	sentAt: "2026-11-03T12:00:00.000Z",
};

interface Ended {
	readonly world: JobWorld;
	readonly record: ImageRecord | undefined;
	/** The job that a later command would find. */
	readonly left: Job | undefined;
	readonly ledger: readonly unknown[];
}

interface Case {
	readonly script?: Script;
	/** Where the run's link leads. */
	readonly storage?: readonly Reply[];
	readonly job?: Partial<Job>;
	readonly output?: Partial<JobOutput>;
	/** What else is true of the run that succeeds. */
	readonly end?: Partial<Run>;
	readonly goal?: Goal;
	readonly timeoutMs?: number;
	readonly own?: Partial<JobContext>;
	/** What happens on the machine while the service takes the order. */
	readonly meanwhile?: (world: JobWorld) => unknown;
}

/** Runs one job to its end. The answer `finished` in a script is the succeeded run with a link to the storage. */
async function run(given: Case): Promise<Ended> {
	const storage = await startStorage(...(given.storage ?? []));
	const outputs = [{ url: `${storage.url}/image.jpg?signature=secret` }];
	const done = makeRun({ state: "succeeded", outputs, ...given.end });
	const replace = (answers: readonly Answer<Run>[] = []) =>
		answers.map((one) => (one === finished ? done : one));
	const { script = {} } = given;
	const create = replace(script.create).map(
		(answer, at): Answer<Run> =>
			at > 0 || typeof answer === "function"
				? answer
				: async () => {
						await given.meanwhile?.(world);
						if (answer instanceof Error) throw answer;
						return answer;
					},
	);
	const world: JobWorld = await jobWorld(
		{ ...script, create, read: replace(script.read) },
		{ transport: await realTransport(), ...given.own },
	);
	const held = await world.hold(given.job);
	if (given.output)
		await held.amend({ output: { ...held.job.output, ...given.output } });
	const deadlineMs = world.clock.elapsed() + (given.timeoutMs ?? 300_000);
	const context = { ...world.context, deadlineMs };
	const [record] = (await runJob(held, given.goal ?? "image", context)) ?? [];
	expect(world.client.unused).toBe(0);
	return {
		world,
		record,
		left: await world.jobOnDisk(),
		ledger: await all(world.ledger.lines()).catch(() => []),
	};
}

/** Stands for the succeeded run in a script. */
const finished = makeRun({ id: "finished" });

describe("an image that is made", () => {
	const saved = savedRecord({
		cost_is_estimate: true,
		sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
		run_ms: null,
		total_ms: 1_500,
	});

	test("is recorded, written into the ledger, and the job is gone", async () => {
		const { record, left, ledger, world } = await run({
			script: { create: [queued], read: [finished] },
			storage: [whole(image)],
			job: { project: "spring" },
		});
		expect(record).toEqual(saved);
		expect(left).toBeUndefined();
		const file = path.join(world.folder, "garden.jpg");
		expect(await readFile(file)).toEqual(image);
		expect(ledger).toEqual([
			{
				record,
				priceMicros: 60_000,
				key: "job",
				group: "group-1",
				service: "https://api.test",
				project: "spring",
				path: file,
				finishedAt: "2026-11-03T12:00:01.500Z",
				mtimeMs: expect.any(Number),
			},
		]);
		expect(await readdir(world.folder)).toEqual([".state", "garden.jpg"]);
	});

	test("has its record beside it where that was asked for, without a secret", async () => {
		const { record, world } = await run({
			script: { create: [queued], read: [finished] },
			storage: [whole(image)],
			output: { sidecar: true },
		});
		const file = path.join(world.folder, "garden.jpg.json");
		const text = await readFile(file, "utf8");
		expect(JSON.parse(text)).toEqual(record);
		expect(text).not.toContain("secret");
	});

	test("is saved all the same where the name of its sidecar is longer than the disk takes", async () => {
		const folder = temporaryFolder();
		const name = `${"y".repeat(250)}.jpg`;
		const { record, left, world } = await run({
			script: { create: [queued], read: [finished] },
			storage: [whole(image)],
			output: { path: path.join(folder, name), sidecar: true },
		});
		expect([record, left]).toMatchObject([{ status: "saved" }, undefined]);
		expect(world.notes()).toEqual([
			expect.stringContaining(
				`${name}.json cannot be written: its name is too long`,
			),
		]);
		expect(await readdir(folder)).toEqual([name]);
	});

	test("for stdout has no file, and none is beside it", async () => {
		const written: string[] = [];
		const { record, world, ledger } = await run({
			script: { create: [queued], read: [finished] },
			storage: [whole(image)],
			output: { path: null, sidecar: true },
			own: { writeToStdout: async (file) => void written.push(file) },
		});
		expect(record).toEqual({ ...saved, file: "-" });
		expect(ledger).toMatchObject([{ path: null }]);
		expect(written).toHaveLength(1);
		expect(await readdir(world.folder)).toEqual([".state"]);
	});

	test.each([
		["what the service says", "0.05", 60_000, 0.05, false],
		["our price where the service says nothing", undefined, 60_000, 0.06, true],
		["our price where the service says no sum", "free", 60_000, 0.06, true],
		[
			"nobody knows what where neither is known",
			undefined,
			undefined,
			null,
			false,
		],
		["nothing", "0", 60_000, 0, false],
	])("cost %s", async (_what, costText, priceMicros, cost, isEstimate) => {
		const { record } = await run({
			script: { create: [queued], read: [finished] },
			storage: [whole(image)],
			job: { priceMicros },
			end: { costText, durationMs: 9_123 },
		});
		expect(record).toMatchObject({
			status: "saved",
			cost_usd: cost,
			run_ms: 9_123,
		});
		expect(Object(record).cost_is_estimate === true).toBe(isEstimate);
	});

	test("with another seed than the one asked for, or marked as indecent, is kept, and both are told", async () => {
		const { record, world } = await run({
			script: { create: [queued], read: [finished] },
			storage: [whole(image)],
			end: { seed: 99, nsfwDetected: true },
		});
		expect(record).toMatchObject({
			status: "saved",
			seed: 42,
			seed_used: 99,
			nsfw_detected: true,
		});
		expect(world.notes()).toEqual([
			expect.stringContaining("the service used seed 99, not 42"),
			expect.stringContaining("marks this image as indecent"),
		]);
	});

	test("and was in its place when the process was killed is only written down", async () => {
		const { left, world } = await run({
			script: { create: [queued], read: [finished] },
			storage: [whole(image)],
			// As far as a process came that was killed between the name and the ledger.
			meanwhile: ({ ledgerFolder }) => writeFile(ledgerFolder, ""),
		});
		expect(left?.stage.name).toBe("placing");
		await rm(world.ledgerFolder);
		const found = await world.journal.takeOver("job");
		if (found?.state !== "taken") expect.fail(found?.state);
		const [record] = (await runJob(found.held, "paid", world.context)) ?? [];
		expect(record).toEqual({
			...saved,
			charged: "no",
			cost_usd: 0,
			total_ms: 0,
		});
		expect(await world.jobOnDisk()).toBeUndefined();
		expect(await all(world.ledger.lines())).toMatchObject([{ record }]);
	});
});

describe("the goal `submitted`", () => {
	test("ends with the purchase, and leaves the job for a later command", async () => {
		const { record, left, world } = await run({
			script: { create: [queued] },
			goal: "submitted",
		});
		expect(record).toEqual({
			...asked,
			status: "submitted",
			file: "garden.jpg",
			run_id: "run-1",
			charged: "yes",
			cost_usd: 0.06,
			paid_usd: 0.06,
			cost_is_estimate: true,
			submitted_at: "2026-11-03T12:00:00.000Z",
		});
		expect(left?.stage).toEqual(bought);
		expect((await world.journal.takeOver("job"))?.state).toBe("taken");
	});
});

describe("the goal `paid`", () => {
	test("never buys: a job that was not sent is dropped", async () => {
		const { record, left } = await run({ goal: "paid" });
		expect([record, left]).toEqual([undefined, undefined]);
	});

	test("drops a job of which nothing came", async () => {
		const { record, left } = await run({
			goal: "paid",
			job: { stage: sending },
			script: { find: Array(8).fill({ runs: [], complete: true }) },
		});
		expect([record, left]).toEqual([undefined, undefined]);
	});

	test("brings the image of a job of which a run was made", async () => {
		const { record, left } = await run({
			goal: "paid",
			job: { stage: sending },
			script: {
				find: [{ runs: [queued], complete: true }],
				read: [finished],
			},
			storage: [whole(image)],
		});
		expect(record).toMatchObject({ status: "saved", run_id: "run-1" });
		expect(left).toBeUndefined();
	});
});

describe("an order that buys nothing is over", () => {
	test.each<[string, Script, string]>([
		["402", { create: [problem(402)] }, "no_credit"],
		[
			"422 of moderation",
			{ create: [problem(422, { code: "FLAGGED" })] },
			"moderated",
		],
		[
			"nobody listens, five times",
			{ create: Array(5).fill(refused) },
			"network",
		],
	])("%s", async (_how, script, code) => {
		const { record, left, ledger } = await run({ script });
		expect(record).toMatchObject({
			...asked,
			status: "failed",
			run_id: null,
			charged: "no",
			error: { code },
		});
		expect([left, ledger]).toEqual([undefined, []]);
	});
});

describe("an image that came in the answer itself", () => {
	const base64 = image.toString("base64");
	const percent = image.toString("hex").replace(/../g, "%$&");

	test.each([
		`data:image/jpeg;base64,${base64}`,
		`data:image/jpeg;base64,${encodeURIComponent(base64)}`,
		`DATA:image/jpeg,${percent}`,
	])(
		"is written without a request, and from that answer: %.30s",
		async (url) => {
			const { record, left } = await run({
				script: { create: [finished] },
				end: { outputs: [{ url }] },
				// Looking again would show the run without it.
			});
			expect(record).toMatchObject({ status: "saved", bytes: 5_000 });
			expect(left).toBeUndefined();
		},
	);

	test("and is none is said to be, with the run kept", async () => {
		const url = "data:image/jpeg;base64,bm8gaW1hZ2U=";
		const { record, left } = await run({
			script: { create: [finished] },
			end: { outputs: [{ url }] },
		});
		expect(record).toMatchObject({ error: { code: "bad_image" } });
		expect(left?.stage.name).toBe("bought");
	});
});

describe("a run that ended without an image is over, and written down", () => {
	const heldBack = { nsfwDetected: true, costText: "0.06" };

	test.each<[Partial<Run>, string, string]>([
		[{ state: "failed" }, "run_failed", "no"],
		[{ state: "failed", costText: "0.06" }, "run_failed", "yes"],
		[{ state: "failed", costText: "0.000" }, "run_failed", "no"],
		[{ state: "canceled" }, "canceled", "no"],
		[{ state: "failed", failure: { code: "NSFW" } }, "moderated", "no"],
		[{ state: "succeeded", ...heldBack }, "moderated", "yes"],
	])("%j", async (end, code, charged) => {
		const { record, left, ledger } = await run({
			script: { create: [queued], read: [makeRun(end)] },
		});
		expect(record).toMatchObject({
			...asked,
			status: "failed",
			run_id: "run-1",
			charged,
			error: { code },
		});
		expect(left).toBeUndefined();
		expect(ledger).toMatchObject([{ record, path: null, key: "job" }]);
	});
});

describe("what may still be brought stays on disk", () => {
	const boughtAt = "2026-11-03T12:00:00.000Z";
	const cases: [
		string,
		Case,
		{ status: string; charged: string; code: string; stage: Stage["name"] },
	][] = [
		[
			"it cannot be told whether it was bought",
			{ script: { create: [reset], find: [problem(404)] } },
			{
				status: "pending",
				charged: "unknown",
				code: "unknown_charge",
				stage: "sending",
			},
		],
		[
			"the run takes longer than the user waits",
			{
				script: { create: [queued], read: [queued, queued] },
				timeoutMs: 2_000,
			},
			{ status: "pending", charged: "yes", code: "timeout", stage: "bought" },
		],
		[
			"the key is refused while it is waited for",
			{ script: { create: [queued], read: [problem(401)] } },
			{ status: "pending", charged: "yes", code: "auth", stage: "bought" },
		],
		[
			"the service does not know the run any more",
			{
				script: { create: [queued], read: Array(7).fill(problem(404)) },
			},
			{
				status: "failed",
				charged: "yes",
				code: "bad_response",
				stage: "bought",
			},
		],
		[
			"the run shows no image",
			{
				script: {
					create: [queued],
					read: Array(5).fill(makeRun({ state: "succeeded" })),
				},
			},
			{ status: "failed", charged: "yes", code: "no_output", stage: "bought" },
		],
		[
			"what comes is not the image",
			{
				script: { create: [queued], read: [finished, finished, finished] },
				storage: Array(3).fill(whole(Buffer.from("<html>"))),
			},
			{ status: "failed", charged: "yes", code: "bad_image", stage: "bought" },
		],
		[
			"the storage cuts every download",
			{
				script: { create: [queued], read: [finished] },
				storage: Array(5).fill(headOnly(whole(image))),
			},
			{ status: "pending", charged: "yes", code: "network", stage: "bought" },
		],
		[
			"the storage refuses every link",
			{
				script: { create: [queued], read: Array(5).fill(finished) },
				storage: Array(5).fill(status(403)),
			},
			{
				status: "pending",
				charged: "yes",
				code: "unavailable",
				stage: "bought",
			},
		],
		[
			"the link leads nowhere safe",
			{
				script: {
					create: [queued],
					read: [
						makeRun({
							state: "succeeded",
							outputs: [{ url: "http://storage.test/a.jpg?signature=secret" }],
						}),
					],
				},
			},
			{
				status: "failed",
				charged: "yes",
				code: "bad_response",
				stage: "bought",
			},
		],
		[
			"a file appeared in its place",
			{
				script: { create: [queued], read: [finished] },
				storage: [whole(image)],
				meanwhile: ({ folder }) =>
					writeFile(path.join(folder, "garden.jpg"), "somebody else's"),
			},
			{ status: "failed", charged: "yes", code: "disk", stage: "placing" },
		],
		[
			"the ledger cannot be written",
			{
				script: { create: [queued], read: [finished] },
				storage: [whole(image)],
				meanwhile: ({ ledgerFolder }) => writeFile(ledgerFolder, "no folder"),
			},
			{ status: "failed", charged: "yes", code: "disk", stage: "placing" },
		],
		[
			"stdout is gone",
			{
				script: { create: [queued], read: [finished] },
				storage: [whole(image)],
				output: { path: null },
				own: {
					writeToStdout: async () => {
						throw new Error("EPIPE");
					},
				},
			},
			{ status: "failed", charged: "yes", code: "internal", stage: "bought" },
		],
		[
			"the program has a mistake while it buys",
			{ script: { create: [new TypeError("oops")] } },
			{
				status: "failed",
				charged: "unknown",
				code: "internal",
				stage: "sending",
			},
		],
	];

	test.each(cases)("%s", async (_why, given, { stage, code, ...told }) => {
		const { record, left, ledger, world } = await run(given);
		const hint = expect.stringMatching(/\w/);
		expect(record).toMatchObject({ ...asked, ...told, error: { code, hint } });
		expect(left?.stage.name).toBe(stage);
		expect(ledger).toEqual([]);
		expect(JSON.stringify([record, left])).not.toContain("secret");
		const isBought = stage !== "sending";
		expect(record).toMatchObject({ run_id: isBought ? "run-1" : null });
		if (told.status === "pending")
			expect(record).toMatchObject({
				submitted_at: isBought ? boughtAt : null,
			});
		// Nobody holds it any more: a later command need not wait for this process to end.
		expect((await world.journal.takeOver("job"))?.state).toBe("taken");
	});
});

describe("an interrupt", () => {
	const interrupts: [
		string,
		Case["script"],
		object,
		Stage["name"] | undefined,
	][] = [
		[
			"before anything is sent",
			{},
			{ status: "failed", charged: "no" },
			undefined,
		],
		[
			"inside the purchase",
			{ create: [hang] },
			{ status: "pending", charged: "unknown", run_id: null },
			"sending",
		],
		[
			"while the run goes on",
			{ create: [queued], read: [hang] },
			{ status: "pending", charged: "yes", run_id: "run-1" },
			"bought",
		],
	];

	test.each(interrupts)("%s", async (_when, script = {}, told, stage) => {
		const world = await jobWorld(script);
		const held = await world.hold();
		if (world.client.unused === 0) world.interrupt();
		const ended = runJob(held, "image", world.context).then(
			(records) => records?.[0],
		);
		while (world.client.unused > 0) await new Promise(setImmediate);
		world.interrupt();
		expect(await ended).toMatchObject({
			...asked,
			...told,
			error: { code: "interrupted" },
		});
		expect((await world.jobOnDisk())?.stage.name).toBe(stage);
	});
});

test("an image whose run is over is told as downloading, also while it waits for others to be saved", async () => {
	const downloads = createLimiter(1);
	let letIn = () => {};
	void downloads.run(
		() =>
			new Promise<void>((resolve) => {
				letIn = resolve;
			}),
	);
	const { record } = await run({
		script: { create: [finished] },
		storage: [whole(image)],
		own: {
			downloads,
			emit: (event) => {
				if (event.type === "downloading" && event.receivedBytes === 0) letIn();
			},
		},
	});
	expect(record?.status).toBe("saved");
});

test("a run that is bought already waits for nobody's room: those who have it may be waiting for its bill", async () => {
	const runLimiter = new AdaptiveLimiter(1, { elapsed: () => 0 });
	await runLimiter.acquire(new AbortController().signal);
	const { record } = await run({
		script: { read: [finished] },
		storage: [whole(image)],
		job: { stage: bought },
		own: { runLimiter },
	});
	expect(record?.status).toBe("saved");
});

test("a state folder that takes nothing stops it before anything is bought", async () => {
	const world = await jobWorld();
	const held = await world.hold();
	const blocked = { ...held, job: held.job };
	blocked.enter = async () => {
		throw Object.assign(new Error("no space"), { code: "ENOSPC" });
	};
	const [record] = (await runJob(blocked, "image", world.context)) ?? [];
	expect(record).toMatchObject({ status: "failed", charged: "no" });
	expect(world.client.orders).toEqual([]);
});

test("a run that the full disk of the state cannot hold is told, with the command that saves it elsewhere", async () => {
	const world = await jobWorld({ create: [queued] });
	const held = await world.hold();
	recordFiles(({ kind, path: file }) => {
		const isSent = world.client.orders.length > 0;
		if (isSent && kind === "write" && file.startsWith(world.jobsFolder))
			throw systemError("ENOSPC");
	});
	const [record] = (await runJob(held, "image", world.context)) ?? [];
	expect(record).toMatchObject({
		status: "failed",
		run_id: "run-1",
		charged: "yes",
		error: {
			code: "disk",
			hint: expect.stringContaining(
				"flux-ultra runs fetch run-1 -o elsewhere.jpg",
			),
		},
	});
	expect((await world.jobOnDisk())?.stage.name).toBe("sending");
});

test("a run of an earlier process that the full disk cannot hold is told, and not as bought here", async () => {
	const world = await jobWorld({ find: [{ runs: [queued], complete: true }] });
	const stage = { name: "sending", sentAt: bought.submittedAt } as const;
	const held = await world.hold({ stage });
	recordFiles(({ kind, path: file }) => {
		if (kind === "write" && file.startsWith(world.jobsFolder))
			throw systemError("ENOSPC");
	});
	const [record] = (await runJob(held, "image", world.context)) ?? [];
	expect(record).toMatchObject({
		...{ status: "failed", run_id: "run-1", charged: "no", cost_usd: 0 },
		paid_usd: 0.06,
		error: { code: "disk" },
	});
	expect((await world.jobOnDisk())?.stage).toEqual(stage);
});

test("of several images one that was never bought after all is left for the same command", async () => {
	const absent = { runs: [], complete: true };
	const stage = { name: "sending", sentAt: bought.submittedAt } as const;
	for (const [groupSize, left] of [
		[undefined, undefined],
		[3, "planned"],
	] as const) {
		const world = await jobWorld({ find: Array(8).fill(absent) });
		const held = await world.hold({ stage, groupSize });
		expect(await runJob(held, "paid", world.context)).toBeUndefined();
		expect((await world.jobOnDisk())?.stage.name).toBe(left);
	}
});
