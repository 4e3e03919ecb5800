import { Failure, toFailure } from "../../errors.ts";
import { checkDone, type DoneImage } from "../../ledger/done-images.ts";
import { jobOfImage } from "../../orders/job-of-image.ts";
import type { PlannedImage } from "../../orders/plan-rows.ts";
import { imageKey, type Job, runOf } from "../../purchase/job.ts";
import { abandonedRecords } from "../../purchase/job-records.ts";
import type { Journal } from "../../purchase/store/journal.ts";
import {
	elsewhere,
	fetchOnly,
	renewFiles,
	type TakenUp,
} from "../../purchase/take-up.ts";
import type { ImageRecord } from "../../record.ts";
import { contextFor } from "../session/session.ts";
import { left, workOnOne } from "../work.ts";
import { failedRecord, skippedRecord } from "./records.ts";
import type { Names, Tools } from "./tools.ts";

/** Of five tries each: with every fifth order refused, of ten thousand images none is left out. */
const rounds = 3;

/**
 * Beside many others one image can meet a refusal at each of its tries: it queues up again.
 * @param tell takes the records of an image that a second interrupt leaves where it is
 */
export async function workPatiently(
	image: PlannedImage,
	tools: Tools,
	tell: (record: ImageRecord) => void,
): Promise<readonly ImageRecord[]> {
	for (let round = 1; ; round += 1) {
		const records = await workOnRun(image, tools, tell);
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
	tell: (record: ImageRecord) => void,
): Promise<readonly ImageRecord[]> {
	const { work, session, stop, admission } = tools;
	const need = work.survey.needOf(image.index);
	const done = doneOf(image, work);
	if (need === "nothing" && done.some(Boolean)) {
		if (work.survey.leftovers.has(image.key))
			await dropLeftover(image.key, session.journal);
		return done.map((one, at) =>
			one
				? skippedRecord(image, one, at + 1, session)
				: failedRecord(image, "", at + 1, neverMade, session),
		);
	}
	const names = tools.nextNames();
	try {
		// What was stopped buys nothing more, and makes no file for it.
		if (need === "buy") {
			stop.signal.throwIfAborted();
			admission?.check({
				ref: names.ref,
				model: image.model.id,
				priceMicros: image.priceMicros,
			});
		}
		const job = await jobFor(image, need === "fetch" ? done : [], names, tools);
		const taken = await take(image, job, session.journal);
		const context = {
			...(await contextFor(
				"held" in taken ? taken.held.job : taken.job,
				image.index,
				session,
			)),
			...tools.shared,
		};
		const jobOf = () => ("held" in taken ? taken.held.job : taken.job);
		const wasBought = runOf(jobOf()) !== undefined;
		const forget = session.onLeave(() =>
			abandonedRecords(jobOf(), wasBought, left, context).forEach(tell),
		);
		const records = await workOnOne(taken, work.goal, session, context).finally(
			forget,
		);
		if (records === undefined)
			throw new Error("a batch buys what was never bought");
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

/** A job that a killed process made and never sent, of an image that is home. */
async function dropLeftover(key: string, journal: Journal): Promise<void> {
	const found = await journal.takeOver(key);
	if (found === undefined || found.state === "busy") return;
	const { held } = found;
	await (held.job.stage.name === "planned" ? held.close() : held.release());
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
	const brought = await Promise.all(
		done.map(async (one) => one && { ...one, state: await checkDone(one) }),
	);
	return { ...job, ...fetchOnly(job, brought) };
}

/** The job of an image on disk: this one, or what an earlier process left. */
async function take(
	image: PlannedImage,
	job: Job,
	journal: Journal,
): Promise<TakenUp> {
	const { key, files } = image;
	const acquired = await journal.acquire(key, () => job);
	if (acquired.state === "busy") return elsewhere(key, acquired);
	if (acquired.state === "created")
		return { state: "new", held: acquired.held };
	const { held } = acquired;
	// A leftover that was never sent is this process's to decide on: what was bought of it once is only fetched.
	if (held.job.stage.name === "planned" && job.stage.name !== "planned")
		await held.enter(job.stage, job);
	if (files.length > 0) await renewFiles(acquired, files);
	return { state: "continued", held };
}
