import path from "node:path";
import { describe, expect, test } from "vitest";
import { openDayLimit } from "../../src/jobs/day-limit.ts";
import type { Job } from "../../src/jobs/job.ts";
import type { LedgerLine } from "../../src/jobs/ledger.ts";
import { failureOf, jobWorld, makeJob } from "./job-world.ts";
import { ledgerLine } from "./sample-line.ts";

/** A day at noon, with this in the ledger and these jobs under way. */
async function dayWith(
	lines: readonly LedgerLine[],
	jobs: readonly Partial<Job>[] = [],
	value: number | undefined = 1_000_000,
) {
	const world = await jobWorld();
	for (const line of lines) await world.ledger.append(line);
	for (const [at, job] of jobs.entries())
		await world.journal.acquire(`key-${at}`, () => makeJob(job));
	const limit = openDayLimit({
		limit: { value, origin: "max-cost-per-day" },
		ledger: world.ledger,
		journal: world.journal,
		service: "https://api.test",
		folder: path.join(world.folder, ".state", "locks"),
		clock: world.clock,
	});
	return { ...world, limit };
}

/** What counts as spent today, found by asking for more than the limit leaves. */
async function spent(
	lines: readonly LedgerLine[],
	jobs: readonly Partial<Job>[] = [],
	mine: readonly Job[] = [],
): Promise<string> {
	const { limit } = await dayWith(lines, jobs);
	const failure = await failureOf(limit.check(mine, 1_000_001));
	return / on top of (\S+) spent today/.exec(failure.message)?.[1] ?? "nothing";
}

const noon = "2026-11-03T12:00:00.000Z";
const yesterday = "2026-11-01T12:00:00.000Z";

describe("what counts as spent today", () => {
	test("is nothing on a day without images", async () => {
		expect(await spent([])).toBe("nothing");
	});

	test("is what each image of today cost, once", async () => {
		const lines = [
			ledgerLine({ finishedAt: noon }, { client_ref: "a", cost_usd: 0.06 }),
			ledgerLine({ finishedAt: noon }, { client_ref: "b", cost_usd: 0.003 }),
			ledgerLine({ finishedAt: noon }, { client_ref: "b", cost_usd: 0.003 }),
			ledgerLine({ finishedAt: noon }, { client_ref: "c", cost_usd: null }),
		];
		expect(await spent(lines)).toBe("$0.063");
	});

	test.each<[string, LedgerLine]>([
		[
			"that was bought another day, and is fetched today,",
			ledgerLine({ finishedAt: noon }, { submitted_at: yesterday }),
		],
		[
			"of another service",
			ledgerLine({ service: "sandbox", finishedAt: noon }),
		],
	])("is not what an image %s cost", async (_what, line) => {
		expect(await spent([line])).toBe("nothing");
	});

	test("is the price of what is under way", async () => {
		const jobs = [
			{ ref: "a", createdAt: noon },
			{ ref: "b", createdAt: noon, priceMicros: undefined },
			{ ref: "c", createdAt: noon, service: "sandbox" },
			{ ref: "d", createdAt: yesterday },
		];
		expect(await spent([], jobs)).toBe("$0.06");
	});

	test("is not the price of what the ledger knows already", async () => {
		const line = ledgerLine(
			{ finishedAt: noon },
			{ client_ref: "a", cost_usd: 0.05 },
		);
		expect(await spent([line], [{ ref: "a", createdAt: noon }])).toBe("$0.05");
	});

	test("of a run of several images is what is booked of them, and the rest of its price", async () => {
		const line = (output: number, cost_usd: number) =>
			ledgerLine({ finishedAt: noon }, { client_ref: "a", output, cost_usd });
		const lines = [line(1, 0.03), line(2, 0.02)];
		const job = { ref: "a", createdAt: noon, images: 3, priceMicros: 90_000 };
		expect(await spent(lines)).toBe("$0.05");
		expect(await spent(lines, [job])).toBe("$0.09");
	});

	test("is not the price of what is about to be bought, which is the question", async () => {
		const mine = makeJob({ ref: "a", createdAt: noon });
		expect(await spent([], [mine, { ref: "b", createdAt: noon }], [mine])).toBe(
			"$0.06",
		);
	});
});

test("what fits into the day passes, to the last micro-dollar", async () => {
	const { limit } = await dayWith([ledgerLine({ finishedAt: noon })]);
	await limit.check([], 940_000);
	expect((await failureOf(limit.check([], 940_001))).code).toBe("over_budget");
});

test("without a limit nothing is counted and nothing is locked", async () => {
	const world = await jobWorld();
	const limit = openDayLimit({
		limit: { value: undefined, origin: "default" },
		ledger: world.ledger,
		journal: world.journal,
		service: "https://api.test",
		folder: path.join(world.folder, "locks"),
		clock: world.clock,
	});
	await limit.check([], 1e12);
	expect(await limit.alone(async () => limit.alone(async () => 7))).toBe(7);
});

test("two that count and reserve do it one after the other", async () => {
	const { limit } = await dayWith([]);
	const steps: string[] = [];
	const work = (name: string) => async () => {
		steps.push(`${name} begins`);
		await new Promise((resolve) => setTimeout(resolve, 10));
		steps.push(`${name} ends`);
	};
	await Promise.all([limit.alone(work("one")), limit.alone(work("two"))]);
	const [first, second] =
		steps[0] === "one begins" ? ["one", "two"] : ["two", "one"];
	expect(steps).toEqual([
		`${first} begins`,
		`${first} ends`,
		`${second} begins`,
		`${second} ends`,
	]);
});

test("one that fails lets the next one in", async () => {
	const { limit } = await dayWith([]);
	const failing = limit.alone(async () => {
		throw new Error("over");
	});
	await expect(failing).rejects.toThrow("over");
	expect(await limit.alone(async () => 7)).toBe(7);
});

test("an image that ends while it is counted is never missed", async () => {
	const world = await jobWorld();
	const job = makeJob({ createdAt: noon });
	const line = ledgerLine({ finishedAt: noon }, { client_ref: job.ref });
	// The job ends right after the first of the two looks, whichever that is.
	let hasEnded = false;
	const look = <T>(under: T, over: T): T => {
		const seen = hasEnded ? over : under;
		hasEnded = true;
		return seen;
	};
	const holder = { pid: 1, alive: true };
	const limit = openDayLimit({
		limit: { value: 60_000, origin: "max-cost-per-day" },
		ledger: { ...world.ledger, readRecent: async () => look([], [line]) },
		journal: {
			...world.journal,
			list: async () => look([{ key: "key", job, holder }], []),
		},
		service: job.service,
		folder: path.join(world.folder, ".state", "locks"),
		clock: world.clock,
	});
	const failure = await failureOf(limit.check([], 60_000));
	expect(failure.code).toBe("over_budget");
});
