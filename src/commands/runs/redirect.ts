import { Failure } from "../../errors.ts";
import { outputForRun } from "../../names/output.ts";
import { checkPlaces, plannedPath } from "../../names/places.ts";
import type { Acquired } from "../../purchase/acquire.ts";
import { type Job, runOf, wantedOf } from "../../purchase/job.ts";
import { withReplaceable } from "../../purchase/replaceable.ts";
import { callService } from "../session/call-service.ts";
import { showPath } from "../session/job-context.ts";
import type { Session } from "../session/session.ts";
import type { FetchOptions } from "./fetch.ts";

/**
 * Sends images of earlier commands to another place. A job is changed once all of them can be worked on: where the key or
 * the service is missing, its own command would look for its image there.
 */
export async function redirect(
	taken: readonly Acquired[],
	options: FetchOptions,
	{ connection, runtime, signal }: Session,
): Promise<void> {
	const { client } = await connection();
	const moves: (() => Promise<void>)[] = [];
	const jobs: Job[] = [];
	for (const one of taken) {
		if (one.state === "created") jobs.push(one.held.job);
		const run = one.state === "taken" && runOf(one.held.job);
		if (!run) continue;
		const { held } = one;
		const output =
			options.output === undefined
				? { ...held.job.output, force: true }
				: await outputForRun(held.job, options, runtime.cwd);
		const job = await withReplaceable({ ...held.job, output });
		jobs.push(job);
		await checkPlaces([job]);
		await callService(() => client.readRun(run.id, signal));
		const { id: runId, submittedAt } = run;
		// One that is in its place already comes to the other place all the same.
		const bought = { name: "bought", runId, submittedAt } as const;
		moves.push(() => held.enter(bought, { output: job.output }));
	}
	refuseSharedNames(jobs, runtime.cwd);
	for (const move of moves) await move();
}

/** @throws {Failure} `usage` */
function refuseSharedNames(jobs: readonly Job[], cwd: string): void {
	const names = new Set<string>();
	for (const job of jobs)
		for (const at of wantedOf(job)) {
			const name = plannedPath(job, at, runOf(job)?.id);
			if (name === null) continue;
			if (names.has(name))
				throw new Failure(
					"usage",
					`several images would be called ${showPath(name, cwd)}`,
					{ hint: "nothing was fetched: -o out/ or {run} tells them apart" },
				);
			names.add(name);
		}
}
