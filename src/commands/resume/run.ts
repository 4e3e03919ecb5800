import path from "node:path";
import { exitCodes, Failure, toFailure } from "../../errors.ts";
import { defaultOutput } from "../../names/output.ts";
import type { Acquired } from "../../purchase/acquire.ts";
import { type Job, runOf } from "../../purchase/job.ts";
import { settleForgotten } from "../../purchase/settle.ts";
import type { ListedJob } from "../../purchase/store/journal.ts";
import { sweepSnapshots } from "../../rows/snapshot.ts";
import type { Runtime } from "../../runtime.ts";
import { stoppedText } from "../../system/holder.ts";
import { shortPrompt } from "../../terminal/format.ts";
import { sweepSpooled } from "../../uploads/spool-image.ts";
import { tellComplete } from "../next-command.ts";
import { countImages, queueOf } from "../queued-run.ts";
import { commandAt, shownIn } from "../retype.ts";
import { isOfSandbox } from "../session/is-of-sandbox.ts";
import {
	type Session,
	type SessionOptions,
	withSession,
} from "../session/session.ts";
import { workThrough } from "../work.ts";
import { setAsidePlanned } from "./never-sent.ts";

export interface ResumeOptions extends SessionOptions {
	readonly forget?: readonly string[];
}

/** Brings every image that was paid for, or may have been, and is not on disk. Buys nothing. */
export async function resume(
	options: ResumeOptions,
	runtime: Runtime,
): Promise<number> {
	return withSession(options, runtime, async (session) => {
		await session.targets.sweep();
		const { state } = session.folders;
		await sweepSnapshots(path.join(state, "rows"));
		await sweepSpooled(path.join(state, "incoming"));
		const listed = await session.journal.list();
		const unreadable = tellUnreadable(listed, session);
		tellOfOthers(listed, session);
		const mine = listed.filter(({ job }) => job?.service === session.service);
		if (options.forget) return forget(options.forget, mine, session);
		const sent = await setAsidePlanned(mine, session);
		if (sent.length > 0) await session.connection();
		const { taken, left } = await takeOver(sent, session);
		// What nobody can bring now may have been paid.
		const atBest = unreadable + left > 0 ? exitCodes.unknown_charge : 0;
		if (taken.length === 0) {
			if (atBest === 0 && mine.length === 0)
				session.reporter.note("nothing is unfinished here");
			return atBest;
		}
		const queue = queueOf(taken);
		session.reporter.begin({ images: countImages(queue) });
		const neverBought = new Set<string>();
		const code = await workThrough(
			queue,
			{
				goal: "paid",
				onNeverBought: ({ prompt, command, group }) => {
					neverBought.add(group);
					session.reporter.note(
						`never bought, and nothing charged: "${shortPrompt(prompt)}"; to buy it: ${shownIn(runtime.cwd, command)}`,
					);
				},
			},
			session,
		);
		if (code === 0)
			await tellComplete(
				queue
					.map(({ job }) => job)
					.filter(({ group }) => !neverBought.has(group)),
				false,
				session,
			);
		return code || atBest;
	});
}

/** The jobs that are nobody's; of those that cannot be worked on how many there are. Each is judged alone. */
async function takeOver(
	listed: readonly ListedJob[],
	session: Session,
): Promise<{ readonly taken: readonly Acquired[]; readonly left: number }> {
	const { journal, reporter, runtime } = session;
	const taken: Acquired[] = [];
	let left = 0;
	for (const { key } of listed.toSorted(byAge)) {
		const found = await journal.takeOver(key).catch((error) => {
			left += 1;
			const { message, hint } = toFailure(error);
			reporter.note(`left alone: ${message}${hint ? ` (${hint})` : ""}`);
			return undefined;
		});
		if (found === undefined) continue;
		if (found.state === "busy") {
			const { pid } = found.holder;
			const stopped = stoppedText(pid);
			reporter.note(
				`left alone: process ${pid} is at "${shortPrompt(found.job.prompt)}"${stopped ? `; ${stopped}` : ""}`,
			);
			continue;
		}
		// The pipe that it was made for is gone.
		if (found.held.job.output.path === null)
			await found.held.amend({
				output: {
					...found.held.job.output,
					path: defaultOutput(found.held.job, runtime.cwd),
				},
			});
		taken.push({ state: "taken", held: found.held });
	}
	return { taken, left };
}

/** Job files that this version cannot read, each told. @returns how many */
function tellUnreadable(
	listed: readonly ListedJob[],
	{ reporter, folders }: Session,
): number {
	const unreadable = listed.filter(({ job }) => job === undefined);
	for (const { key, isNewer } of unreadable) {
		const file = path.join(folders.state, "jobs", key);
		reporter.note(
			isNewer
				? `a later version of flux-ultra wrote ${file}: go on with that one`
				: `a job file is damaged: ${file}; an image that it stands for may have been paid, so look at it before you take it away`,
		);
	}
	return unreadable.length;
}

function byAge({ job: a }: ListedJob, { job: b }: ListedJob): number {
	return (a?.createdAt ?? "") < (b?.createdAt ?? "") ? -1 : 1;
}

function tellOfOthers(
	listed: readonly ListedJob[],
	{ service, reporter }: Session,
): void {
	const others = new Map<string, number>();
	for (const { job } of listed) {
		if (job && job.service !== service)
			others.set(job.service, (others.get(job.service) ?? 0) + 1);
	}
	for (const [other, number] of others)
		reporter.note(
			`${number} unfinished elsewhere: ${commandAt(["resume"], other, service)}`,
		);
}

/** Lets go of jobs that can never be finished, a run of a closed account for one. */
async function forget(
	names: readonly string[],
	listed: readonly ListedJob[],
	{ journal, reporter, ledger, runtime, command }: Session,
): Promise<number> {
	for (const name of names) {
		const isNamed = (job: Job) => [job.ref, runOf(job)?.id].includes(name);
		const one = listed.find(({ job }) => job && isNamed(job));
		const found = one && (await journal.takeOver(one.key));
		if (found?.state === "busy")
			throw notForgotten(`process ${found.holder.pid} is at ${name}`, command);
		// Another process may have ordered the image anew since it was listed.
		const isOther = found !== undefined && !isNamed(found.held.job);
		if (isOther) await found.held.release();
		if (found === undefined || isOther)
			throw notForgotten(`nothing unfinished is called ${name}`, command);
		const { clock } = runtime;
		const { job } = found.held;
		const isSandbox = () => isOfSandbox(job);
		const what = worthOf(job, command);
		await settleForgotten(found.held, { ledger, clock, isSandbox });
		reporter.note(`forgotten: ${name}; ${what}`);
	}
	return 0;
}

function notForgotten(why: string, command: Session["command"]): Failure {
	return new Failure("usage", why, {
		hint: `see them: ${command("runs list")}`,
	});
}

function worthOf({ stage }: Job, command: Session["command"]): string {
	switch (stage.name) {
		case "planned":
			return "it was never bought and cost nothing; its command asks for an image in its place";
		case "sending":
			return `whether it was bought is not known; if it was, it stays paid, and its run is in ${command("runs list --account")}; it counts against the limit of its day`;
		case "bought":
		case "placing":
			return `what it cost stays paid, and its image may still be fetched: ${command(`runs fetch ${stage.runId}`)}`;
		default:
			return stage satisfies never;
	}
}
