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
import { all, ledgerLine } from "../purchase/sample-line.ts";
import { recordFiles, systemError } from "../record-files.ts";
import { temporaryFolder } from "../temporary-folder.ts";

function open(folder = path.join(temporaryFolder(), "ledger")) {
	return { folder, ledger: openLedger(folder) };
}

/** A line of an image, told apart by its reference, of some month. */
const line = (ref: string, month = "2026-11"): LedgerLine =>
	ledgerLine({ finishedAt: `${month}-03T12:00:00.000Z` }, { client_ref: ref });

const refsOf = (lines: readonly LedgerLine[]) =>
	lines.map(({ record }) => record.client_ref);

async function append(ledger: Ledger, lines: readonly LedgerLine[]) {
	for (const one of lines) await ledger.append(one);
}

test("a line comes back as it was written", async () => {
	const { ledger } = open();
	const written = ledgerLine({ project: "spring", mtimeMs: 1.5 });
	await ledger.append(written);
	expect(await all(ledger.lines())).toEqual([written]);
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
	const oldestFirst = ["a", "c", "b", "d"];
	expect(refsOf(await all(ledger.lines()))).toEqual(oldestFirst);
	const newestFirst = await all(ledger.newestFirst());
	expect(refsOf(newestFirst)).toEqual(oldestFirst.reverse());
});

test("processes that append at once leave each other's lines whole, however much they have to say", async () => {
	const { folder, ledger } = open();
	const refs = Array.from({ length: 16 }, (_, at) => `image-${at}`);
	const prompt = "x".repeat(600 * 1_024);
	const lines = refs.map((ref) => ledgerLine({}, { client_ref: ref, prompt }));
	await Promise.all([
		append(ledger, lines.slice(0, 8)),
		append(openLedger(folder), lines.slice(8)),
	]);
	expect(refsOf(await all(ledger.lines())).sort()).toEqual(refs.sort());
});

test("many lines at once share a flush, and each is on disk before it is told", async () => {
	const { ledger } = open();
	await ledger.append(line("first"));
	let flushes = 0;
	recordFiles(({ kind }) => {
		if (kind === "flush") flushes += 1;
	});
	const refs = Array.from({ length: 20 }, (_, at) => `image-${at}`);
	await Promise.all(
		refs.map(async (ref) => {
			await ledger.append(line(ref));
			expect(refsOf(await all(ledger.lines()))).toContain(ref);
		}),
	);
	expect(flushes).toBe(1);
	expect(refsOf(await all(ledger.lines()))).toEqual(["first", ...refs]);
});

test("a full disk is told of each line that it kept out, and the next one is written", async () => {
	const { ledger } = open();
	await ledger.append(line("first"));
	let isFull = true;
	recordFiles(({ kind }) => {
		if (isFull && kind === "write") throw systemError("ENOSPC");
	});
	const told = ["a", "b"].map((ref) => failureOf(ledger.append(line(ref))));
	expect(await Promise.all(told)).toMatchObject(
		Array(2).fill({ code: "disk" }),
	);
	isFull = false;
	await ledger.append(line("c"));
	expect(refsOf(await all(ledger.lines()))).toEqual(["first", "c"]);
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
	expect(await all(ledger.newestFirst())).toEqual([]);
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
		const refs = refsOf(await all(ledger.lines()));
		expect(refs.filter((ref) => ref !== "torn")).toEqual(["a", "b", "c"]);
	});
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
	expect(refsOf(await all(ledger.newestFirst()))).toEqual(["b", "a"]);
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
	expect(refsOf(await all(ledger.lines())).sort()).toEqual(refs.sort());
	const text = await readFile(path.join(folder, "2026-11.jsonl"), "utf8");
	// Who sees another one's line half written leaves an empty one before its own.
	expect(text.split("\n").filter(Boolean)).toHaveLength(100);
});

describe("lines are found by a name", () => {
	test.each<[Parameters<Ledger["find"]>[0], string, string[]]>([
		["key", "a", ["1", "3"]],
		["key", "b", ["2"]],
		["key", "c", []],
		["group", "group-1", ["1", "2", "3"]],
		["client_ref", "2", ["2"]],
		["run_id", "run-1", ["1", "2", "3"]],
		["path", 'C:\\images\\"a\\', ["2"]],
		["path", "/bäume.jpg", ["3"]],
	])("%s %j: %j", async (name, value, refs) => {
		const { ledger } = open();
		// What is said in a text, or to the model, is no name of the line.
		const inputs = { key: "c", path: 'C:\\images\\"a\\' };
		const prompt = 'say "key":"c"';
		await append(ledger, [
			ledgerLine({ key: "a" }, { client_ref: "1", prompt, inputs }),
			ledgerLine(
				{ key: "b", path: 'C:\\images\\"a\\' },
				{ client_ref: "2", prompt },
			),
			ledgerLine({ key: "a", path: "/bäume.jpg" }, { client_ref: "3" }),
		]);
		expect(refsOf(await all(ledger.find(name, [value, "never"])))).toEqual(
			refs,
		);
	});

	test("no name, no line", async () => {
		const { ledger } = open();
		await ledger.append(line("a"));
		expect(await all(ledger.find("key", []))).toEqual([]);
	});
});

test("lines of any length are read in either direction, and found, wherever the pieces that are read end", async () => {
	const { folder, ledger } = open();
	await ledger.append(line("first"));
	// Every length around that of a piece, and one of several pieces; in one write, as a flush for each takes long.
	const lengths = Array.from({ length: 700 }, (_, at) => at * 7);
	const long = [262_140, 262_143, 262_144, 262_145, 900_000];
	const lines = [...lengths, ...long, ...lengths].map((length, at) =>
		ledgerLine(
			{ key: `key-${at}` },
			{ client_ref: `${at}`, prompt: "x".repeat(length) },
		),
	);
	const text = lines.map((one) => `${JSON.stringify(one)}\n`).join("");
	await appendFile(path.join(folder, "2026-11.jsonl"), text);
	const refs = ["first", ...refsOf(lines)];
	expect(refsOf(await all(ledger.lines()))).toEqual(refs);
	const wanted = ["key-1", ...lines.map(({ key }) => key)];
	const found = await all(ledger.find("key", wanted));
	expect(refsOf(found)).toEqual(refs);
	expect(refsOf(await all(ledger.newestFirst()))).toEqual(refs.reverse());
});

test("a line is read again by its number, whatever its length, its month, its neighbours and what is appended since", async () => {
	const { folder, ledger } = open();
	const long = "a garden ".repeat(8_000);
	const lines = Array.from({ length: 120 }, (_, at) =>
		ledgerLine(
			{ finishedAt: `20${25 + (at % 2)}-1${at % 3}-03T12:00:00.000Z` },
			{ client_ref: `${at}`, prompt: at % 50 === 7 ? long : "é" },
		),
	);
	await append(ledger, lines);
	await appendFile(
		path.join(folder, "2026-12.jsonl"),
		JSON.stringify(line("unended", "2026-12")),
	);
	const numbered = await all(ledger.numbered());
	await append(ledger, [line("later", "2026-09"), line("last", "2026-11")]);
	const [first = [], ...others] = [0, 1, 2].map((rest) =>
		numbered.filter((_, at) => at % 3 === rest),
	);
	const again = [...others.flat(), ...first].map(async ([written, number]) => [
		written,
		await ledger.lineAt(number),
	]);
	expect(numbered).toHaveLength(121);
	for (const [written, read] of await Promise.all(again))
		expect(read).toEqual(written);
});

test("a disk that takes no line is told as such", async () => {
	const folder = path.join(temporaryFolder(), "ledger");
	await mkdir(path.join(folder, "2026-11.jsonl"), { recursive: true });
	const failure = await failureOf(open(folder).ledger.append(line("a")));
	expect([failure.code, failure.message]).toEqual([
		"disk",
		`${folder}/2026-11.jsonl cannot be written: it is a folder`,
	]);
});
