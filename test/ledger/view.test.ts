import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, test } from "vitest";
import { createBillRatios } from "../../src/ledger/bill.ts";
import { openLedgerView } from "../../src/ledger/view.ts";
import { FakeClock } from "../fake-clock.ts";
import { ledgerLine } from "../purchase/sample-line.ts";
import { temporaryFolder } from "../temporary-folder.ts";

function line(key: string, status = "saved", path: string | null = "/x.jpg") {
	return `${JSON.stringify({ key, path, service, record: { status, client_ref: key } })}\n`;
}

const service = "https://api.test";

function open(folder: string, ratios = createBillRatios()) {
	return openLedgerView(folder, service, ratios, new FakeClock());
}

it("tells what was brought since it began to look, whichever month it is booked in", async () => {
	const folder = temporaryFolder();
	const november = join(folder, "2026-11.jsonl");
	writeFileSync(november, line("before"));
	const view = await open(folder);
	appendFileSync(november, line("a") + line("refused", "failed"));
	appendFileSync(november, line("piped", "saved", null));
	writeFileSync(join(folder, "2026-12.jsonl"), line("b"));
	const keys = ["before", "a", "refused", "piped", "b", "never"];
	const found: unknown[] = [];
	for (const key of keys) found.push((await view.savedSince(key))?.key);
	expect(found).toEqual([undefined, "a", undefined, undefined, "b", undefined]);
});

it("a line that is still being written is read when it is whole", async () => {
	const folder = temporaryFolder();
	const file = join(folder, "2026-11.jsonl");
	const view = await open(folder);
	const whole = line("ä");
	appendFileSync(file, Buffer.from(whole).subarray(0, 9));
	expect(await view.savedSince("ä")).toBeUndefined();
	appendFileSync(file, Buffer.from(whole).subarray(9));
	expect(await view.savedSince("ä")).toMatchObject({ key: "ä" });
});

it("what a power cut left unfinished hides nothing", async () => {
	const folder = temporaryFolder();
	const view = await open(folder);
	appendFileSync(join(folder, "2026-11.jsonl"), `{"key":\n${line("a")}`);
	expect(await view.savedSince("a")).toMatchObject({ key: "a" });
});

it("a ledger that is not there yet has no news", async () => {
	const folder = join(temporaryFolder(), "ledger");
	const view = await open(folder);
	expect(await view.savedSince("a")).toBeUndefined();
	mkdirSync(folder);
	writeFileSync(join(folder, "2026-11.jsonl"), line("a"));
	const asked = ["a", "a", "b"].map((key) => view.savedSince(key));
	expect((await Promise.all(asked)).map((found) => found?.key)).toEqual([
		"a",
		"a",
		undefined,
	]);
});

const noon = Date.UTC(2026, 10, 3, 12);

function paid(
	ref: string,
	cost: number | null,
	at = "2026-11-03T12:00:00.000Z",
	more: Parameters<typeof ledgerLine>[0] = {},
) {
	const line = ledgerLine(
		{ finishedAt: at, ...more },
		{ client_ref: ref, cost_usd: cost, submitted_at: at },
	);
	return `${JSON.stringify(line)}\n`;
}

async function spentWith(before: string, after = ""): Promise<object> {
	const folder = temporaryFolder();
	const file = join(folder, "2026-11.jsonl");
	writeFileSync(file, before);
	const view = await open(folder);
	await view.spentOn(noon);
	appendFileSync(file, after);
	return Object.fromEntries(await view.spentOn(noon));
}

it("adds up what was bought today, before it was opened and since, each image once", async () => {
	expect(
		await spentWith(
			paid("a", 0.06) + paid("b", 0.05) + paid("b", 0.06),
			paid("c", 0.003) + paid("d", null),
		),
	).toEqual({ a: 60_000, b: 60_000, c: 3_000, d: 0 });
});

const today = "2026-11-03T12:00:00.000Z";
const listed = { cost_usd: 0.06, paid_usd: 0.06, cost_is_estimate: true };
const billed = { cost_usd: 0.09, paid_usd: 0.09 };
const unpriced = { charged: "no", cost_usd: 0, paid_usd: null } as const;
const forgotten = { ...listed, status: "failed", charged: "unknown" } as const;
const failed = { status: "failed", charged: "no" } as const;
const ofYesterday = { ...billed, submitted_at: "2026-11-02T12:00:00.000Z" };

test.each([
	["without a price", [billed, unpriced], 90_000],
	["at the list price", [billed, listed], 90_000],
	["with its bill", [listed, billed], 90_000],
	["several times", [listed, billed, unpriced, listed], 90_000],
	["in vain", [billed, failed], 90_000],
	["in vain, and then without a price", [billed, failed, unpriced], 90_000],
	["after it was given up", [forgotten, unpriced], 60_000],
	["after it had failed", [failed, listed], 60_000],
	["from another day", [ofYesterday, unpriced], undefined],
])(
	"an image that is fetched again %s costs what it cost",
	async (_how, records, micros) => {
		const lines = records.map((record) => {
			const at = { priceMicros: 60_000, finishedAt: today };
			const told = { client_ref: "a", submitted_at: today, ...record };
			return `${JSON.stringify(ledgerLine(at, told as object))}\n`;
		});
		for (const count of lines.keys()) {
			const before = lines.slice(0, count).join("");
			const after = lines.slice(count).join("");
			expect(await spentWith(before, after)).toEqual(
				micros ? { a: micros } : {},
			);
		}
		expect(await spentWith(lines.join(""))).toEqual(
			micros ? { a: micros } : {},
		);
	},
);

it("leaves out other days, other services, what failed, and credit", async () => {
	const lines = [
		paid("yesterday", 0.06, "2026-11-01T12:00:00.000Z"),
		paid("sandbox", 0.06, undefined, { service: "sandbox" }),
		line("failed", "failed"),
		paid("credit", -1),
	];
	expect(await spentWith(lines.join(""))).toEqual({ credit: 0 });
});

it("reads back no further than two days, over files of any size", async () => {
	const folder = temporaryFolder();
	const old = paid("old", 0.06, "2026-10-01T12:00:00.000Z");
	const before = paid("before", 0.06, "2026-11-01T12:00:00.000Z");
	const today = Array.from({ length: 3_000 }, (_, at) => paid(`t${at}`, 0.01));
	writeFileSync(join(folder, "2026-10.jsonl"), old.repeat(10));
	writeFileSync(
		join(folder, "2026-11.jsonl"),
		before.repeat(2_000) + today.join(""),
	);
	const spent = await (await open(folder)).spentOn(noon);
	expect(spent.size).toBe(3_000);
	expect([...spent.values()].every((micros) => micros === 10_000)).toBe(true);
});

it("learns of the last lines how far bills were from their prices, however old they are", async () => {
	const folder = temporaryFolder();
	const old = "2026-01-01T12:00:00.000Z";
	writeFileSync(
		join(folder, "2026-01.jsonl"),
		paid("a", 0.09, old, { priceMicros: 60_000 }) +
			paid("b", 0.06, old, { priceMicros: 60_000 }),
	);
	const ratios = createBillRatios();
	await (await open(folder, ratios)).learnBills();
	const model = "black-forest-labs/flux-1-1-pro-ultra";
	expect(ratios.worst(model)).toBe(1.5);
	expect(ratios.hasSeen("another")).toBe(false);
});
