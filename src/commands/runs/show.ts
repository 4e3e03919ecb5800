import { billOf } from "../../ledger/bill.ts";
import type { Run } from "../../runflow/schemas.ts";
import type { Runtime } from "../../runtime.ts";
import { escaped, escapedJson } from "../../system/escape.ts";
import { formatUsd } from "../../system/money.ts";
import { alignRows } from "../../terminal/align-rows.ts";
import { formatElapsed, shortPrompt } from "../../terminal/format.ts";
import { askAboutRun } from "../session/call-service.ts";
import { type SessionOptions, withSession } from "../session/session.ts";

/** Shows what the service says of a run; with `--json` the whole answer, its links without their signatures. */
export async function showRun(
	id: string,
	options: SessionOptions,
	runtime: Runtime,
): Promise<number> {
	return withSession(options, runtime, async (session) => {
		const { client } = await session.connection();
		const run = await askAboutRun(id, () => client.readRun(id, session.signal));
		const text = options.json
			? `${escapedJson(withoutSignatures(run.raw))}\n`
			: alignRows(describe(run));
		runtime.stdout.write(text);
		return 0;
	});
}

function describe(run: Run): string[][] {
	const bill = billOf(run);
	const rows: [string, string | undefined][] = [
		["run", run.id],
		["status", run.status],
		["prompt", run.prompt && shortPrompt(run.prompt, 100)],
		["seed", run.seed?.toString()],
		["cost", bill === undefined ? undefined : formatUsd(bill)],
		["created", run.createdAt],
		["completed", run.completedAt],
		[
			"took",
			run.durationMs === undefined ? undefined : formatElapsed(run.durationMs),
		],
		["reference", run.clientRef],
		["request", run.requestId],
		[
			"failure",
			[run.failure.code, run.failure.message].filter(Boolean).join(": "),
		],
		["images", run.outputs.length.toString()],
	];
	return rows.flatMap(([name, value]) =>
		value ? [[name, escaped(value)]] : [],
	);
}

/** A presigned link is a secret by its query. */
function withoutSignatures(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(withoutSignatures);
	if (typeof value === "object" && value !== null)
		return Object.fromEntries(
			Object.entries(value).map(([name, entry]) => [
				name,
				withoutSignatures(entry),
			]),
		);
	return typeof value === "string"
		? value.replace(/(https?:\/\/[^\s?"]+)\?[^\s"]*/g, "$1?…")
		: value;
}

export async function showLogs(
	id: string,
	options: SessionOptions,
	runtime: Runtime,
): Promise<number> {
	return withSession(options, runtime, async (session) => {
		const { client } = await session.connection();
		const lines = await askAboutRun(id, () =>
			client.readLogs(id, session.signal),
		);
		for (const line of lines) {
			const text = `${line.timestamp} ${line.level} ${line.message}`;
			runtime.stdout.write(
				`${options.json ? escapedJson({ version: 1, ...line }) : escaped(text)}\n`,
			);
		}
		if (lines.length === 0) session.reporter.note(`run ${id} has no log`);
		return 0;
	});
}
