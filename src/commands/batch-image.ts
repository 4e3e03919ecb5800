import { checkDone, type DoneImage } from "../batch/done.ts";
import type { News } from "../batch/news.ts";
import { jobOfImage, type PlannedImage } from "../batch/plan-rows.ts";
import { createStoppingClient } from "../batch/stopping.ts";
import { toFailure } from "../errors.ts";
import type { Job } from "../jobs/job.ts";
import type { AcquiredJob } from "../jobs/journal.ts";
import { dropNew, type TakenUp } from "../jobs/take-up.ts";
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
	if (need === "nothing" && done) return skippedRecord(image, done, session);
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
		return failedRecord(image, names.ref, toFailure(error), session);
	}
}

/** A new job, or for an image that was bought and is gone or damaged one that only fetches. */
async function jobFor(
	image: PlannedImage,
	done: DoneImage | undefined,
	names: Names,
	{ work }: Tools,
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
			submittedAt: done.submittedAt,
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
