import { randomUUID } from "node:crypto";
import { setMaxListeners } from "node:events";
import { exitCodes, Failure, toFailure } from "../../errors.ts";
import { createAdaptiveLimiter } from "../../purchase/limits/adaptive-limiter.ts";
import { createLimiter } from "../../purchase/limits/limiter.ts";
import { createPoller } from "../../purchase/poll/poller.ts";
import type { ImageRecord } from "../../record.ts";
import { forEachAtOnce } from "../../system/at-once.ts";
import { createTallyOfExits } from "../exit-code.ts";
import type { Session } from "../session/session.ts";
import { mostDownloads } from "../work.ts";
import { workPatiently } from "./image.ts";
import type { BatchWork, Tools } from "./tools.ts";

/** Images that come home while the next runs are under way. */
const homeward = 16;
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
	const runLimiter = createAdaptiveLimiter(
		settings.parallel.value,
		runtime.clock,
	);
	stop.signal.addEventListener("abort", () =>
		runLimiter.close(stop.signal.reason),
	);
	// What is all there needs no key.
	const isDone = survey.counts.nothing === survey.images;
	const admission = isDone ? undefined : await session.admission();
	stop.signal.addEventListener("abort", () =>
		admission?.stop(toFailure(stop.signal.reason)),
	);
	const shared = {
		poller: work.poller ?? createPoller(),
		runLimiter,
		downloads: createLimiter(Math.min(settings.parallel.value, mostDownloads)),
		halt: (reason: Failure) => stop.abort(reason),
	};
	const tools: Tools = {
		work,
		session,
		stop,
		admission,
		shared,
		nextNames: namesOfGroups(),
	};
	if (work.goal === "submitted")
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
	const forget = session.onLeave(() => work.report.close());
	try {
		await forEachAtOnce(
			work.plan(),
			settings.parallel.value + homeward,
			async (image) => {
				const tell = (one: ImageRecord) => {
					const at = one.output ?? 1;
					const record = {
						...one,
						index: image.index + at - 1,
						line: image.line,
					};
					exits.add(record);
					reporter.record(record);
					work.report.add(record);
					return record;
				};
				for (const one of await workPatiently(image, tools, tell)) {
					const record = tell(one);
					if (isFailure(record) && !stop.signal.aborted) failures += 1;
				}
				if (failures > mostFailures)
					stop.abort(
						new Failure(
							"run_failed",
							`stopped after ${failures} failed ${failures === 1 ? "image" : "images"} (--max-failures)`,
						),
					);
			},
			stop.signal,
		);
	} finally {
		forget();
		work.report.close();
	}
	return session.interruptCode() ?? exitOf(stop.signal, exits.code());
}

/** What a limit leaves out has not failed. */
function isFailure(record: ImageRecord): boolean {
	return record.status === "failed" && record.error.code !== "over_budget";
}

/** A full disk is the reason of its own exit code, whatever was saved before. */
function exitOf(stop: AbortSignal, code: number): number {
	const { reason } = stop;
	return reason instanceof Failure && reason.code === "disk"
		? exitCodes.disk
		: code;
}

/** References of new jobs; those of one group share a `client_ref`. */
function namesOfGroups(): Tools["nextNames"] {
	const group = randomUUID();
	let made = 0;
	const next = () => {
		const ref = randomUUID();
		const clientRef = `${group}.${Math.floor(made / groupSize)}`;
		made += 1;
		return { ref, clientRef, group };
	};
	return Object.assign(next, { group });
}
