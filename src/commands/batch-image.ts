import { checkDone, type DoneImage } from "../batch/done.ts";
import { jobOfImage } from "../batch/job-of-image.ts";
import type { News } from "../batch/news.ts";
import type { PlannedImage } from "../batch/plan-rows.ts";
import { createStoppingClient } from "../batch/stopping.ts";
import { Failure, toFailure } from "../errors.ts";
import { imageKey, type Job } from "../jobs/job.ts";
import type { AcquiredJob } from "../jobs/journal.ts";
import type { LedgerLine } from "../jobs/ledger.ts";
import {
	dropNew,
	elsewhere,
	renewFiles,
	type TakenUp,
} from "../jobs/take-up.ts";
import { usdToMicros } from "../money.ts";
import type { ImageRecord } from "../record.ts";
import { failedRecord, skippedRecord } from "./batch-records.ts";
import type { Names, Tools } from "./batch-tools.ts";
import { contextFor } from "./session.ts";
import { workOnOne } from "./work.ts";

/** Of five tries each: with every fifth order refused, of ten thousand images none is left out. */
const rounds = 3;

/** Beside many others one image can meet a refusal at each of its tries: it queues up again. */
export async function workPatiently(
	image: PlannedImage,
	tools: Tools,
): Promise<readonly ImageRecord[]> {
	for (let round = 1; ; round += 1) {
		const records = await workOnRun(image, tools);
		const isCrowdedOut = records.every(
			(record) =>
				record.status === "failed" &&
				record.charged === "no" &&
				record.error.code === "rate_limited",
		);
		if (!isCrowdedOut || round >= rounds || tools.stop.signal.aborted)
			return records;
	}
}

async function workOnRun(
	image: PlannedImage,
	tools: Tools,
): Promise<readonly ImageRecord[]> {
	const { work, session, stop } = tools;
	const need = work.survey.needOf(image.index);
	const done = doneOf(image, work);
	if (need === "nothing" && done.some(Boolean))
		return done.map((one, at) =>
			one
				? skippedRecord(image, one, at + 1, session)
				: failedRecord(image, "", at + 1, neverMade, session),
		);
	const names = tools.nextNames();
	try {
		// What was stopped buys nothing more, and makes no file for it.
		if (need === "buy") stop.signal.throwIfAborted();
		const job = await jobFor(image, need === "fetch" ? done : [], names, tools);
		const taken = await take(image, job, need, tools);
		const context = {
			...(await contextFor(
				"held" in taken ? taken.held.job : taken.job,
				image.index,
				session,
			)),
			...tools.shared,
		};
		const price = image.priceMicros ?? 0;
		let aside: number | undefined;
		// Not before it is sent: by then it is known what those before it cost.
		const putAside = () => {
			aside ??= tools.purse.take(price);
		};
		const client = createStoppingClient(context.client, stop, putAside);
		const records = await workOnOne(taken, work.goal, session, {
			...context,
			client,
		});
		if (records === undefined)
			throw new Error("a batch buys what was never bought");
		if (aside !== undefined)
			tools.purse.settle(aside, price, costOf(records, price));
		// Of the images of its run those that are home already.
		const whole = done.flatMap((one, at) =>
			one &&
			need !== "buy" &&
			!records.some((record) => (record.output ?? 1) === at + 1)
				? [skippedRecord(image, one, at + 1, session)]
				: [],
		);
		return [...whole, ...records];
	} catch (error) {
		const failure = toFailure(error);
		return Array.from({ length: image.images }, (_, at) =>
			failedRecord(image, names.ref, at + 1, failure, session),
		);
	}
}

/** What was brought home of a run, image by image. */
function doneOf(
	{ key, images }: PlannedImage,
	{ survey }: Tools["work"],
): readonly (DoneImage | undefined)[] {
	return Array.from({ length: images }, (_, at) =>
		survey.done.byKey.get(imageKey(key, at + 1)),
	);
}

/** An earlier life of the batch bought the run, and it made fewer images than it was asked for. */
const neverMade = new Failure(
	"no_output",
	"its run made fewer images than it was asked for",
	{ hint: "to buy the whole run anew: --force", charged: "no" },
);

/** A new job, or for an image that was bought and is gone or damaged one that only fetches. */
async function jobFor(
	image: PlannedImage,
	done: readonly (DoneImage | undefined)[],
	names: Names,
	{ work }: Tools,
): Promise<Job> {
	const job = jobOfImage(image, work.order, names, work.replace !== "nothing");
	const known = done.find(Boolean);
	if (known === undefined) return job;
	const states = await Promise.all(done.map((one) => one && checkDone(one)));
	const wanted = states.flatMap((state, at) =>
		state === "damaged" || state === "missing" ? [at + 1] : [],
	);
	return {
		...job,
		ref: known.ref,
		...(image.images > 1 && { wanted }),
		output: { ...job.output, force: states.includes("damaged") },
		stage: {
			name: "bought",
			runId: known.runId,
			submittedAt: known.submittedAt,
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
			image,
			await session.journal.acquire(image.key, () => job),
			work.news,
		);
	if (need !== "buy") return acquire();
	return dayLimit.alone(async () => {
		const taken = await acquire();
		if (!("held" in taken)) return taken;
		try {
			// Its own reservation, made by whichever process, must not stand in its way.
			await dayLimit.check([taken.held.job], image.priceMicros);
			return taken;
		} catch (error) {
			await dropNew([taken]);
			throw error;
		}
	});
}

async function takenUp(
	{ key, images, files }: PlannedImage,
	acquired: AcquiredJob,
	news: News,
): Promise<TakenUp> {
	if (acquired.state === "busy") return elsewhere(key, acquired);
	const { held } = acquired;
	if (acquired.state === "taken") {
		if (files.length > 0) await renewFiles(acquired, files);
		return { state: "continued", held };
	}
	// The same batch beside this one may have brought it since the survey, and buying it again would pay twice.
	const lines: LedgerLine[] = [];
	for (let at = 1; at <= images; at += 1) {
		const line = await news.broughtSince(imageKey(key, at));
		if (line) lines.push(line);
	}
	if (lines.length === 0) return { state: "new", held };
	await held.close();
	return { state: "done", job: held.job, lines };
}

function costOf(records: readonly ImageRecord[], priceMicros: number): number {
	const shareMicros = priceMicros / records.length;
	return records.reduce((sum, record) => {
		if (record.status === "saved")
			return sum + (usdToMicros(record.cost_usd ?? 0) ?? shareMicros);
		return record.charged === "no" ? sum : sum + shareMicros;
	}, 0);
}
