import { Failure } from "../../errors.ts";
import { costAfter, type ImageCost } from "../../ledger/bill.ts";
import type { LedgerLine } from "../../ledger/ledger.ts";
import { type Job, wantedOf } from "../../purchase/job.ts";
import { imageRef } from "../../record.ts";
import { service as facts } from "../../runflow/service.ts";
import type { Runtime } from "../../runtime.ts";
import { parseCount, readOption } from "../../settings/parse.ts";
import { callService } from "../session/call-service.ts";
import {
	type Session,
	type SessionOptions,
	withSession,
} from "../session/session.ts";
import { type Filter, type FilterFlags, readFilter } from "./filter.ts";
import { printForPrograms, printTable } from "./print-rows.ts";
import { type Row, rowOfJob, rowOfLine, rowOfRun } from "./row.ts";

export interface ListOptions extends SessionOptions, FilterFlags {
	readonly model?: string;
	readonly project?: string;
	readonly limit?: string;
	readonly csv?: boolean;
	/** Ask the service instead of this machine. */
	readonly account?: boolean;
}

/** What people are shown of a history that may be long. */
const usualLimit = 20;

/** Lists runs, newest first. */
export async function listRuns(
	options: ListOptions,
	runtime: Runtime,
): Promise<number> {
	if (options.json && options.csv)
		throw new Failure("usage", "--json and --csv both want stdout", {
			hint: "ask for one of them",
		});
	const form = options.json ? "json" : options.csv ? "csv" : undefined;
	const isAccount = options.account === true;
	const max = isAccount ? facts.listing.maxRuns : 1_000_000_000;
	const usual = form ? max : usualLimit;
	const limit = readOption("--limit", () =>
		parseCount(options.limit ?? String(usual), { max }),
	);
	const { model: _, project: __, ...sessionOptions } = options;
	return withSession(sessionOptions, runtime, async (session) => {
		const { catalogue, reporter } = session;
		const nowMs = runtime.clock.now();
		const filter = readFilter(options, isAccount, catalogue, nowMs);
		const found = isAccount
			? { rows: await accountRows(limit + 1, filter, session), isPlay: false }
			: await history(limit + 1, filter, session);
		const { isPlay } = found;
		const rows = found.rows.slice(0, limit);
		if (form) await printForPrograms(rows, form, runtime.stdout);
		if (rows.length < found.rows.length && options.limit === undefined)
			reporter.note(
				form
					? `there are more: the service is asked for ${max} at most`
					: `there are more: --limit ${2 * limit}; --csv has ${isAccount ? max : "all"}`,
			);
		if (rows.length === 0)
			reporter.note(filter.isEmpty ? "no runs yet" : "no such runs");
		if (isPlay)
			reporter.note(
				`at ${session.service} there are none: these are of the sandbox, for play money`,
			);
		if (form) return 0;
		const left = printTable(rows, isPlay ? ", sandbox" : "", runtime.stdout);
		if (left.length > 0)
			reporter.note(
				`left out for want of width: ${left.join(", ")}; --json has all`,
			);
		return 0;
	});
}

/** What was run from here; of the sandbox, where nothing else was. */
async function history(
	limit: number,
	filter: Filter,
	session: Session,
): Promise<{ readonly rows: readonly Row[]; readonly isPlay: boolean }> {
	const rows = await localRows(limit, filter, session, session.service);
	if (rows.length > 0 || session.service === "sandbox")
		return { rows, isPlay: false };
	const play = await localRows(limit, filter, session, "sandbox");
	return { rows: play, isPlay: play.length > 0 };
}

async function localRows(
	limit: number,
	filter: Filter,
	session: Session,
	service: string,
): Promise<readonly Row[]> {
	const { journal, runtime } = session;
	const open = (await journal.list()).flatMap(({ job }) =>
		job?.service === service ? [job] : [],
	);
	const rows = open
		.map((job) => rowOfJob(job, runtime.cwd))
		.filter(filter.fits);
	rows.sort((a, b) => newestFirst(a.created_at, b.created_at));
	const seen = new Set(open.flatMap(imagesOf));
	const lines: LedgerLine[] = [];
	// Of images that were fetched again later than others were bought: where they stand is not known yet.
	let unplaced: readonly string[] = [];
	for await (const line of session.ledger.newestFirst()) {
		unplaced = unplaced.filter((boughtAt) => boughtAt < line.finishedAt);
		if (lines.length - unplaced.length >= limit) break;
		const image = imageRef(line.record);
		// But for those that an open job is fetching again.
		if (line.service !== service || seen.has(image)) continue;
		if (isTooOld(line, filter)) break;
		seen.add(image);
		const row = rowOfLine(line, undefined, runtime.cwd);
		if (!filter.fits(row)) continue;
		lines.push(line);
		unplaced = [...unplaced, row.created_at ?? ""];
	}
	const costs = await costsOf(lines, session);
	const past = lines.map((line) =>
		rowOfLine(line, costs.get(imageRef(line.record))?.micros, runtime.cwd),
	);
	past.sort((a, b) => newestFirst(a.created_at, b.created_at));
	return [...rows, ...past].slice(0, limit);
}

/** So far apart may the clocks of two writers of a ledger be, in milliseconds. */
const slackMs = 48 * 3_600_000;

/** Whether no line before this one can be of the days that are asked for. */
function isTooOld({ finishedAt }: LedgerLine, { since }: Filter): boolean {
	return (
		since !== undefined && Date.parse(finishedAt) < Date.parse(since) - slackMs
	);
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

async function accountRows(
	limit: number,
	filter: Filter,
	session: Session,
): Promise<readonly Row[]> {
	const { client } = await session.connection();
	const most = filter.isEmpty ? limit : facts.listing.maxRuns;
	const runs = await callService(() => client.listRuns(most, session.signal));
	return runs.map(rowOfRun).filter(filter.fits).slice(0, limit);
}

function newestFirst(a: string | null, b: string | null): number {
	return (b ?? "").localeCompare(a ?? "");
}
