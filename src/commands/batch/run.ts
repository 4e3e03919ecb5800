import path from "node:path";
import { exitCodes, Failure } from "../../errors.ts";
import {
	type PlannedRow,
	planRows,
	type RefusedRow,
} from "../../orders/plan-rows.ts";
import { type Survey, survey } from "../../orders/survey.ts";
import type { Poller } from "../../purchase/context.ts";
import { inState } from "../../purchase/store/state-disk.ts";
import { type Snapshot, takeSnapshot } from "../../rows/snapshot.ts";
import type { Runtime } from "../../runtime.ts";
import { checkWritable, makePrivateFolder } from "../../system/folder.ts";
import { approve, checkLimits } from "../session/approval.ts";
import { describeAll } from "../session/choose-model.ts";
import { showOf } from "../session/job-context.ts";
import { type Listening, withListening } from "../session/listening.ts";
import { type Session, withSession } from "../session/session.ts";
import { workThrough } from "../work.ts";
import {
	type LeftOut,
	leaveOut,
	refuseBadRows,
	refuseUncounted,
} from "./bad-rows.ts";
import { readEach } from "./each.ts";
import {
	fitOf,
	tellChanged,
	tellEstimate,
	tellMoved,
	tellPlan,
	warnOfBalance,
	warnOfDay,
} from "./estimate.ts";
import {
	type BatchOptions,
	type FailureLimit,
	type Order,
	orderOf,
	parseFailureLimit,
	readLimit,
} from "./order.ts";
import { namesOfGroups, queueRows } from "./queue-rows.ts";
import { checkReport, openReport } from "./report.ts";
import { readShard } from "./shard.ts";

/** Makes an image of each row of a file, like make: what is there stays, what is bought is fetched, only what is new is bought. */
export async function runBatch(
	file: string,
	options: BatchOptions,
	runtime: Runtime,
): Promise<number> {
	const inputs = [file, options.image ?? [], options.mask ?? []].flat();
	const sessionOptions = { ...options, isBatch: true, inputs };
	return withSession(sessionOptions, runtime, async (session) => {
		// Whatever is wrong with the command line is said before stdin is read to its end.
		const rules = readRules(options, session);
		if (options.report !== undefined)
			await checkWritable(
				path.dirname(path.resolve(runtime.cwd, options.report)),
				"name another place with --report",
			);
		checkReport(options.report, {
			cwd: runtime.cwd,
			force: options.force === true,
			inputs,
		});
		const { state } = session.folders;
		const spool = path.join(state, "rows");
		const rows = await inState(state, async () => {
			await makePrivateFolder(spool);
			return takeSnapshot(sourceOf(file, runtime), spool);
		});
		try {
			return await withListening(options, session, (listening) =>
				fill(rows, rules, listening, options, session),
			);
		} finally {
			await rows.remove();
		}
	});
}

interface Rules {
	readonly goal: "image" | "submitted";
	readonly maxFailures: FailureLimit;
	readonly replace: "nothing" | "update" | "force";
	/** Which runs are this process's. */
	readonly isMine: (number: number) => boolean;
}

/** @throws {Failure} `usage` */
function readRules(
	options: BatchOptions,
	{ runtime, reporter }: Session,
): Rules {
	// Of use where rows are read, and said before that.
	readLimit(options);
	readEach(options, runtime.cwd);
	return {
		isMine: readShard(options.shard, runtime, reporter),
		maxFailures: parseFailureLimit(options.maxFailures),
		goal: options.wait === false ? "submitted" : "image",
		replace: options.force ? "force" : options.update ? "update" : "nothing",
	};
}

async function fill(
	rows: Snapshot,
	rules: Rules,
	{ callbackUrl, poller }: Listening,
	options: BatchOptions,
	session: Session,
): Promise<number> {
	const { journal, ledger, view } = session;
	const order = await orderOf(rows, options, callbackUrl, session);
	const plan = () => planRows(order.rows(), order);
	const { showPath } = showOf(session);
	const world = { ...rules, journal, ledger, view, showPath };
	const look = () => survey(plan, world);
	let found = await look();
	// What the live catalogue says of a model that no table has is held against its rows.
	if (await describeAll(order.inputs.undescribed, options.dryRun, session))
		found = await look();
	for (const words of order.inputs.passedOver.values())
		session.reporter.note(words);
	if (!options.skipBad) refuseBadRows(found, rows.name, session);
	refuseUncounted(found, options, order.output);
	const { isMine } = rules;
	const { name } = rows;
	const leftOut = leaveOut(found, name, isMine, order.defaultModel, session);
	for (const folder of found.folders) await checkWritable(folder);
	tellEstimate(found, session);
	tellMoved(found, session);
	tellChanged(found, session);
	const mine = onlyMine(plan(), isMine, found);
	const purchase = {
		images: found.counts.buy,
		micros: found.estimateMicros,
		isEstimate: found.isEstimate,
		yes: options.yes === true,
		howManyFit: fitOf(plan, found),
	};
	await warnOfDay(purchase, session);
	if (options.dryRun) {
		const code = await tellPlan(mine, found, leftOut, session);
		await checkLimits(purchase, session);
		return code;
	}
	if (found.counts.nothing < found.images) {
		await approve(purchase, session);
		await warnOfBalance(purchase, session);
	}
	for (const one of leftOut)
		for (const column in one.columns) order.columns.add(column);
	const orders = { rules, poller, options, order, leftOut };
	return work(mine, found, orders, session);
}

async function work(
	rows: AsyncIterable<PlannedRow>,
	found: Survey,
	{
		rules,
		poller,
		options,
		order,
		leftOut,
	}: {
		readonly rules: Rules;
		readonly poller: Poller | undefined;
		readonly options: BatchOptions;
		readonly order: Pick<Order, "columns" | "csvStyle">;
		readonly leftOut: readonly LeftOut[];
	},
	session: Session,
): Promise<number> {
	const { images, estimateMicros } = found;
	const { reporter, runtime } = session;
	await bookMoved(found, session);
	const nextNames = namesOfGroups();
	if (rules.goal === "submitted" && found.counts.buy > 0)
		reporter.note(
			`to fetch them from another machine: ${session.command(`runs fetch --ref ${nextNames.group} -o images/`)}`,
		);
	reporter.begin({ images: images + leftOut.length, estimateMicros });
	const report = await openReport(
		options.report,
		runtime.cwd,
		order.columns,
		reporter.failed,
		order.csvStyle,
	);
	const forget = session.interrupt.onLeave(report.close);
	const code = await workThrough(
		queueRows(rows, found, nextNames, session),
		{
			goal: rules.goal,
			poller,
			isUnattended: true,
			maxFailures: rules.maxFailures(images),
			leftOut,
			onRecord: report.add,
		},
		session,
	);
	forget();
	report.close();
	return report.hasFailed() && !session.interrupt.code()
		? exitCodes.disk
		: code;
}

/** What lies in the folder of its row is known to that from now on, whatever becomes of the file. @throws {Failure} `disk` */
async function bookMoved({ moved }: Survey, session: Session): Promise<void> {
	const { ledger, runtime } = session;
	const { showPath } = showOf(session);
	const finishedAt = new Date(runtime.clock.now()).toISOString();
	const booked = [...moved.values()].map(async ({ line, isThere }) => {
		if (!isThere || line.path === null) return;
		const record = { ...line.record, file: showPath(line.path) };
		await ledger.append({ ...line, record, finishedAt });
	});
	await Promise.all(booked);
}

function sourceOf(file: string, runtime: Runtime) {
	if (file !== "-")
		return { file: path.resolve(runtime.cwd, file), name: file };
	if (runtime.stdin.isTTY)
		throw new Failure("usage", "there are no rows on stdin", {
			hint: "name a file, or pipe one in: cat prompts.txt | flux-ultra batch - -o images/ --dry-run",
		});
	return { stdin: runtime.stdin as AsyncIterable<Uint8Array> };
}

async function* onlyMine(
	plan: AsyncGenerator<PlannedRow | RefusedRow>,
	isMine: (number: number) => boolean,
	{ isBad }: Survey,
): AsyncGenerator<PlannedRow> {
	for await (const row of plan) {
		if ("reason" in row) continue;
		if (isMine(row.number) && !isBad(row.job.index)) yield row;
	}
}
