import { Failure } from "../../errors.ts";
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
import { history } from "./history.ts";
import { openRowPrinter, printTable } from "./print-rows.ts";
import { type Row, rowOfRun } from "./row.ts";

export interface ListOptions extends SessionOptions, FilterFlags {
	readonly model?: string;
	readonly project?: string;
	readonly limit?: string;
	readonly csv?: boolean;
	readonly account?: boolean;
}

const usualLimit = 20;

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
		const { rows, isPlay } = isAccount
			? { rows: await accountRows(limit + 1, filter, session), isPlay: false }
			: await history(filter, session);
		const mark = isPlay ? ", sandbox" : "";
		const printed = await printRows(rows, form, limit, mark, session);
		const { count, isMore, left } = printed;
		if (isMore && options.limit === undefined)
			reporter.note(
				form
					? `there are more: the service is asked for ${max} at most`
					: `there are more: --limit ${2 * limit}; --csv has ${isAccount ? max : "all"}`,
			);
		if (count === 0)
			reporter.note(filter.isEmpty ? "no runs yet" : "no such runs");
		if (isPlay)
			reporter.note(
				`at ${session.service} there are none: these are of the sandbox, for play money`,
			);
		if (left.length > 0)
			reporter.note(
				`left out for want of width: ${left.join(", ")}; --json has all`,
			);
		return session.interrupt.code() ?? 0;
	});
}

/** Prints at most so many rows: for programs as they come, however many they are, for people as a table. */
async function printRows(
	rows: AsyncIterable<Row> | Iterable<Row>,
	form: "json" | "csv" | undefined,
	limit: number,
	mark: string,
	{ signal, runtime }: Session,
) {
	const table: Row[] = [];
	const printer = form && (await openRowPrinter(form, runtime.stdout));
	let [count, isMore] = [0, false];
	for await (const row of rows) {
		isMore = count === limit;
		if (isMore || signal.aborted) break;
		count += 1;
		if (printer) printer.add(row);
		else table.push(row);
	}
	printer?.end();
	return { count, isMore, left: printTable(table, mark, runtime.stdout) };
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
