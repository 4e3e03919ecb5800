import { billOf, costAfter, type ImageCost } from "../../ledger/bill.ts";
import type { LedgerLine } from "../../ledger/ledger.ts";
import { knownPath } from "../../names/places.ts";
import { type Job, runOf } from "../../purchase/job.ts";
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
	const { journal, ledger, service, runtime } = session;
	const open = (await journal.list()).flatMap(({ job }) =>
		job?.service === service ? [rowOfJob(job, runtime.cwd)] : [],
	);
	const rows = open.sort((a, b) => newestFirst(a.created_at, b.created_at));
	const costs = new Map<string, ImageCost>();
	const newest = new Map<string, Row>();
	for await (const line of ledger.lines()) {
		if (line.service !== service) continue;
		const image = imageRef(line.record);
		const cost = costAfter(line.record, costs.get(image));
		costs.set(image, cost);
		// A later line of an image takes the place of the earlier, and is the newest.
		newest.delete(image);
		newest.set(image, rowOfLine(line, cost, runtime.cwd));
		const [oldest] = newest.keys();
		if (newest.size > limit && oldest) newest.delete(oldest);
	}
	return [...rows, ...[...newest.values()].reverse()].slice(0, limit);
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
	{ micros }: ImageCost,
	cwd: string,
): Row {
	return {
		version: 1,
		status: record.status,
		run_id: record.run_id,
		created_at: finishedAt,
		cost_usd: record.cost_usd === undefined ? 0 : record.cost_usd,
		paid_usd: micros === undefined ? null : microsToUsd(micros),
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
