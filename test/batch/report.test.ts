import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { checkReportName, openReport } from "../../src/commands/report.ts";
import type { ImageRecord } from "../../src/record.ts";
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

async function write(name: string, cwd = temporaryFolder()): Promise<string> {
	const report = await openReport(name, cwd);
	await report.add(failed);
	await report.close();
	return readFileSync(join(cwd, name), "utf8");
}

it("CSV: a head, and the columns of each row", async () => {
	const expected = `line,index,status,file,run_id,cost_usd,charged,seed,error,message,prompt
3,2,failed,,,,no,7,moderated,refused,"a ""b"",
c"
`;
	expect(await write("r.csv")).toBe(expected);
	expect(await write("R.CSV")).toBe(expected);
});

it("JSON Lines: the records", async () => {
	expect(JSON.parse(await write("r.jsonl"))).toEqual(failed);
});

it("an older report is replaced", async () => {
	const cwd = temporaryFolder();
	writeFileSync(join(cwd, "r.jsonl"), "old\n".repeat(100));
	expect((await write("r.jsonl", cwd)).split("\n")).toHaveLength(2);
});

it.each(["r.txt", "r", "csv", "r.json"])("%s is no report", (name) => {
	expect(() => checkReportName(name)).toThrow(
		`--report ${name} is neither .csv nor .jsonl`,
	);
});

it("without a name nothing is written", async () => {
	checkReportName(undefined);
	const report = await openReport(undefined, "/nowhere");
	await report.add(failed);
	await report.close();
});
