import { describe, expect, test } from "vitest";
import { createBillRatios } from "../../src/ledger/bill.ts";
import type { LedgerLine } from "../../src/ledger/ledger.ts";
import { openLedgerView } from "../../src/ledger/view.ts";
import type { Job } from "../../src/purchase/job.ts";
import { DayBudget } from "../../src/purchase/limits/day-budget.ts";
import { failureOf, jobWorld, makeJob } from "./job-world.ts";
import { ledgerLine } from "./sample-line.ts";

const service = "https://api.test";
const noon = "2026-11-03T12:00:00.000Z";
const yesterday = "2026-11-01T12:00:00.000Z";
const sending = { name: "sending", sentAt: noon } as const;
const boughtAt = (submittedAt: string) =>
	({ name: "bought", runId: "r", submittedAt }) as const;

/** A day at noon, with this in the ledger and these jobs on disk. */
async function dayWith(
	lines: readonly LedgerLine[],
	jobs: readonly Partial<Job>[] = [],
	{ value = 1_000_000, areAlive = true, hasBill = true } = {},
) {
	const world = await jobWorld();
	for (const line of lines) await world.ledger.append(line);
	for (const [at, job] of jobs.entries()) {
		const held = await world.hold(job, `key-${at}`);
		if (!areAlive) await held.release();
	}
	const ratios = createBillRatios();
	if (hasBill) ratios.learn(makeJob().model, 60_000, 60_000);
	const { ledgerFolder, clock, journal } = world;
	const view = await openLedgerView(ledgerFolder, service, ratios, clock);
	const limit = { value, origin: "max-cost-per-day" };
	const books = { limit, journal, view, ratios, service, clock };
	return { ...world, ratios, day: new DayBudget(books) };
}

async function booksOf(
	lines: readonly LedgerLine[],
	jobs: readonly Partial<Job>[] = [],
	mine: readonly string[] = [],
) {
	const { day } = await dayWith(lines, jobs);
	const { spentMicros, reservedMicros } = await day.read(new Set(mine));
	return { spentMicros, reservedMicros };
}

describe("the day", () => {
	test("has spent what was booked today, and reserved what is under way without a bill", async () => {
		const lines = [ledgerLine({ finishedAt: noon }, { client_ref: "a" })];
		const jobs: Partial<Job>[] = [
			{ ref: "sending", stage: sending },
			{ ref: "bought", stage: boughtAt(noon) },
			{ ref: "planned" },
			{ ref: "mine", stage: sending },
			{ ref: "other", stage: sending, service: "sandbox" },
		];
		expect(await booksOf(lines, jobs, ["mine"])).toEqual({
			spentMicros: 60_000,
			reservedMicros: 120_000,
		});
	});

	test("counts an order of yesterday that is not bought yet, and not a run that was bought yesterday", async () => {
		const jobs: Partial<Job>[] = [
			{ ref: "a", stage: { name: "sending", sentAt: yesterday } },
			{ ref: "b", stage: boughtAt(yesterday) },
		];
		expect((await booksOf([], jobs)).reservedMicros).toBe(60_000);
	});

	test("has spent the bill of a run whose image is not saved yet", async () => {
		const job = { ref: "a", stage: boughtAt(noon), billMicros: 90_000 };
		expect(await booksOf([], [job])).toEqual({
			spentMicros: 90_000,
			reservedMicros: 0,
		});
	});

	test("reserves at the worst ratio of bill to price, that of other processes included", async () => {
		const jobs: Partial<Job>[] = [
			{ ref: "a", stage: boughtAt(noon), billMicros: 120_000 },
			{ ref: "b", stage: sending },
		];
		const { day } = await dayWith([], jobs);
		expect(await day.read(new Set())).toMatchObject({
			spentMicros: 120_000,
			reservedMicros: 120_000,
		});
	});

	test("counts an image once whose job is still there when its line is", async () => {
		const line = ledgerLine({ finishedAt: noon }, { client_ref: "a" });
		const job = { ref: "a", stage: boughtAt(noon) };
		expect(await booksOf([line], [job])).toEqual({
			spentMicros: 60_000,
			reservedMicros: 0,
		});
	});

	test("of a run of several images has spent what is booked, and reserved the rest of its price", async () => {
		const line = (output: number, cost_usd: number) =>
			ledgerLine({ finishedAt: noon }, { client_ref: "a", output, cost_usd });
		const job = {
			ref: "a",
			stage: boughtAt(noon),
			images: 3,
			priceMicros: 90_000,
		};
		expect(await booksOf([line(1, 0.03), line(2, 0.02)], [job])).toEqual({
			spentMicros: 50_000,
			reservedMicros: 40_000,
		});
	});
});

describe("an order", () => {
	const order = makeJob({ ref: "mine", stage: sending });

	test("fits up to the last hundredth of a cent", async () => {
		const line = ledgerLine({ finishedAt: noon });
		const fits = await dayWith([line], [], { value: 120_000 });
		expect(await fits.day.judge(order)).toBe("fits");
		const over = await dayWith([line], [], { value: 119_900 });
		expect(await failureOf(over.day.judge(order))).toMatchObject({
			code: "over_budget",
			charged: "no",
			message:
				"this costs $0.06 on top of $0.06 spent today, more than the limit of $0.1199 (max-cost-per-day)",
		});
	});

	test("waits for what is under way before it is refused, and names both sums then", async () => {
		const line = ledgerLine({ finishedAt: noon });
		const jobs = [{ ref: "other", stage: sending }];
		const live = await dayWith([line], jobs, { value: 120_000 });
		expect(await live.day.judge(order)).toBe("wait");
		// Nobody will settle it.
		const left = await dayWith([line], jobs, {
			value: 120_000,
			areAlive: false,
		});
		expect((await failureOf(left.day.judge(order))).message).toBe(
			"this costs $0.06 on top of $0.06 spent today and $0.06 reserved for what is under way, more than the limit of $0.12 (max-cost-per-day)",
		);
	});

	test("waits for the first bill of its model", async () => {
		const jobs = [{ ref: "other", stage: sending }];
		const { day, ratios } = await dayWith([], jobs, { hasBill: false });
		expect(await day.judge(order)).toBe("wait");
		ratios.learn(order.model, 60_000, 60_000);
		expect(await day.judge(order)).toBe("fits");
	});

	test("is refused where the first bill of its model is due of a run that was left", async () => {
		const jobs = [{ ref: "other", stage: boughtAt(noon) }];
		const state = { hasBill: false, areAlive: false };
		const { day, ratios } = await dayWith([], jobs, state);
		expect(await failureOf(day.judge(order))).toMatchObject({
			code: "timeout",
			charged: "no",
			message:
				"the first bill of this model is not known yet, and under a limit (max-cost-per-day) no second image is bought before it",
		});
		ratios.learn(order.model, 60_000, 60_000);
		expect(await day.judge(order)).toBe("fits");
	});

	test("is refused without adding up where one that cost no more was refused today", async () => {
		const { day, clock } = await dayWith([], [], { value: 50_000 });
		day.recall(order);
		await failureOf(day.judge(order));
		expect(() => day.recall(order)).toThrow("limit of $0.05");
		day.recall({ ...order, priceMicros: 40_000 });
		clock.setForward(86_400_000);
		day.recall(order);
	});
});

test("an image that ends while the day is added up is never missed", async () => {
	const world = await dayWith([]);
	const job = makeJob({ stage: sending });
	const line = ledgerLine({ finishedAt: noon }, { client_ref: job.ref });
	const holder = { pid: 1, alive: true };
	// The job ends right after the first look, at the journal.
	const list = async () => {
		await world.ledger.append(line);
		return [{ key: "key", job, holder }];
	};
	const { ledgerFolder, clock, ratios } = world;
	const day = new DayBudget({
		limit: { value: 1, origin: "" },
		journal: { list } as never,
		view: await openLedgerView(ledgerFolder, service, ratios, clock),
		ratios,
		service,
		clock,
	});
	expect(await day.read(new Set())).toMatchObject({
		spentMicros: 60_000,
		reservedMicros: 0,
	});
});
