import path from "node:path";
import { followLedger } from "../batch/news.ts";
import {
	type BatchOrder,
	type PlannedImage,
	planRows,
} from "../batch/plan-rows.ts";
import { type Survey, survey } from "../batch/survey.ts";
import { Failure } from "../errors.ts";
import { checkLimit } from "../jobs/budget.ts";
import { checkWritable } from "../jobs/folder.ts";
import { formatUsd, usdToMicros } from "../money.ts";
import { readRows } from "../rows/read-rows.ts";
import type { BadRow, Row, RowFormat, RowOptions } from "../rows/row.ts";
import { type Snapshot, takeSnapshot } from "../rows/snapshot.ts";
import { findModel } from "../runflow/catalogue.ts";
import type { Runtime } from "../runtime.ts";
import { makePrivateFolder } from "../settings/folders.ts";
import { approve } from "./approval.ts";
import { parseFailureLimit, parseShard, parseVia } from "./batch-options.ts";
import { tellPlan } from "./batch-records.ts";
import type { BatchGoal } from "./batch-tools.ts";
import { workOnRows } from "./batch-work.ts";
import { checkCallbackUrl } from "./callback-url.ts";
import { parseParams } from "./params.ts";
import { checkReportName, openReport } from "./report.ts";
import { retype } from "./retype.ts";
import { type Session, type SessionOptions, withSession } from "./session.ts";

/** The options of a batch as commander reads them. */
export interface BatchOptions extends SessionOptions {
	readonly format?: string;
	/** `-0`. */
	readonly null?: boolean;
	readonly prompt?: string;
	readonly param?: readonly string[];
	readonly update?: boolean;
	readonly force?: boolean;
	readonly wait?: boolean;
	readonly yes?: boolean;
	readonly dryRun?: boolean;
	readonly callbackUrl?: string;
	readonly project?: string;
	readonly maxFailures?: string;
	readonly shard?: string;
	readonly report?: string;
	/** `runs` or `batches`. */
	readonly via?: string;
}

/** Makes an image of each row of a file, like make: what is there stays, what is bought is fetched, only what is new is bought. */
export async function runBatch(
	file: string,
	options: BatchOptions,
	runtime: Runtime,
): Promise<number> {
	return withSession(
		{ ...options, isBatch: true },
		runtime,
		async (session) => {
			const isMine = parseShard(options.shard);
			const maxFailures = parseFailureLimit(options.maxFailures);
			const inBulk = parseVia(options.via);
			checkReportName(options.report);
			const spool = path.join(session.folders.state, "rows");
			await makePrivateFolder(spool);
			const rows = await takeSnapshot(sourceOf(file, runtime), spool);
			try {
				const plan = planner(rows, options, session);
				const replace = options.force
					? "force"
					: options.update
						? "update"
						: "nothing";
				const { journal, ledger, settings } = session;
				const news = await followLedger(
					path.join(session.folders.state, "ledger"),
				);
				const found = await survey(plan(), settings.sidecar.value, {
					journal,
					ledger,
					isMine,
					replace,
					news,
				});
				refuseBadRows(found.bad, rows.name, session);
				for (const folder of found.folders) await checkFolder(folder);
				tellEstimate(found, session);
				const work = { plan: () => onlyMine(plan(), isMine), survey: found };
				if (options.dryRun) {
					checkLimit(found.estimateMicros, settings.maxCostMicros);
					if (options.json) await tellPlan(work, session);
					return 0;
				}
				if (found.counts.nothing < found.images) {
					await approve(
						{
							images: found.counts.buy,
							micros: found.estimateMicros,
							yes: options.yes === true,
						},
						session,
					);
					await warnOfBalance(found, session);
				}
				const report = await openReport(options.report, runtime.cwd);
				const goal: BatchGoal = options.wait === false ? "submitted" : "image";
				return await workOnRows(
					{
						...work,
						news,
						goal,
						maxFailures,
						inBulk,
						report,
						replace,
						order: orderOf(rows, options, session),
					},
					session,
				);
			} finally {
				await rows.remove();
			}
		},
	);
}

function sourceOf(file: string, runtime: Runtime) {
	if (file !== "-")
		return { file: path.resolve(runtime.cwd, file), name: file };
	if (runtime.stdin.isTTY)
		throw new Failure("usage", "there are no rows on stdin", {
			hint: "name a file, or pipe one in: cat prompts.txt | flux-ultra batch - -o images/",
		});
	return { stdin: runtime.stdin as AsyncIterable<Uint8Array> };
}

/** The same images in the same order, each time it is called. */
function planner(rows: Snapshot, options: BatchOptions, session: Session) {
	const order = orderOf(rows, options, session);
	return () =>
		planRows(readRows(rows, rowOptions(options, order.model)), order);
}

function rowOptions(options: BatchOptions, model: string): RowOptions {
	return {
		format: formatOf(options.format),
		nulSeparated: options.null === true,
		prompt: options.prompt,
		inputsOf: (named) => findModel(named ?? model).inputs,
	};
}

async function countRows(rows: AsyncIterable<Row | BadRow>): Promise<number> {
	let count = 0;
	for await (const row of rows) if (!("reason" in row)) count += 1;
	return count;
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
	let answer: Promise<T> | undefined;
	return () => {
		answer ??= ask();
		return answer;
	};
}

function orderOf(
	rows: Snapshot,
	options: BatchOptions,
	session: Session,
): BatchOrder {
	const { settings, service, runtime } = session;
	const model = settings.model.value;
	return {
		service,
		model,
		params: parseParams(options.param ?? []),
		output: settings.output.value,
		sidecar: settings.sidecar.value,
		callbackUrl:
			options.callbackUrl === undefined
				? undefined
				: checkCallbackUrl(options.callbackUrl),
		project: options.project ?? settings.project.value,
		command: retype(runtime.argv),
		cwd: runtime.cwd,
		nowMs: session.startedAtMs,
		countRows: once(() =>
			countRows(readRows(rows, rowOptions(options, model))),
		),
	};
}

function formatOf(text: string | undefined): RowFormat | undefined {
	if (
		text === undefined ||
		text === "text" ||
		text === "jsonl" ||
		text === "csv"
	)
		return text;
	throw new Failure("usage", `--format ${text} is not known`, {
		hint: "text, jsonl or csv",
	});
}

/** All of them are shown: whoever mends the file wants to mend it once. */
function refuseBadRows(
	bad: readonly BadRow[],
	name: string,
	{ reporter }: Session,
): void {
	const [first] = bad;
	if (first === undefined) return;
	for (const { line, reason } of bad)
		reporter.complaint(`${name}:${line}: ${reason}`);
	const isOne = bad.length === 1;
	throw new Failure(
		"usage",
		`${bad.length} ${isOne ? "row" : "rows"} of ${name} cannot be bought: ${name}:${first.line}: ${first.reason}`,
		{ hint: "nothing was sent; mend the rows and run the same command again" },
	);
}

async function checkFolder(folder: string): Promise<void> {
	await checkWritable(folder).catch((error) => {
		throw new Failure("usage", (error as Error).message, {
			hint: "name another place with -o",
			cause: error,
		});
	});
}

function tellEstimate(
	{ images, counts, estimateMicros }: Survey,
	{ reporter }: Session,
): void {
	const cost =
		estimateMicros === undefined
			? "at a price that is not known"
			: `for ${formatUsd(estimateMicros)}`;
	const parts = [
		`${images} ${images === 1 ? "image" : "images"}`,
		`${counts.nothing} on disk`,
		...(counts.fetch + counts.continue > 0
			? [`${counts.fetch + counts.continue} bought already`]
			: []),
		`${counts.buy} to buy ${cost}`,
	];
	reporter.headline(parts.join(", "));
}

/** A balance that the key may not read is not known, which is no reason to stop. */
async function warnOfBalance(found: Survey, session: Session): Promise<void> {
	const { client } = await session.connection();
	if (found.counts.buy === 0) return;
	const balance = await client
		.readBalance(session.signal)
		.catch(() => undefined);
	const micros = balance === undefined ? undefined : usdToMicros(balance);
	if (micros === undefined || micros >= (found.estimateMicros ?? 0)) return;
	session.reporter.note(
		`the balance of ${formatUsd(micros)} does not pay for all of it: the batch stops when it is used up`,
	);
}

async function* onlyMine(
	plan: AsyncGenerator<PlannedImage | BadRow>,
	isMine: (index: number) => boolean,
): AsyncGenerator<PlannedImage> {
	for await (const image of plan)
		if (!("reason" in image) && isMine(image.index)) yield image;
}
