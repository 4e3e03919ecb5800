import fs, {
	existsSync,
	linkSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { checkReport, openReport } from "../../src/commands/batch/report.ts";
import type { Failure } from "../../src/errors.ts";
import type { ImageRecord } from "../../src/record.ts";
import { createWorld } from "../cli/world.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const failed: ImageRecord = {
	version: 1,
	status: "failed",
	prompt: 'a "b",\nc',
	seed: 7,
	model: "m",
	client_ref: "ref",
	index: 2,
	line: 3,
	sandbox: false,
	run_id: null,
	charged: "no",
	error: {
		code: "moderated",
		message: "refused",
		hint: null,
		retryable: false,
		http_status: null,
		request_id: null,
	},
};

function fail(failure: Failure): void {
	throw failure;
}

async function write(name: string, cwd = temporaryFolder()): Promise<string> {
	const isThere = existsSync(join(cwd, name));
	const report = await openReport(name, cwd, [], fail);
	report.add(failed);
	expect(existsSync(join(cwd, name))).toBe(isThere);
	report.close();
	expect(readdirSync(cwd)).toContain(name);
	return readFileSync(join(cwd, name), "utf8");
}

it("CSV: a head, and the columns of each row", async () => {
	const expected = `line,index,status,file,run_id,cost_usd,charged,seed,error,message,prompt,paid_usd,sha256,cost_is_estimate
3,2,failed,,,,no,7,moderated,refused,"a ""b"",
c",,,
`;
	expect(await write("r.csv")).toBe(expected);
	expect(await write("R.CSV")).toBe(expected);
});

it.each([
	["\ufeffsku;prompt\n1;a fox\n", "\ufeffline;index;"],
	["sku\tprompt\n1\ta fox\n", "line,index,"],
])("CSV of rows such as %j: as Excel opened those", async (rows, start) => {
	const world = await createWorld();
	const pathOf = (name: string) => join(world.cwd, name);
	writeFileSync(pathOf("rows.csv"), rows);
	const words = ["-o", "{sku}.jpg", "--report", "r.csv"];
	const batch = () => world.run(["batch", "rows.csv", ...words]);
	expect((await batch()).code).toBe(0);
	expect(readFileSync(pathOf("r.csv"), "utf8").slice(0, start.length)).toBe(
		start,
	);
	const { stderr } = await world.run(["verify", "--report", "r.csv"]);
	expect(stderr).toBe("1 whole and as delivered\n");
	// One's own is replaced.
	expect((await batch()).code).toBe(0);
});

it("JSON Lines: the records", async () => {
	expect(JSON.parse(await write("r.jsonl"))).toEqual(failed);
});

it("an older report is replaced", async () => {
	const cwd = temporaryFolder();
	writeFileSync(
		join(cwd, "r.jsonl"),
		`${JSON.stringify(failed)}\n`.repeat(100),
	);
	expect((await write("r.jsonl", cwd)).split("\n")).toHaveLength(2);
});

function check(
	name: string | undefined,
	more: Partial<Parameters<typeof checkReport>[1]> = {},
): void {
	checkReport(name, { cwd: "/nowhere", force: false, inputs: [], ...more });
}

it.each(["r.txt", "r", "csv", "r.json"])("%s is no report", (name) => {
	expect(() => check(name)).toThrow(
		`--report ${name} is neither .csv nor .jsonl`,
	);
});

it("without a name nothing is written", async () => {
	check(undefined);
	const report = await openReport(undefined, "/nowhere", [], fail);
	report.add(failed);
	report.close();
});

describe("a report is never written over", () => {
	function folderWith(content: string) {
		const cwd = temporaryFolder();
		const rows = join(cwd, "rows.csv");
		writeFileSync(rows, content);
		symlinkSync(rows, join(cwd, "symbolic.csv"));
		linkSync(rows, join(cwd, "hard.jsonl"));
		return { cwd, inputs: [rows] };
	}

	it.each([
		"rows.csv",
		"./rows.csv",
		"x/../rows.csv",
		"symbolic.csv",
		"hard.jsonl",
	])("the rows that it is about, by whichever name: %s", (name) => {
		const rows = folderWith("line,index,status,file,run_id,prompt\n");
		for (const force of [false, true])
			expect(() => check(name, { ...rows, force })).toThrow(
				`--report ${name} is a file that the command reads`,
			);
	});

	it("a file of somebody else's, but for --force", () => {
		const { cwd } = folderWith("sku,name\n1,a mug\n");
		expect(() => check("rows.csv", { cwd })).toThrow(
			expect.objectContaining({
				code: "exists",
				message: "rows.csv exists and is no report of a batch",
			}),
		);
		check("rows.csv", { cwd, force: true });
	});

	it("a folder", () => {
		const cwd = temporaryFolder();
		mkdirSync(join(cwd, "x.csv"));
		expect(() => check("x.csv", { cwd, force: true })).toThrow("x.csv exists");
	});

	it.each([
		["with", undefined],
		["without", "EPERM"],
	])(
		"a file that appeared while the batch ran, %s hard links: the report stays beside it",
		async (_, code) => {
			const cwd = temporaryFolder();
			const failures: Failure[] = [];
			const report = await openReport("r.csv", cwd, [], (failure) =>
				failures.push(failure),
			);
			if (code)
				vi.spyOn(fs, "linkSync").mockImplementation(() => {
					throw Object.assign(new Error(code), { code });
				});
			writeFileSync(join(cwd, "r.csv"), "somebody's");
			report.close();
			expect(failures.map(({ message }) => message)).toEqual([
				expect.stringContaining("r.csv appeared while the command ran"),
			]);
			expect(readFileSync(join(cwd, "r.csv"), "utf8")).toBe("somebody's");
			expect(readdirSync(cwd)).toHaveLength(2);
			vi.restoreAllMocks();
		},
	);

	it("but what another command on the same rows wrote meanwhile is: of several the last one is there", async () => {
		const cwd = temporaryFolder();
		const report = await openReport("r.csv", cwd, [], fail);
		await write("r.csv", cwd);
		report.close();
		expect(readdirSync(cwd)).toEqual(["r.csv"]);
		expect(readFileSync(join(cwd, "r.csv"), "utf8").split("\n")).toHaveLength(
			2,
		);
	});

	it("but what a killed command left of this report is taken away, and nothing else beside it", async () => {
		const cwd = temporaryFolder();
		await openReport("r.csv", cwd, [], fail);
		const [draft = ""] = readdirSync(cwd);
		const dead = draft.replace(/(?<=^\.r\.csv\.)\d+/, "4999999");
		expect(dead).not.toBe(draft);
		const others = [`.other${dead}`, ".r.csv.part", ".r.csv.old.part"];
		for (const name of [dead, ...others]) writeFileSync(join(cwd, name), "");
		await write("r.csv", cwd);
		expect(readdirSync(cwd).sort()).toEqual([...others, draft, "r.csv"].sort());
	});

	it("but the empty name that a killed command took for its report is", async () => {
		const cwd = temporaryFolder();
		writeFileSync(join(cwd, "r.csv"), "");
		check("r.csv", { cwd });
		expect(await write("r.csv", cwd)).toContain("line,index");
	});

	it.each(["r.csv", "r.jsonl"])(
		"but a report of an earlier run is: %s",
		async (name) => {
			const cwd = temporaryFolder();
			await write(name, cwd);
			check(name, { cwd });
		},
	);
});

it("what a spreadsheet would take for a formula is text", async () => {
	const cwd = temporaryFolder();
	const report = await openReport("r.csv", cwd, [], fail);
	for (const start of ["=", "+", "-", "@", "\t", "\r"])
		report.add({ ...failed, prompt: `${start}1+1` });
	report.close();
	const cells = readFileSync(join(cwd, "r.csv"), "utf8")
		.split("\n")
		.slice(1, -1)
		.map((line) => line.split("refused,")[1]);
	expect(cells).toHaveLength(6);
	for (const cell of cells) expect(cell).toMatch(/^"?'/);
});
