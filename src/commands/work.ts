import { setMaxListeners } from "node:events";
import { exitCodes, Failure, toFailure } from "../errors.ts";
import { recordsOf } from "../ledger/saved-lines.ts";
import type { Acquired } from "../purchase/acquire.ts";
import type { JobContext, Poller } from "../purchase/context.ts";
import { type Job, runOf, wantedOf } from "../purchase/job.ts";
import {
	abandonedRecords,
	askedOf,
	submittedRecords,
	unbegunRecord,
} from "../purchase/job-records.ts";
import { join } from "../purchase/join.ts";
import { AdaptiveLimiter } from "../purchase/limits/adaptive-limiter.ts";
import { createLimiter } from "../purchase/limits/limiter.ts";
import { createPoller } from "../purchase/poll/poller.ts";
import { type Goal, runJob } from "../purchase/run-job.ts";
import { errorInfo, type ImageRecord } from "../record.ts";
import { forEachAtOnce } from "../system/at-once.ts";
import { createTallyOfExits } from "./exit-code.ts";
import { contextFor } from "./session/job-context.ts";
import type { Session } from "./session/session.ts";

/** A run whose turn is to come. */
export interface Turn {
	/** As it was planned, or found. */
	readonly job: Job;
	/** Of its first image, from 1. */
	readonly index: number;
	/** Which images of its run are told; all where it is missing. */
	readonly wanted?: readonly number[];
	/** Of the file of rows. */
	readonly line?: number | undefined;
	/** Takes its job in hand, right before the work on it. @param stop aborts when nothing more is to be bought */
	take(stop: AbortSignal): Promise<Acquired>;
}

/** Runs that are in hand already, one after the other; of each only what is not home is told. */
export function turnsOf(taken: readonly Acquired[]): readonly Turn[] {
	let index = 1;
	return taken.map((one) => {
		const job = jobOf(one);
		const wanted = wantedOf(job);
		const turn = { job, index, wanted, take: async () => one };
		index += wanted.length;
		return turn;
	});
}

export function countImages(turns: readonly Turn[]): number {
	return turns.reduce((sum, { job }) => sum + wantedOf(job).length, 0);
}

export function jobOf(one: Acquired): Job {
	return "held" in one ? one.held.job : one.job;
}

export interface WorkOptions {
	readonly goal: Goal;
	/** Where callbacks are listened for: one that is told of them. */
	readonly poller?: Poller | undefined;
	/** How often a run that met a 429 at each of its tries is queued again. */
	readonly requeues?: number;
	/** Nothing more is bought after so many failed images. */
	readonly maxFailures?: number;
	readonly onRecord?: (record: ImageRecord) => void;
	/** For the goal `paid`: nothing was ever bought of it. */
	readonly onNeverBought?: (job: Job) => void;
}

/** What becomes of images where the second interrupt ends the command at once. */
const left = new Failure("interrupted", "left at the second interrupt");
/** More pictures on their way at once only take bandwidth from one another. */
const mostDownloads = 12;
/** Images that come home while the next runs are under way. */
const homeward = 16;

/**
 * Takes runs to their goal, some at once, in their order, and reports each image as it ends.
 * @returns the exit code
 */
export async function workThrough(
	turns: Iterable<Turn> | AsyncIterable<Turn>,
	options: WorkOptions,
	session: Session,
): Promise<number> {
	const { settings, reporter } = session;
	const { maxFailures = Number.POSITIVE_INFINITY } = options;
	const stop = createStop(session);
	const shared = share(options.poller, stop, session);
	const exits = createTallyOfExits();
	let failures = 0;
	const work = async (turn: Turn) => {
		const tell = (one: ImageRecord) => {
			const record = placed(one, turn);
			exits.add(record);
			reporter.record(record);
			options.onRecord?.(record);
		};
		const ended = await workPatiently(
			{ turn, stop, shared, tell, options },
			session,
		);
		if (ended === undefined) options.onNeverBought?.(turn.job);
		ended?.forEach(tell);
		if (!stop.signal.aborted) failures += ended?.filter(isFailure).length ?? 0;
		if (failures > maxFailures)
			stop.abort(
				new Failure(
					"run_failed",
					`stopped after ${failures} failed ${failures === 1 ? "image" : "images"} (--max-failures)`,
				),
			);
	};
	const most = settings.parallel.value + homeward;
	await forEachAtOnce(turns, most, work, stop.signal);
	return session.interrupt.code() ?? exitOf(stop.signal, exits.code());
}

/** Aborts when nothing more is to be bought. */
function createStop(session: Session): AbortController {
	const stop = new AbortController();
	// Each image under way listens: hundreds are no leak.
	for (const signal of [stop.signal, session.signal, session.interrupt.noMore])
		setMaxListeners(0, signal);
	const pass = () => stop.abort(session.interrupt.noMore.reason);
	if (session.interrupt.noMore.aborted) pass();
	session.interrupt.noMore.addEventListener("abort", pass);
	return stop;
}

type Shared = Pick<JobContext, "poller" | "runLimiter" | "downloads" | "halt">;

/** What runs under way at once have in common. */
function share(
	poller: Poller | undefined,
	stop: AbortController,
	session: Session,
): Shared {
	const parallel = session.settings.parallel.value;
	const runLimiter = new AdaptiveLimiter(parallel, session.runtime.clock);
	stop.signal.addEventListener("abort", () => {
		const reason = toFailure(stop.signal.reason);
		runLimiter.close(reason);
		session.stopOrders(reason);
	});
	return {
		poller: poller ?? createPoller(),
		runLimiter,
		downloads: createLimiter(Math.min(parallel, mostDownloads)),
		halt: (reason) => stop.abort(reason),
	};
}

/** The record of an image by its place among those of the command. */
function placed(one: ImageRecord, { index, wanted, line }: Turn): ImageRecord {
	const output = one.output ?? 1;
	const nth = wanted ? wanted.indexOf(output) : output - 1;
	return {
		...one,
		index: index + nth,
		...(line !== undefined && { line }),
	};
}

/** What a limit leaves out has not failed. */
function isFailure(record: ImageRecord): boolean {
	return record.status === "failed" && record.error.code !== "over_budget";
}

/** A full disk is the reason of its own exit code, whatever was saved before. */
function exitOf({ reason }: AbortSignal, code: number): number {
	const isDisk = reason instanceof Failure && reason.code === "disk";
	return isDisk ? exitCodes.disk : code;
}

/** The work on one run. */
interface Work {
	readonly turn: Turn;
	readonly stop: AbortController;
	readonly shared: Shared;
	/** Takes the records of what a second interrupt leaves where it is. */
	readonly tell: (record: ImageRecord) => void;
	readonly options: WorkOptions;
}

/** Beside many others a run can meet a 429 at each of its tries: it is queued again. */
async function workPatiently(
	work: Work,
	session: Session,
): Promise<readonly ImageRecord[] | undefined> {
	const { requeues = 0 } = work.options;
	for (let round = 0; ; round += 1) {
		const records = await workOn(work, session);
		const isCrowdedOut = records?.every(
			(record) =>
				record.status === "failed" &&
				record.charged === "no" &&
				record.error.code === "rate_limited",
		);
		if (!isCrowdedOut || round >= requeues || work.stop.signal.aborted)
			return records;
	}
}

async function workOn(
	{ turn, stop, shared, tell, options }: Work,
	session: Session,
): Promise<readonly ImageRecord[] | undefined> {
	try {
		const taken = await turn.take(stop.signal);
		if (taken.state === "done") return taken.records;
		const context: JobContext = {
			...(await contextFor(jobOf(taken), turn.index, session)),
			...shared,
		};
		const wasBought = runOf(jobOf(taken)) !== undefined;
		const forget = session.interrupt.onLeave(() =>
			abandonedRecords(jobOf(taken), wasBought, left, context).forEach(tell),
		);
		try {
			const ended =
				taken.state === "elsewhere"
					? await workBeside(taken, options.goal, session, context)
					: await runJob(taken.held, options.goal, context);
			return ended && [...besides(ended, taken.home), ...ended];
		} finally {
			forget();
		}
	} catch (error) {
		const failure = toFailure(error);
		const isSandbox = () => session.service === "sandbox";
		return wantedOf(turn.job).map((at) =>
			unbegunRecord(turn.job, at, failure, { isSandbox }),
		);
	}
}

/** Of the images that are home already, those that were not worked on. */
function besides(
	ended: readonly ImageRecord[],
	home: readonly ImageRecord[] = [],
): readonly ImageRecord[] {
	const outputs = ended.map(({ output }) => output);
	return home.filter(({ output }) => !outputs.includes(output));
}

/** Another process is at the image: what it brings is ours as well. */
async function workBeside(
	{ key, job, pid }: Extract<Acquired, { state: "elsewhere" }>,
	goal: Goal,
	session: Session,
	context: JobContext,
): Promise<readonly ImageRecord[] | undefined> {
	try {
		context.emit({ type: "joined", pid });
		const joined = await join(key, job, goal, session.journal, context);
		switch (joined.state) {
			case "ours":
				return await runJob(joined.held, goal, context);
			case "done":
				return await recordsOf(joined.lines, context.showPath);
			case "bought":
				return submittedRecords(joined.job, false, context);
			default:
				return joined satisfies never;
		}
	} catch (error) {
		const failure = toFailure(error);
		return wantedOf(job).map((at) => {
			const told = {
				...askedOf(job, context, at),
				run_id: null,
				charged: failure.charged ?? "unknown",
				error: errorInfo(failure),
			};
			return failure.code === "run_failed"
				? { ...told, status: "failed" }
				: { ...told, status: "pending", submitted_at: null };
		});
	}
}
