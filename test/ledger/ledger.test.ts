import {
	appendFile,
	mkdir,
	readdir,
	readFile,
	stat,
	writeFile,
} from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import {
	type Ledger,
	type LedgerLine,
	openLedger,
} from "../../src/ledger/ledger.ts";
import { failureOf } from "../purchase/job-world.ts";
import { ledgerLine } from "../purchase/sample-line.ts";
import { temporaryFolder } from "../temporary-folder.ts";

function open(folder = path.join(temporaryFolder(), "ledger")) {
	return { folder, ledger: openLedger(folder) };
}

/** A line of an image, told apart by its reference, of some month. */
const line = (ref: string, month = "2026-11"): LedgerLine =>
	ledgerLine({ finishedAt: `${month}-03T12:00:00.000Z` }, { client_ref: ref });

const refsOf = (lines: readonly LedgerLine[]) =>
	lines.map(({ record }) => record.client_ref);

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
	const found: T[] = [];
	for await (const item of items) found.push(item);
	return found;
}

async function append(ledger: Ledger, lines: readonly LedgerLine[]) {
	for (const one of lines) await ledger.append(one);
}

test("a line comes back as it was written", async () => {
	const { ledger } = open();
	const written = ledgerLine({ project: "spring", mtimeMs: 1.5 });
	await ledger.append(written);
	expect(await ledger.readRecent()).toEqual([written]);
});

test("lines go into a file a month, by when the image was finished", async () => {
	const { folder, ledger } = open();
	const lines = [
		line("a", "2026-09"),
		line("b", "2026-11"),
		line("c", "2026-10"),
		line("d", "2026-11"),
	];
	await append(ledger, lines);
	expect((await readdir(folder)).sort()).toEqual([
		"2026-09.jsonl",
		"2026-10.jsonl",
		"2026-11.jsonl",
	]);
	expect(refsOf(await ledger.readRecent())).toEqual(["c", "b", "d"]);
	expect(refsOf(await all(ledger.lines()))).toEqual(["a", "c", "b", "d"]);
});

test.skipIf(process.platform === "win32")(
	"nobody else on the machine can read it",
	async () => {
		const { folder, ledger } = open();
		await ledger.append(line("a"));
		expect((await stat(folder)).mode & 0o777).toBe(0o700);
		const file = path.join(folder, "2026-11.jsonl");
		expect((await stat(file)).mode & 0o777).toBe(0o600);
	},
);

test("a ledger that was never written is empty", async () => {
	const { ledger } = open();
	expect(await ledger.readRecent()).toEqual([]);
	expect(await all(ledger.lines())).toEqual([]);
});

describe("a line that a power cut left unfinished", () => {
	test.each([
		["in its middle", '{"record":{"client_ref":"torn"'],
		["before its line end", JSON.stringify(line("torn"))],
		["inside a character", '{"record":{"prompt":"caf\u00c3'],
	])("%s does not swallow the next one", async (_where, torn) => {
		const { folder, ledger } = open();
		await ledger.append(line("a"));
		await appendFile(path.join(folder, "2026-11.jsonl"), torn);
		await append(ledger, [line("b"), line("c")]);
		const refs = refsOf(await ledger.readRecent());
		expect(refs.filter((ref) => ref !== "torn")).toEqual(["a", "b", "c"]);
	});
});

test("of two lines of one image the later counts", async () => {
	const { ledger } = open();
	const later = ledgerLine({ path: "/later.jpg" }, { client_ref: "a" });
	await append(ledger, [line("a"), line("b"), later]);
	const lines = await ledger.readRecent();
	expect(lines.map(({ path, record }) => [record.client_ref, path])).toEqual([
		["a", "/later.jpg"],
		["b", "/images/garden.jpg"],
	]);
});

test("what is no line, and what is no ledger, is passed over", async () => {
	const { folder, ledger } = open();
	await ledger.append(line("a"));
	await appendFile(
		path.join(folder, "2026-11.jsonl"),
		'\n\nnull\n7\n[]\n{}\n{"record":null}\n{"record":{"client_ref":7}}\nwhat\n',
	);
	for (const name of ["notes.txt", "2026-12.jsonl.bak", "2026-1.jsonl"])
		await writeFile(path.join(folder, name), JSON.stringify(line("x")));
	await ledger.append(line("b"));
	expect(refsOf(await ledger.readRecent())).toEqual(["a", "b"]);
	expect(refsOf(await all(ledger.lines()))).toEqual(["a", "b"]);
});

test("lines that are written at once are all there, and whole", async () => {
	const { folder, ledger } = open();
	const ledgers = Array.from({ length: 5 }, () => open(folder).ledger);
	const refs = Array.from({ length: 100 }, (_, at) => `ref-${at}`);
	await Promise.all(
		refs.map((ref, at) =>
			(ledgers[at % 5] ?? ledger).append(
				ledgerLine({}, { client_ref: ref, prompt: "x".repeat(at * 50) }),
			),
		),
	);
	expect(refsOf(await ledger.readRecent()).sort()).toEqual(refs.sort());
	const text = await readFile(path.join(folder, "2026-11.jsonl"), "utf8");
	expect(text.split("\n")).toHaveLength(101);
});

test("a saved image is found by its name, the last one where it came twice", async () => {
	const { ledger } = open();
	const named = (key: string, ref: string) =>
		ledgerLine({ key }, { client_ref: ref, prompt: 'say "key":"b"' });
	await append(ledger, [named("a", "1"), named("b", "2"), named("a", "3")]);
	const found = await ledger.findSaved(new Set(["a", "never"]));
	expect([...found].map(([key, one]) => [key, one.record.client_ref])).toEqual([
		["a", "3"],
	]);
});

test("a disk that takes no line is told as such", async () => {
	const folder = path.join(temporaryFolder(), "ledger");
	await mkdir(path.join(folder, "2026-11.jsonl"), { recursive: true });
	const failure = await failureOf(open(folder).ledger.append(line("a")));
	expect([failure.code, failure.message]).toEqual([
		"disk",
		`${folder}/2026-11.jsonl cannot be written: EISDIR`,
	]);
});
