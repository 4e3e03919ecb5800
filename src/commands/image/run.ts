import path from "node:path";
import { Failure } from "../../errors.ts";
import { imagesOf } from "../../models/expected.ts";
import { checkPlaces } from "../../names/places.ts";
import type { PlannedJob } from "../../orders/make-job.ts";
import { type Order, planJobs } from "../../orders/plan.ts";
import { type Acquired, acquireAll, dropNew } from "../../purchase/acquire.ts";
import { type Job, runOf, wantedOf } from "../../purchase/job.ts";
import { plannedRecord } from "../../purchase/job-records.ts";
import { checkLimit, estimateMicros } from "../../purchase/limits/budget.ts";
import type { Runtime } from "../../runtime.ts";
import { findPreview } from "../../terminal/preview.ts";
import { approve } from "../session/approval.ts";
import { showOf } from "../session/job-context.ts";
import { type Listening, openListening } from "../session/listening.ts";
import { type Session, withSession } from "../session/session.ts";
import { jobOf, workThrough } from "../work.ts";
import { type ImageOptions, readOrder } from "./order.ts";
import { readPrompt } from "./prompt.ts";

/**
 * Makes the images of one prompt.
 * @param argument the prompt; `-` or undefined: from stdin
 * @param showHelp what to do where nobody gave a prompt; gives the exit code
 */
export async function makeImages(
	argument: string | undefined,
	options: ImageOptions,
	runtime: Runtime,
	showHelp: () => number,
): Promise<number> {
	const wantsStdin = options.image?.includes("-") || options.mask === "-";
	if (wantsStdin && (argument === undefined || argument === "-"))
		throw new Failure(
			"usage",
			"stdin is the image, and the prompt is missing",
			{
				hint: 'the prompt is the argument then: flux-ultra "at night" --image - --dry-run < photo.jpg',
			},
		);
	const prompt = await readPrompt(argument, runtime);
	if (prompt === undefined) return showHelp();
	const stdoutTaken = options.output === "-";
	if (stdoutTaken) checkStdout(options, runtime);
	return withSession({ ...options, stdoutTaken }, runtime, async (session) => {
		const listening = await openListening(options, session);
		try {
			const { callbackUrl } = listening;
			const read = await readOrder(prompt, options, callbackUrl, session);
			try {
				return await fill(read.order, listening, options, session);
			} finally {
				await read.forget();
			}
		} finally {
			await listening.close();
		}
	});
}

/** Plans the images of an order, takes them up, and works until they are there. */
async function fill(
	order: Order,
	{ poller }: Listening,
	options: ImageOptions,
	session: Session,
): Promise<number> {
	const { runtime, reporter } = session;
	const planned = await planJobs(order, {
		cwd: runtime.cwd,
		nowMs: runtime.clock.now(),
		random: runtime.random,
	});
	const jobs = planned.map(({ job }) => job);
	reporter.begin({ images: jobs.length * imagesOf(order.params) });
	if (options.dryRun) return tellPlan(jobs, session);
	await session.connection();
	const taken = await reserve(planned, session);
	try {
		const toBuy = unbought(taken);
		await approve(
			{
				images: toBuy.length * imagesOf(order.params),
				micros: estimateMicros(toBuy),
				isEstimate: toBuy.some((job) => job.isEstimate),
				yes: options.yes === true,
			},
			session,
		);
	} catch (error) {
		await dropNew(taken);
		throw error;
	}
	const saved: string[] = [];
	const code = await workThrough(
		taken.map((one, at) => ({
			job: jobOf(one),
			index: planned[at]?.job.index ?? 1,
			take: async () => one,
		})),
		{
			goal: options.wait === false ? "submitted" : "image",
			poller,
			onRecord(record) {
				if (record.status === "saved" || record.status === "skipped")
					saved.push(record.file);
			},
		},
		session,
	);
	if (session.settings.preview.value) await preview(saved, session);
	return code;
}

/** A picture in the terminal is a kindness: where it can't be shown, that is said, and nothing fails. */
async function preview(
	files: readonly string[],
	{ runtime, reporter }: Session,
): Promise<void> {
	const show = findPreview(runtime);
	for (const file of files) {
		if (show === undefined || file === "-") return;
		await show(path.resolve(runtime.cwd, file)).catch((error: Error) =>
			reporter.note(`no preview: ${error.message}`),
		);
	}
}

/** Puts the jobs on disk, where they find their place and the day's budget has room for them. */
async function reserve(
	planned: readonly PlannedJob[],
	session: Session,
): Promise<readonly Acquired[]> {
	const { journal, ledger, view } = session;
	const taken = await acquireAll(planned, {
		...{ journal, ledger, view },
		showPath: showOf(session).showPath,
	});
	try {
		await checkPlaces(
			taken.flatMap((one) => (one.state === "new" ? [one.held.job] : [])),
		);
		await session.day?.check(estimateMicros(unbought(taken)) ?? 0);
		return taken;
	} catch (error) {
		await dropNew(taken);
		throw error;
	}
}

/** What is to be bought, or may have to be bought again. */
function unbought(taken: readonly Acquired[]): readonly Job[] {
	return taken.flatMap((one) =>
		"held" in one && runOf(one.held.job) === undefined ? [one.held.job] : [],
	);
}

function checkStdout(options: ImageOptions, { stdout }: Runtime): void {
	if (stdout.isTTY)
		throw new Failure("usage", "-o - would write the image to the terminal", {
			hint: "send it somewhere: flux-ultra … -o - > image.jpg",
		});
	if (options.json)
		throw new Failure("usage", "-o - and --json both want stdout", {
			hint: "save the image in a file: -o image.jpg --json",
		});
	if (options.wait === false)
		throw new Failure(
			"usage",
			"-o - needs the image, and --no-wait leaves before it is made",
		);
}

async function tellPlan(
	jobs: readonly Job[],
	session: Session,
): Promise<number> {
	await checkPlaces(jobs);
	const micros = estimateMicros(jobs);
	checkLimit(micros, session.settings.maxCostMicros);
	await session.day?.check(micros ?? 0);
	for (const job of jobs)
		for (const at of wantedOf(job))
			session.reporter.record(plannedRecord(job, at, true, showOf(session)));
	return 0;
}
