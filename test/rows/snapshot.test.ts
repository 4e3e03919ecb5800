import {
	appendFileSync,
	readdirSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import fs from "node:fs/promises";
import path, { basename, join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { Failure } from "../../src/errors.ts";
import { readRows } from "../../src/rows/read-rows.ts";
import {
	type RowSource,
	sweepSnapshots,
	takeSnapshot,
} from "../../src/rows/snapshot.ts";
import { recordFiles } from "../record-files.ts";
import { temporaryFolder } from "../temporary-folder.ts";

async function refusalOf(source: RowSource, folder: string): Promise<object> {
	const error = await takeSnapshot(source, folder).catch(
		(error: unknown) => error,
	);
	if (!(error instanceof Failure)) throw error;
	const { code, message, hint } = error;
	return { code, message, hint };
}

describe("a snapshot", () => {
	test("is a private copy of a file, which may change afterwards", async () => {
		const [folder, file] = [
			temporaryFolder(),
			path.join(temporaryFolder(), "rows.txt"),
		];
		await fs.writeFile(file, "a fox\n");
		const snapshot = await takeSnapshot({ file, name: "rows.txt" }, folder);
		await fs.writeFile(file, "an owl\n");
		expect(snapshot.name).toBe("rows.txt");
		expect(await fs.readFile(snapshot.path, "utf8")).toBe("a fox\n");
		expect((await fs.stat(snapshot.path)).mode & 0o777).toBe(0o600);
		for (const _ of ["first", "second"])
			expect(await promptsOf(snapshot)).toEqual(["a fox"]);
		await snapshot.remove();
		await snapshot.remove();
		expect(await fs.readdir(folder)).toEqual([]);
	});

	test("is taken of stdin, in bytes or text", async () => {
		const stdin = Readable.from([Buffer.from("a f"), "ox\n"]);
		const snapshot = await takeSnapshot({ stdin }, temporaryFolder());
		expect(snapshot.name).toBe("stdin");
		expect(await fs.readFile(snapshot.path, "utf8")).toBe("a fox\n");
		expect(await promptsOf(snapshot)).toEqual(["a fox"]);
	});

	test("may be read in part, and is told when it is gone", async () => {
		const stdin = Readable.from(["a fox\n".repeat(20_000)]);
		const snapshot = await takeSnapshot({ stdin }, temporaryFolder());
		for await (const [row] of readRows(snapshot, {
			inputsOf: () => [],
			user: { home: "/home/ada" },
		})) {
			expect(row?.line).toBe(1);
			break;
		}
		await snapshot.remove();
		await expect(promptsOf(snapshot)).rejects.toMatchObject({
			code: "disk",
			message: "cannot read the copy of stdin: there is no such file",
		});
	});

	test("is refused, and leaves nothing behind, where there is nothing to read", async () => {
		const [folder, place] = [temporaryFolder(), temporaryFolder()];
		const hint = "give a file of rows, or - for stdin";
		const file = path.join(place, "none.txt");
		expect(await refusalOf({ file, name: "none.txt" }, folder)).toEqual({
			code: "usage",
			message: "cannot read none.txt: there is no such file",
			hint,
		});
		expect(await refusalOf({ file: place, name: "place" }, folder)).toEqual({
			code: "usage",
			message: "cannot read place: it is a folder",
			hint,
		});
		await fs.writeFile(file, "");
		for (const [source, name] of [
			[{ file, name: "none.txt" }, "none.txt"],
			[{ stdin: Readable.from([]) }, "stdin"],
		] as const)
			expect(await refusalOf(source, folder)).toEqual({
				code: "usage",
				message: `${name} is empty`,
				hint: "give a prompt a line, JSON Lines or CSV",
			});
		const broken = new Readable({
			read() {
				this.destroy(new Error("it broke"));
			},
		});
		expect(await refusalOf({ stdin: broken }, folder)).toMatchObject({
			code: "usage",
			message: "cannot read stdin: it broke",
		});
		expect(await fs.readdir(folder)).toEqual([]);
	});

	test("is refused of a file that changes meanwhile", async () => {
		const [folder, place] = [temporaryFolder(), temporaryFolder()];
		const file = path.join(place, "rows.txt");
		await fs.writeFile(file, "a fox\n");
		recordFiles(({ kind }) => {
			if (kind === "write") appendFileSync(file, "an owl\n");
		});
		expect(await refusalOf({ file, name: "rows.txt" }, folder)).toEqual({
			code: "usage",
			message: "rows.txt changed while it was read",
			hint: "try again when whatever writes it is done",
		});
		expect(await fs.readdir(folder)).toEqual([]);
	});
});

async function promptsOf(
	snapshot: Parameters<typeof readRows>[0],
): Promise<readonly string[]> {
	const prompts: string[] = [];
	for await (const rows of readRows(snapshot, {
		inputsOf: () => [],
		user: { home: "/home/ada" },
	}))
		for (const row of rows)
			prompts.push("reason" in row ? row.reason : row.prompt);
	return prompts;
}

test("what killed batches left of their rows is taken away by the next, and nobody else's", async () => {
	const folder = temporaryFolder();
	const rows = join(temporaryFolder(), "rows.txt");
	writeFileSync(rows, "a mill by night\n");
	const mine = await takeSnapshot({ file: rows }, folder);
	// A number that no process has any more, and copies of which nobody knows whose they are.
	const dead = basename(mine.path).replace(/^\d+/, "4999999");
	const foreign = dead.replace(/-[0-9a-f]{8}-/, "-00000000-");
	for (const name of [dead, foreign, "rows-of-0.1.0", "old.rows", "other"])
		writeFileSync(join(folder, name), "");
	const longAgo = new Date(Date.now() - 8 * 24 * 3_600_000);
	utimesSync(join(folder, "old.rows"), longAgo, longAgo);
	await sweepSnapshots(folder);
	expect(readdirSync(folder).sort()).toEqual(
		[basename(mine.path), foreign, "rows-of-0.1.0", "other"].sort(),
	);
});
