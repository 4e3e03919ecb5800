import { setMaxListeners } from "node:events";
import { exitCodes, Failure, toFailure } from "../errors.ts";
import type { Poller } from "../purchase/context.ts";
import type { Job } from "../purchase/job.ts";
import { AdaptiveLimiter } from "../purchase/limits/adaptive-limiter.ts";
import { createLimiter } from "../purchase/limits/limiter.ts";
import { createPoller } from "../purchase/poll/poller.ts";
import type { Goal } from "../purchase/run-job.ts";
import type { ImageRecord } from "../record.ts";
import { forEachAtOnce } from "../system/at-once.ts";
import { createExitCodeTally } from "./exit-code.ts";
import { withNext } from "./next-command.ts";
import { processRun, type SharedLimits } from "./process-run.ts";
import { placed, type QueuedRun } from "./queued-run.ts";
import type { Session } from "./session/session.ts";

interface Told {
	readonly record: ImageRecord;
	readonly columns: QueuedRun["columns"];
}

export interface WorkOptions {
	readonly goal: Goal;
	/** Where callbacks are listened for: one that is told of them. */
	readonly poller?: Poller | undefined;
	/** A batch of a night: it outlasts a rush of others, and a network that is away for a while. */
	readonly isUnattended?: boolean;
	/** Nothing more is bought after so many failed images. */
	readonly maxFailures?: number;
	/** Images that are not worked on: they are told first. */
	readonly leftOut?: readonly Told[];
	readonly onRecord?: (
		record: ImageRecord,
		columns: QueuedRun["columns"],
	) => void;
	/** For the goal `paid`: nothing was ever bought of it. */
	readonly onNeverBought?: (job: Job) => void;
}

/** More pictures on their way at once only take bandwidth from one another. */
const mostDownloads = 12;
/** Jobs for each run that may be under way: that one, the next one ready to leave, and one whose image is downloaded. */
const jobsPerRun = 3;
/** More jobs at once only keep the orders of others off the disk, and files open. */
const mostPreparing = 8;

/**
 * Takes runs to their goal, some at once, in their order, and reports each image as it ends.
 * @returns the exit code
 */
export async function workThrough(
	queue: Iterable<QueuedRun> | AsyncIterable<QueuedRun>,
	options: WorkOptions,
	session: Session,
): Promise<number> {
	const { settings, reporter } = session;
	const { goal, maxFailures = Number.POSITIVE_INFINITY } = options;
	const stop = createStop(session);
	const shared = share(options, stop, session);
	const exits = createExitCodeTally();
	const addThumbnail = settings.thumbnail.value
		? (await import("./session/thumbnails.ts")).openThumbnails(session)
		: (record: ImageRecord) => record;
	const tellOf = ({ record, columns }: Told) => {
		exits.add(record);
		reporter.record(record);
		options.onRecord?.(record, columns);
	};
	options.leftOut?.forEach(tellOf);
	let failures = 0;
	const work = async (queued: QueuedRun) => {
		const { columns } = queued;
		const tell = (one: ImageRecord) =>
			tellOf({
				record: placed(withNext(one, queued.job, session), queued),
				columns,
			});
		const ended = await processRun(
			{ queued, stop: stop.signal, shared, tell, goal },
			session,
		);
		if (ended === undefined) options.onNeverBought?.(queued.job);
		for (const record of ended ?? []) tell(await addThumbnail(record));
		if (!stop.signal.aborted) failures += ended?.filter(isFailure).length ?? 0;
		if (failures > maxFailures)
			stop.abort(
				new Failure(
					"run_failed",
					`stopped after ${failures} failed ${failures === 1 ? "image" : "images"} (--max-failures)`,
				),
			);
	};
	const most = settings.parallel.value * jobsPerRun;
	await forEachAtOnce(queue, most, work, stop.signal);
	return session.interrupt.code() ?? exitOf(stop.signal, exits.code());
}

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

function share(
	{ poller, isUnattended }: WorkOptions,
	stop: AbortController,
	session: Session,
): SharedLimits {
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
		isUnattended,
		downloads: createLimiter(Math.min(parallel, mostDownloads)),
		preparing: createLimiter(mostPreparing),
		halt: (reason) => stop.abort(notBoughtFor(reason)),
	};
}

/** Of a full disk the image that met it names its own file: what is kept from being sent has not failed at that. */
function notBoughtFor(reason: Failure): Failure {
	const { code, message, retryable, cause } = reason;
	if (code !== "disk") return reason;
	const details = { retryable, cause, charged: "no" } as const;
	return new Failure(code, `not bought: ${message}`, details);
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
