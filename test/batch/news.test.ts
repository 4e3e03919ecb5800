import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { followLedger } from "../../src/batch/news.ts";
import { temporaryFolder } from "../temporary-folder.ts";

function line(key: string, status = "saved", path: string | null = "/x.jpg") {
	return `${JSON.stringify({ key, path, record: { status } })}\n`;
}

it("tells what was brought since it began to look, whichever month it is booked in", async () => {
	const folder = temporaryFolder();
	const november = join(folder, "2026-11.jsonl");
	writeFileSync(november, line("before"));
	const news = await followLedger(folder);
	appendFileSync(november, line("a") + line("refused", "failed"));
	appendFileSync(november, line("piped", "saved", null));
	writeFileSync(join(folder, "2026-12.jsonl"), line("b"));
	const keys = ["before", "a", "refused", "piped", "b", "never"];
	const found = [];
	for (const key of keys) found.push((await news.broughtSince(key))?.key);
	expect(found).toEqual([undefined, "a", undefined, undefined, "b", undefined]);
});

it("a line that is still being written is read when it is whole", async () => {
	const folder = temporaryFolder();
	const file = join(folder, "2026-11.jsonl");
	const news = await followLedger(folder);
	const whole = line("ä");
	appendFileSync(file, Buffer.from(whole).subarray(0, 9));
	expect(await news.broughtSince("ä")).toBeUndefined();
	appendFileSync(file, Buffer.from(whole).subarray(9));
	expect(await news.broughtSince("ä")).toMatchObject({ key: "ä" });
});

it("what a power cut left unfinished hides nothing", async () => {
	const folder = temporaryFolder();
	const news = await followLedger(folder);
	appendFileSync(join(folder, "2026-11.jsonl"), `{"key":\n${line("a")}`);
	expect(await news.broughtSince("a")).toMatchObject({ key: "a" });
});

it("a ledger that is not there yet has no news", async () => {
	const folder = join(temporaryFolder(), "ledger");
	const news = await followLedger(folder);
	expect(await news.broughtSince("a")).toBeUndefined();
	mkdirSync(folder);
	writeFileSync(join(folder, "2026-11.jsonl"), line("a"));
	const asked = ["a", "a", "b"].map((key) => news.broughtSince(key));
	expect((await Promise.all(asked)).map((found) => found?.key)).toEqual([
		"a",
		"a",
		undefined,
	]);
});
