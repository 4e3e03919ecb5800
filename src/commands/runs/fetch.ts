import { Failure } from "../../errors.ts";
import type { LedgerLine } from "../../ledger/ledger.ts";
import { outputForRun } from "../../names/output.ts";
import { checkPlaces } from "../../names/places.ts";
import { type Acquired, dropNew } from "../../purchase/acquire.ts";
import { fetchOnly } from "../../purchase/fetch-only.ts";
import { runOf } from "../../purchase/job.ts";
import { withReplaceable } from "../../purchase/replaceable.ts";
import { unknownModel } from "../../record.ts";
import type { Run } from "../../runflow/schemas.ts";
import { service } from "../../runflow/service.ts";
import type { Runtime } from "../../runtime.ts";
import { tellComplete } from "../next-command.ts";
import { countImages, queueOf } from "../queued-run.ts";
import { commandAt } from "../retype.ts";
import { askAboutRun, callService } from "../session/call-service.ts";
import {
	type Session,
	type SessionOptions,
	withSession,
} from "../session/session.ts";
import { checkStdout } from "../session/stdout.ts";
import { workThrough } from "../work.ts";
import { redirect } from "./redirect.ts";

export interface FetchOptions extends SessionOptions {
	readonly force?: boolean;
	readonly ref?: string;
}

/** Brings the images of runs that exist already, from this machine or another; waits for those that go on. Buys nothing. */
export async function fetchRuns(
	ids: readonly string[],
	options: FetchOptions,
	runtime: Runtime,
): Promise<number> {
	const stdoutTaken = options.output === "-";
	if (stdoutTaken) checkStdout(options, runtime);
	if (stdoutTaken && ids.length > 1)
		throw new Failure("usage", "-o - takes one image");
	return withSession({ ...options, stdoutTaken }, runtime, async (session) => {
		const all = [...ids, ...(await idsOfBatch(options.ref, session))];
		if (all.length === 0)
			throw new Failure("usage", "no run is named", {
				hint: `${session.command("runs fetch <run>")}, or --ref <batch>; see ${session.command("runs list")}`,
			});
		const taken: Acquired[] = [];
		try {
			const known = await readKnown(all, session);
			for (const id of new Set(all))
				taken.push(await takeUpRun(id, known, options, session));
			if (options.output !== undefined || options.force)
				await redirect(taken, options, session);
		} catch (error) {
			await dropNew(taken);
			throw error;
		}
		const queue = queueOf(taken);
		session.reporter.begin({ images: countImages(queue) });
		const code = await workThrough(queue, { goal: "paid" }, session);
		if (code === 0)
			await tellComplete(
				queue.map(({ job }) => job),
				options.output !== undefined,
				session,
			);
		return code;
	});
}

/** The runs of a batch: its images share references that end in .0, .1 and so on. */
async function idsOfBatch(
	batch: string | undefined,
	{ connection, signal }: Session,
): Promise<readonly string[]> {
	if (batch === undefined) return [];
	const { client } = await connection();
	const list = (ref: string) =>
		callService(() => client.listGroup(ref, service.listing.maxRuns, signal));
	const runs = [...(await list(batch))];
	for (let part = 0; ; part += 1) {
		const more = await list(`${batch}.${part}`);
		if (more.length === 0) break;
		runs.push(...more);
	}
	if (runs.length === 0)
		throw new Failure(
			"usage",
			`the service knows no run of the batch ${batch}`,
			{
				hint: "is the key of the account that bought it? flux-ultra auth status",
			},
		);
	return runs.map(({ id }) => id);
}

type Known = Awaited<ReturnType<typeof readKnown>>;

/** What this machine knows of runs, by their ids: the keys of the jobs that bought them, and their last lines. */
async function readKnown(
	ids: readonly string[],
	{ journal, ledger, service, settings, runtime }: Session,
) {
	const jobs = new Map<string, string>();
	for (const { key, job } of await journal.list()) {
		const run = job && runOf(job);
		if (!run) continue;
		if (job.service !== service && ids.includes(run.id))
			throw new Failure(
				"usage",
				`run ${run.id} is not of ${nameOf(service)}: it was bought at ${nameOf(job.service)}`,
				{
					hint: commandAt(
						runtime.argv.filter((word) => word !== "--sandbox"),
						job.service,
						settings.apiUrl.value,
					),
				},
			);
		jobs.set(run.id, key);
	}
	const lines = new Map<string, LedgerLine>();
	for await (const line of ledger.find("run_id", ids))
		if (line.record.run_id !== null && !lines.has(line.record.run_id))
			lines.set(line.record.run_id, line);
	return { jobs, lines };
}

function nameOf(service: string): string {
	return service === "sandbox" ? "the sandbox" : service;
}

/** The job on disk that bought the run, or a new one that only fetches it. */
async function takeUpRun(
	id: string,
	known: Known,
	options: FetchOptions,
	session: Session,
): Promise<Acquired> {
	const { journal } = session;
	const ownKey = known.jobs.get(id);
	const found =
		ownKey === undefined ? undefined : await journal.takeOver(ownKey);
	if (found?.state === "busy")
		throw new Failure(
			"usage",
			`process ${found.holder.pid} is fetching run ${id}`,
			{ hint: "let it finish" },
		);
	if (found) {
		const { held } = found;
		if (runOf(held.job)?.id === id) return { state: "taken", held };
		// Since it was listed, its run was settled, and the image is ordered anew.
		await held.release();
	}
	const { client } = await session.connection();
	const read = () => client.readRun(id, session.signal);
	const run = await askAboutRun(id, read);
	const { key, job } = await jobOfRun(
		run,
		known.lines.get(run.id),
		options,
		session,
	);
	await checkPlaces([job]);
	const asked = await withReplaceable(job);
	const acquired = await journal.acquire(key, () => asked);
	if (acquired.state === "busy")
		throw new Failure(
			"usage",
			`process ${acquired.holder.pid} is fetching run ${id}`,
		);
	return acquired;
}

async function jobOfRun(
	run: Run,
	line: LedgerLine | undefined,
	options: FetchOptions,
	{ service, runtime, command }: Session,
): Promise<ReturnType<typeof fetchOnly>> {
	const createdAt = new Date(runtime.clock.now()).toISOString();
	const asked = {
		ref: run.jobRef ?? run.id,
		prompt: run.prompt ?? line?.record.prompt ?? "",
		seed: run.seed ?? line?.record.seed ?? null,
		...(run.images > 1 && { images: run.images }),
	};
	return fetchOnly(
		{ id: run.id, submittedAt: run.createdAt ?? createdAt },
		{
			...asked,
			clientRef: run.clientRef ?? run.id,
			service,
			model: line?.record.model ?? unknownModel,
			output: await outputForRun(asked, options, runtime.cwd),
			project: line?.project,
			createdAt,
			command: command(`runs fetch ${run.id}`),
		},
	);
}
