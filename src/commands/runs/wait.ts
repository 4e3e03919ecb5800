import { exitCodes, toFailure } from "../../errors.ts";
import { judgeEnd } from "../../purchase/outcome.ts";
import { createPoller } from "../../purchase/poll/poller.ts";
import { errorInfo } from "../../record.ts";
import { elapsedAt, type Runtime } from "../../runtime.ts";
import { escapedJson } from "../../system/escape.ts";
import { askAboutRun } from "../session/call-service.ts";
import { contextFor } from "../session/job-context.ts";
import {
	type Session,
	type SessionOptions,
	withSession,
} from "../session/session.ts";

/** Waits for runs to end, without fetching their images; prints the id of each that ended well. */
export async function waitForRuns(
	ids: readonly string[],
	options: SessionOptions,
	runtime: Runtime,
): Promise<number> {
	return withSession(options, runtime, async (session) => {
		session.reporter.begin({ images: 1 });
		const codes: number[] = [];
		for (const id of ids) codes.push(await waitForOne(id, options, session));
		const failed = codes.filter((code) => code !== 0);
		const [first = 0] = failed;
		const isMixed = failed.length < codes.length;
		return (
			session.interrupt.code() ?? (failed.length > 0 && isMixed ? 3 : first)
		);
	});
}

async function waitForOne(
	id: string,
	options: SessionOptions,
	session: Session,
): Promise<number> {
	const { runtime } = session;
	const print = (record: unknown, line: string) =>
		runtime.stdout.write(`${options.json ? escapedJson(record) : line}\n`);
	try {
		const { client } = await session.connection();
		const first = await askAboutRun(id, () =>
			client.readRun(id, session.signal),
		);
		const createdAtMs = Date.parse(first.createdAt ?? "");
		const sinceMs = Number.isNaN(createdAtMs)
			? runtime.clock.elapsed()
			: elapsedAt(runtime.clock, createdAtMs);
		const image = {
			prompt: first.prompt ?? "",
			seed: first.seed ?? null,
			priceMicros: undefined,
			model: session.settings.model.value,
		};
		const context = await contextFor(image, 1, session);
		// Of which model the run is, is not known: nothing is to be learned from it.
		const runTimes = { ...context.runTimes, learn: () => {} };
		const run = await createPoller().waitForEnd(
			{ id, clientRef: id, submittedAtMs: sinceMs, known: first },
			{ ...context, runTimes },
		);
		judgeEnd(run);
		print({ version: 1, run_id: id, status: run.status }, id);
		return 0;
	} catch (error) {
		const failure = toFailure(error);
		const status = exitCodes[failure.code] === 8 ? "pending" : "failed";
		if (options.json)
			print({ version: 1, run_id: id, status, error: errorInfo(failure) }, "");
		session.reporter.failed(failure);
		return exitCodes[failure.code];
	}
}
