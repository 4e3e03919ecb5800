import { randomUUID } from "node:crypto";
import { setMaxListeners } from "node:events";
import { forEachAtOnce } from "../batch/at-once.ts";
import { createBulkClient } from "../batch/bulk.ts";
import { checkDone, type DoneImage } from "../batch/done.ts";
import type { News } from "../batch/news.ts";
import {
	type BatchOrder,
	jobOfImage,
	type PlannedImage,
} from "../batch/plan-rows.ts";
import { createPurse, type Purse } from "../batch/purse.ts";
import { createStoppingClient } from "../batch/stopping.ts";
import type { Survey } from "../batch/survey.ts";
import { createWatch } from "../batch/watch.ts";
import { exitCodes, Failure, toFailure } from "../errors.ts";
import type { JobContext } from "../jobs/context.ts";
import type { DayLimit } from "../jobs/day-limit.ts";
import { createGate } from "../jobs/gate.ts";
import type { Job } from "../jobs/job.ts";
import type { AcquiredJob } from "../jobs/journal.ts";
import { plannedPath } from "../jobs/places.ts";
import { dropNew, type TakenUp } from "../jobs/take-up.ts";
import { microsToUsd, usdToMicros } from "../money.ts";
import { errorInfo, type ImageRecord } from "../record.ts";
import type { RunflowClient } from "../runflow/client.ts";
import { dayLimitOf } from "./approval.ts";
import type { FailureLimit } from "./batch-options.ts";
import { createTallyOfExits } from "./exit-code.ts";
import type { Report } from "./report.ts";
import { contextFor, type Session, showPath } from "./session.ts";
import { refusalFor, workOnOne } from "./work.ts";

export type BatchGoal = "image" | "submitted";

export interface BatchWork {
	/** The images of this process, in the same order at each call. */
	readonly plan: () => AsyncIterable<PlannedImage>;
	readonly survey: Survey;
	/** What was brought since the survey began. */
	readonly news: News;
	readonly goal: BatchGoal;
	readonly maxFailures: FailureLimit;
	readonly report: Report;
	/** Orders go through the service's own batch endpoint. */
	readonly inBulk: boolean;
	readonly replace: "nothing" | "update" | "force";
	readonly order: BatchOrder;
}

/** Images that come home while the next runs are under way. */
const homeward = 16;
/** Of five tries each: with every fifth order refused, of ten thousand images none is left out. */
const rounds = 3;
/** One `client_ref` is shared by no more than one listing of the service shows (500 at most). */
const groupSize = 400;

/** Works through a batch; the answer is the exit code. */
export async function workOnRows(
	work: BatchWork,
	session: Session,
): Promise<number> {
	const { reporter, settings, runtime } = session;
	const { survey } = work;
	const stop = new AbortController();
	// Each image under way listens: hundreds are no leak.
	for (const signal of [stop.signal, session.signal, session.noMore])
		setMaxListeners(0, signal);
	session.noMore.addEventListener("abort", () =>
		stop.abort(session.noMore.reason),
	);
	const gate = createGate(settings.parallel.value, runtime.clock);
	stop.signal.addEventListener("abort", () => gate.shut(stop.signal.reason));
	const shared = {
		watch: createWatch(),
		gate,
		...(work.inBulk && { client: await bulkClient(session) }),
	};
	const tools: Tools = {
		work,
		session,
		stop,
		shared,
		purse: createPurse(settings.maxCostMicros),
		dayLimit: dayLimitOf(session),
		nextNames: namesOfGroups(work.inBulk),
	};
	if (work.goal === "submitted" && !work.inBulk)
		reporter.note(
			`to fetch them from another machine: flux-ultra runs fetch --ref ${tools.nextNames.group} -o images/`,
		);
	const exits = createTallyOfExits();
	const mostFailures = work.maxFailures(survey.images);
	let failures = 0;
	reporter.begin({
		images: survey.images,
		estimateMicros: survey.estimateMicros,
	});
	try {
		await forEachAtOnce(
			work.plan(),
			settings.parallel.value + homeward,
			async (image) => {
				const found = await workPatiently(image, tools);
				const record = { ...found, index: image.index, line: image.line };
				exits.add(record);
				reporter.record(record);
				await work.report.add(record);
				const refusal = refusalFor(record);
				if (refusal) stop.abort(refusal);
				if (record.status === "failed" && !stop.signal.aborted) failures += 1;
				if (failures > mostFailures)
					stop.abort(
						new Failure(
							"run_failed",
							`stopped after ${failures} failed ${failures === 1 ? "image" : "images"} (--max-failures)`,
						),
					);
			},
		);
	} finally {
		await work.report.close();
	}
	return session.interruptCode() ?? exitOf(stop.signal, exits.code());
}

/** A record for each image: what a batch would do. */
export async function tellPlan(
	{ plan, survey }: Pick<BatchWork, "plan" | "survey">,
	session: Session,
): Promise<void> {
	const { reporter, service, runtime } = session;
	reporter.begin({ images: survey.images });
	for await (const image of plan()) {
		const need = survey.needOf(image.index);
		const done = survey.done.byKey.get(image.key);
		const { line, index, prompt, seed, output } = image;
		if (need === "nothing" && done) {
			reporter.record({ ...skipped(image, done, session), line });
			continue;
		}
		const { id, formats, priceMicros } = image.model;
		const path = plannedPath({ output: { path: output, formats } }) ?? output;
		const micros = need === "buy" ? priceMicros : 0;
		reporter.record({
			version: 1,
			status: "planned",
			file: showPath(path, runtime.cwd),
			charged: "no",
			cost_usd: micros === undefined ? null : microsToUsd(micros),
			prompt,
			seed,
			model: id,
			index,
			line,
			sandbox: service === "sandbox",
		});
	}
}

async function bulkClient(session: Session): Promise<RunflowClient> {
	const { client } = await session.connection();
	return createBulkClient(client, session.runtime.clock, (text) =>
		session.reporter.note(text),
	);
}

interface Tools {
	readonly work: BatchWork;
	readonly session: Session;
	readonly stop: AbortController;
	readonly shared: Pick<JobContext, "watch" | "gate"> &
		Partial<Pick<JobContext, "client">>;
	readonly purse: Purse;
	readonly dayLimit: DayLimit;
	readonly nextNames: (() => Names) & { readonly group: string };
}

type Names = Parameters<typeof jobOfImage>[2];

/** Beside many others one image can meet a refusal at each of its tries: it queues up again. */
async function workPatiently(
	image: PlannedImage,
	tools: Tools,
): Promise<ImageRecord> {
	for (let round = 1; ; round += 1) {
		const record = await workOnImage(image, tools);
		const isCrowdedOut =
			record.status === "failed" &&
			record.charged === "no" &&
			record.error.code === "rate_limited";
		if (!isCrowdedOut || round >= rounds || tools.stop.signal.aborted)
			return record;
	}
}

async function workOnImage(
	image: PlannedImage,
	tools: Tools,
): Promise<ImageRecord> {
	const { work, session, stop } = tools;
	const need = work.survey.needOf(image.index);
	const done = work.survey.done.byKey.get(image.key);
	if (need === "nothing" && done) return skipped(image, done, session);
	const names = tools.nextNames();
	try {
		// What was stopped buys nothing more, and makes no file for it.
		if (need === "buy") stop.signal.throwIfAborted();
		const job = await jobFor(
			image,
			need === "fetch" ? done : undefined,
			names,
			tools,
		);
		const taken = await take(image, job, need, tools);
		const context = {
			...(await contextFor(
				"held" in taken ? taken.held.job : taken.job,
				image.index,
				session,
			)),
			...tools.shared,
		};
		const price = image.model.priceMicros ?? 0;
		let aside: number | undefined;
		// Not before it is sent: by then it is known what those before it cost.
		const putAside = () => {
			aside ??= tools.purse.take(price);
		};
		const client = createStoppingClient(context.client, stop, putAside);
		const record = await workOnOne(taken, work.goal, session, {
			...context,
			client,
		});
		if (record === undefined)
			throw new Error("a batch buys what was never bought");
		if (aside !== undefined)
			tools.purse.settle(aside, price, costOf(record, price));
		return record;
	} catch (error) {
		return failed(image, names.ref, toFailure(error), session);
	}
}

/** A new job, or for an image that was bought and is gone or damaged one that only fetches. */
async function jobFor(
	image: PlannedImage,
	done: DoneImage | undefined,
	names: Names,
	{ work, session }: Tools,
): Promise<Job> {
	const job = jobOfImage(image, work.order, names, work.replace !== "nothing");
	if (done === undefined) return job;
	const isDamaged = (await checkDone(done)) === "damaged";
	return {
		...job,
		ref: done.ref,
		output: { ...job.output, force: isDamaged },
		stage: {
			name: "bought",
			runId: done.runId,
			submittedAt: new Date(session.runtime.clock.now()).toISOString(),
		},
	};
}

/** The job of an image on disk, within the limit of the day where it is to be bought. */
async function take(
	image: PlannedImage,
	job: Job,
	need: string,
	{ work, session, dayLimit }: Tools,
): Promise<TakenUp> {
	const acquire = async () =>
		takenUp(
			image.key,
			await session.journal.acquire(image.key, () => job),
			work.news,
		);
	if (need !== "buy") return acquire();
	return dayLimit.alone(async () => {
		const taken = await acquire();
		if (!("held" in taken)) return taken;
		try {
			// Its own reservation, made by whichever process, must not stand in its way.
			await dayLimit.check([taken.held.job], image.model.priceMicros);
			return taken;
		} catch (error) {
			await dropNew([taken]);
			throw error;
		}
	});
}

async function takenUp(
	key: string,
	acquired: AcquiredJob,
	news: News,
): Promise<TakenUp> {
	if (acquired.state === "busy")
		return {
			state: "elsewhere",
			key,
			job: acquired.job,
			pid: acquired.holder.pid,
		};
	const { held } = acquired;
	if (acquired.state === "taken") return { state: "continued", held };
	// The same batch beside this one may have brought it since the survey, and buying it again would pay twice.
	const line = await news.broughtSince(key);
	if (line === undefined) return { state: "new", held };
	await held.close();
	return { state: "done", job: held.job, line };
}

function costOf(record: ImageRecord, priceMicros: number): number {
	if (record.status === "saved")
		return usdToMicros(record.cost_usd ?? 0) ?? priceMicros;
	return record.charged === "no" ? 0 : priceMicros;
}

function skipped(
	image: PlannedImage,
	done: DoneImage,
	session: Session,
): ImageRecord {
	const { bytes, width, height, format, sha256, sandbox } = done;
	return {
		...toldOf(image, done.ref, sandbox),
		status: "skipped",
		file: showPath(done.path, session.runtime.cwd),
		bytes,
		width,
		height,
		format,
		sha256,
		run_id: done.runId,
		charged: "no",
		cost_usd: 0,
	};
}

function failed(
	image: PlannedImage,
	ref: string,
	failure: Failure,
	{ service }: Session,
): ImageRecord {
	return {
		...toldOf(image, ref, service === "sandbox"),
		status: "failed",
		run_id: null,
		charged: "no",
		error: errorInfo(failure),
	};
}

function toldOf(image: PlannedImage, ref: string, sandbox: boolean) {
	return {
		version: 1,
		prompt: image.prompt,
		seed: image.seed,
		model: image.model.id,
		client_ref: ref,
		index: image.index,
		sandbox,
	} as const;
}

/** A full disk is the reason of its own exit code, whatever was saved before. */
function exitOf(stop: AbortSignal, code: number): number {
	const { reason } = stop;
	return reason instanceof Failure && reason.code === "disk"
		? exitCodes.disk
		: code;
}

/** References of new jobs; those of one group share a `client_ref`. */
function namesOfGroups(inBulk: boolean): Tools["nextNames"] {
	const group = randomUUID();
	let made = 0;
	const next = () => {
		const ref = randomUUID();
		// An item of the service's batch has no metadata: its own reference is all that tells it apart.
		const clientRef = inBulk ? ref : `${group}.${Math.floor(made / groupSize)}`;
		made += 1;
		return { ref, clientRef, group };
	};
	return Object.assign(next, { group });
}
