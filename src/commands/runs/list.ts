import { billOf, costAfter, type ImageCost } from "../../ledger/bill.ts";
import type { LedgerLine } from "../../ledger/ledger.ts";
import { knownPath } from "../../names/places.ts";
import { type Job, runOf, wantedOf } from "../../purchase/job.ts";
import { imageRef } from "../../record.ts";
import type { Run } from "../../runflow/schemas.ts";
import type { Runtime } from "../../runtime.ts";
import { parseCount, readOption } from "../../settings/parse.ts";
import { escaped, escapedJson } from "../../system/escape.ts";
import { microsToUsd } from "../../system/money.ts";
import {
	alignRows,
	formatCost,
	formatLocalTime,
	shortPrompt,
} from "../../terminal/format.ts";
import { callService } from "../session/call-service.ts";
import { showPath } from "../session/job-context.ts";
import {
	type Session,
	type SessionOptions,
	withSession,
} from "../session/session.ts";

export interface ListOptions extends SessionOptions {
	readonly limit?: string;
	/** Ask the service instead of this machine. */
	readonly account?: boolean;
}

/** One run, from this machine's ledger and journal or from the account. The names are those of the records. */
interface Row {
	readonly version: 1;
	readonly status: string;
	readonly run_id: string | null;
	readonly created_at: string | null;
	/** What the command that the row tells of spent; of one that is unfinished the estimate. */
	readonly cost_usd: number | null;
	/** What it cost when it was bought; null where that is not known yet, or by nobody. */
	readonly paid_usd: number | null;
	readonly file: string | null;
	readonly seed: number | null;
	readonly prompt: string | null;
	readonly client_ref: string | null;
}

/** Lists runs, newest first. */
export async function listRuns(
	options: ListOptions,
	runtime: Runtime,
): Promise<number> {
	const limit = readOption("--limit", () =>
		parseCount(options.limit ?? "20", { max: 500 }),
	);
	return withSession(options, runtime, async (session) => {
		const rows = options.account
			? await accountRows(limit, session)
			: await localRows(limit, session);
		print(rows, options.json === true, session);
		return 0;
	});
}

async function localRows(limit: number, session: Session): Promise<Row[]> {
	const { journal, service, runtime } = session;
	const open = (await journal.list()).flatMap(({ job }) =>
		job?.service === service ? [job] : [],
	);
	const rows = open.map((job) => rowOfJob(job, runtime.cwd));
	rows.sort((a, b) => newestFirst(a.created_at, b.created_at));
	const lines = await newestLines(limit, open, session);
	const costs = await costsOf(lines, session);
	const past = lines.map((line) =>
		rowOfLine(line, costs.get(imageRef(line.record)), runtime.cwd),
	);
	return [...rows, ...past].slice(0, limit);
}

/** The last line of each of the last images, newest first, but for those that an open job is fetching again. */
async function newestLines(
	limit: number,
	open: readonly Job[],
	{ ledger, service }: Session,
): Promise<readonly LedgerLine[]> {
	const seen = new Set(open.flatMap(imagesOf));
	const lines: LedgerLine[] = [];
	for await (const line of ledger.newestFirst()) {
		const image = imageRef(line.record);
		if (line.service !== service || seen.has(image)) continue;
		seen.add(image);
		lines.push(line);
		if (lines.length === limit) break;
	}
	return lines;
}

/** The references of the images that a job is to bring. */
function imagesOf(job: Job): readonly string[] {
	const { ref: client_ref, images = 1 } = job;
	return wantedOf(job).map((output) =>
		imageRef({ client_ref, ...(images > 1 && { output }) }),
	);
}

/** What images cost; of those whose last line does not say it, the ledger is read for the earlier ones. */
async function costsOf(
	lines: readonly LedgerLine[],
	{ ledger }: Session,
): Promise<ReadonlyMap<string, ImageCost>> {
	const costs = new Map(
		lines.map(({ record }) => [imageRef(record), costAfter(record, undefined)]),
	);
	const unknown = lines.filter(
		({ record }) => costs.get(imageRef(record))?.micros === undefined,
	);
	const refs = unknown.map(({ record }) => record.client_ref);
	const earlier = new Map<string, ImageCost>();
	for await (const { record } of ledger.find("client_ref", refs)) {
		const image = imageRef(record);
		const cost = costAfter(record, earlier.get(image));
		earlier.set(image, cost);
		if (costs.has(image)) costs.set(image, cost);
	}
	return costs;
}

async function accountRows(limit: number, session: Session): Promise<Row[]> {
	const { client } = await session.connection();
	const runs = await callService(() => client.listRuns(limit, session.signal));
	return runs.map(rowOfRun);
}

function rowOfJob(job: Job, cwd: string): Row {
	const run = runOf(job);
	const file = knownPath(job, run?.id);
	const price =
		job.priceMicros === undefined ? null : microsToUsd(job.priceMicros);
	const isPlanned = job.stage.name === "planned";
	return {
		version: 1,
		status: job.stage.name === "placing" ? "bought" : job.stage.name,
		run_id: run?.id ?? null,
		created_at: job.createdAt,
		cost_usd: price,
		paid_usd: run ? price : isPlanned ? 0 : null,
		file: file === null ? "-" : showPath(file, cwd),
		seed: job.seed,
		prompt: job.prompt,
		client_ref: job.ref,
	};
}

function rowOfLine(
	{ record, path, finishedAt }: LedgerLine,
	cost: ImageCost | undefined,
	cwd: string,
): Row {
	return {
		version: 1,
		status: record.status,
		run_id: record.run_id,
		created_at: finishedAt,
		cost_usd: record.cost_usd === undefined ? 0 : record.cost_usd,
		paid_usd: cost?.micros === undefined ? null : microsToUsd(cost.micros),
		file: path === null ? null : showPath(path, cwd),
		seed: record.seed,
		prompt: record.prompt,
		client_ref: record.client_ref,
	};
}

function rowOfRun(run: Run): Row {
	const micros = billOf(run);
	const cost = micros === undefined ? null : microsToUsd(micros);
	return {
		version: 1,
		status: run.status,
		run_id: run.id,
		created_at: run.createdAt ?? null,
		cost_usd: cost,
		paid_usd: cost,
		file: null,
		seed: run.seed ?? null,
		prompt: run.prompt ?? null,
		client_ref: run.clientRef ?? null,
	};
}

function print(rows: readonly Row[], json: boolean, session: Session): void {
	const { stdout } = session.runtime;
	if (json) {
		for (const row of rows) stdout.write(`${escapedJson(row)}\n`);
		return;
	}
	if (rows.length === 0) session.reporter.note("no runs yet");
	const cells = rows.map((row) => [
		row.created_at === null ? "" : formatLocalTime(row.created_at),
		escaped(row.status),
		escaped(nameOf(row)),
		row.paid_usd === null ? "" : formatCost(row.paid_usd),
		escaped(row.file ?? ""),
		row.prompt === null ? "" : shortPrompt(row.prompt, 40),
	]);
	const width = stdout.isTTY ? stdout.columns : undefined;
	stdout.write(alignRows(cells, width || undefined));
}

/** What other commands know it by: without a run its reference, as long as it can be given up. */
function nameOf({ run_id, client_ref, status }: Row): string {
	const isOpen = status === "planned" || status === "sending";
	return run_id ?? (isOpen ? client_ref : null) ?? "-";
}

function newestFirst(a: string | null, b: string | null): number {
	return (b ?? "").localeCompare(a ?? "");
}
