import {
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	truncateSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { expect, it, type TestContext } from "vitest";
import { contentOf } from "../gallery/content-of.ts";
import { createShell, type Shell, soon } from "./shell.ts";
import type { Json } from "./world.ts";

/** What people do from a first idea to the books, in real processes one after the other. */
async function begin(context: TestContext, faults: readonly string[] = []) {
	const shell = await createShell(context, { latencyMs: 20, faults });
	const run = async (...argv: readonly string[]) => {
		const { code, stdout, stderr } = await shell.run(argv);
		return { code, stdout: stdout.toString(), stderr };
	};
	const records = async (...argv: readonly string[]): Promise<Json[]> => {
		const { stdout } = await run(...argv, "--json");
		return stdout.split("\n").flatMap((line) => (line ? JSON.parse(line) : []));
	};
	const place = (name: string) => join(shell.cwd, name);
	return { shell, run, records, place };
}

/** What the account was billed is what `spend` says, and so many images. */
async function expectBooked(
	{ sandbox }: Shell,
	records: (...argv: readonly string[]) => Promise<Json[]>,
	images: number,
): Promise<void> {
	const { spentUsd } = sandbox.summary();
	const spent = await records("spend");
	expect(spent.at(-1)).toMatchObject({ images });
	expect(spent.at(-1).cost_usd).toBeCloseTo(spentUsd, 6);
	expect(spentUsd).toBeCloseTo(images * 0.003, 6);
}

it("a designer's day: eight tries, a pick, variations, another name, a damaged file", async (context) => {
	const { shell, run, records, place } = await begin(context);
	const prompt = "a logo for a tea house";
	const tries = ["-n", "8", "-p", "8", prompt, ...soon, "-o", "tries/"];
	expect(await run(...tries)).toMatchObject({ code: 0 });

	const sheet = await records("gallery", "tries", "--sheet", "sheet.jpg");
	expect(sheet[0].images).toHaveLength(8);
	const { file, seed } = sheet[0].images[2];
	expect(await run("gallery", "tries")).toMatchObject({ code: 0 });
	const page = contentOf(place("tries/index.html")).images[2];
	expect(page).toMatchObject({ number: 3, prompt, seed: String(seed) });

	renameSync(place(file), place("the client's pick.jpg"));
	const shown = { prompt, seed, known_by: "content", is_unchanged: true };
	const [pick] = await records("show", "the client's pick.jpg");
	expect(pick).toMatchObject(shown);
	const [, variation] = await records(
		...["--from", "the client's pick.jpg", "--seeds", "9,10"],
		...["-o", "pick-{seed}.jpg"],
	);
	const { model, inputs } = pick;
	expect(variation).toMatchObject({ status: "saved", prompt, model, inputs });

	truncateSync(place("pick-9.jpg"), 1_000);
	const broken = await run("verify", ".");
	expect(broken).toMatchObject({
		code: 1,
		stdout: expect.stringMatching(/^damaged {2}pick-9\.jpg /),
		stderr: expect.stringContaining("flux-ultra verify --repair ."),
	});
	expect(await run("verify", "--repair", ".")).toMatchObject({
		code: 0,
		stderr: expect.stringContaining("10 whole and as delivered"),
	});
	await expectBooked(shell, records, 10);
});

it("an ad team's day: a table, a refused row, a report to book, a client's page, a question weeks later", async (context) => {
	const moderated = "run:moderated@2,4";
	const { shell, run, records, place } = await begin(context, [moderated]);
	writeFileSync(
		place("products.csv"),
		'sku,name\nA-1,"Mug, red"\nA-2,Dagger\nA-3,Teapot\n',
	);
	const batch = [
		...["batch", "products.csv", "--prompt", "a product shot of {name}"],
		...["-o", "shots/{sku}.jpg", "--report", "report.csv"],
		...["--project", "spring", "--max-cost", "1", "-p", "1", ...soon],
	];
	const readRows = async () => {
		const { code } = await run(...batch);
		const rows: Json[] = parse(readFileSync(place("report.csv")), {
			columns: true,
		}).sort((a: Json, b: Json) => a.index - b.index);
		const sum = (name: string) =>
			rows.reduce((total, row) => total + Number(row[name]), 0);
		return { code, rows, spent: sum("cost_usd"), paid: sum("paid_usd") };
	};
	const first = await readRows();
	expect(first.code).toBe(3);
	// Rows are bought in any order.
	const captionOf = ({ sku, name }: Json) => `${sku} ${name}`;
	expect(first.rows.map(captionOf)).toEqual([
		...["A-1 Mug, red", "A-2 Dagger", "A-3 Teapot"],
	]);
	const [refused, ...others] = first.rows.filter(
		({ status }) => status === "failed",
	);
	expect([refused, others]).toMatchObject([{ error: "moderated" }, []]);
	const saved = first.rows.filter((row) => row !== refused);
	expect([first.spent, first.paid]).toEqual([0.006, 0.006]);

	expect(
		await run(
			...["gallery", "shots", "--report", "report.csv"],
			...["--caption", "{sku} {name}"],
		),
	).toMatchObject({ code: 0 });
	const { images, failed } = contentOf(place("shots/index.html"));
	expect(images.map(({ caption }) => caption)).toEqual(saved.map(captionOf));
	const { line } = refused;
	expect(failed).toMatchObject([{ line, caption: captionOf(refused) }]);

	const again = await readRows();
	expect(again.code).toBe(3);
	expect(again.rows).toMatchObject(
		first.rows.map(({ status, file }) => ({
			status: status === "saved" ? "skipped" : "failed",
			file,
		})),
	);
	expect([again.spent, again.paid]).toEqual([0, 0.006]);
	await expectBooked(shell, records, 2);
	expect(await records("spend", "--by", "project")).toMatchObject([
		{ by: "project", group: "spring", images: 2, cost_usd: 0.006 },
		{},
	]);

	moveLedger(shell, "2026-03");
	const [{ file, name }] = saved;
	const found = await records("runs", "list", "--grep", name.toUpperCase());
	expect(found).toMatchObject([
		{ file, project: "spring", status: "saved", cost_usd: 0.003 },
	]);
	expect(await records("runs", "list", "--since", "7d")).toEqual([]);
});

/** As if all of it had been in another month. */
function moveLedger({ state }: Shell, month: string): void {
	const folder = join(state, "ledger");
	const names = readdirSync(folder);
	const text = names.map((name) => readFileSync(join(folder, name), "utf8"));
	rmSync(folder, { recursive: true });
	mkdirSync(folder);
	writeFileSync(
		join(folder, `${month}.jsonl`),
		text.join("").replaceAll(/"\d{4}-\d\d(?=-\d\dT)/g, `"${month}`),
	);
}
