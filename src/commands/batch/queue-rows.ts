import { randomUUID } from "node:crypto";
import { Failure } from "../../errors.ts";
import { checkDone, type DoneImage } from "../../ledger/done-images.ts";
import { asMade } from "../../orders/moved-images.ts";
import type { PlannedRow } from "../../orders/plan-rows.ts";
import { keysOf } from "../../orders/row-clashes.ts";
import type { Survey } from "../../orders/survey.ts";
import { type Acquired, acquireRow } from "../../purchase/acquire.ts";
import { type JobNames, withNames } from "../../purchase/job.ts";
import {
	type Show,
	skippedRecord,
	unbegunRecord,
} from "../../purchase/job-records.ts";
import type { Admission } from "../../purchase/limits/admission.ts";
import type { Journal } from "../../purchase/store/journal.ts";
import type { ImageRecord } from "../../record.ts";
import type { QueuedRun } from "../queued-run.ts";
import { showOf } from "../session/job-context.ts";
import type { Session } from "../session/session.ts";

/** One `client_ref` is shared by no more than one listing of the service shows (500 at most). */
const groupSize = 400;

/** References of new jobs; those of one group share a `client_ref`. */
export function namesOfGroups(): (() => JobNames) & { readonly group: string } {
	const group = randomUUID();
	let made = 0;
	const next = () => {
		const clientRef = `${group}.${Math.floor(made / groupSize)}`;
		made += 1;
		return { ref: randomUUID(), clientRef, group };
	};
	return Object.assign(next, { group });
}

/** The rows of a batch as a queue: a job is on disk only once it is taken from it, as a row's identity is found again without one. */
export async function* queueRows(
	rows: AsyncIterable<PlannedRow>,
	survey: Survey,
	nextNames: () => JobNames,
	session: Session,
): AsyncGenerator<QueuedRun> {
	const { journal } = session;
	const show = showOf(session);
	// What is all there needs no key.
	const isDone = survey.counts.nothing === survey.images;
	const admission = isDone ? undefined : await session.admission();
	for await (const planned of rows) {
		const done = await doneOf(planned, survey);
		const action = survey.actionOf(planned.job.index);
		const row = action === "fetch" ? asMade(planned, done) : planned;
		const { key, line, columns } = row;
		const { index } = row.job;
		if (action === "nothing" && done.some(Boolean)) {
			const { job } = row;
			const acquire = async (): Promise<Acquired> => {
				if (survey.leftovers.has(key)) await dropLeftover(key, journal);
				return { state: "done", job, records: savedRecords(row, done, show) };
			};
			yield { job, index, line, columns, acquire };
			continue;
		}
		const job = withNames(row.job, nextNames());
		yield {
			job,
			index,
			line,
			columns,
			acquire: (stop) =>
				action === "buy"
					? buyRow({ ...row, job }, stop, admission, journal)
					: fetchRow({ ...row, job }, { action, done, survey, show, journal }),
		};
	}
}

/** What was stopped buys nothing more, and makes no file for it. */
async function buyRow(
	row: PlannedRow,
	stop: AbortSignal,
	admission: Admission | undefined,
	journal: Journal,
): Promise<Acquired> {
	stop.throwIfAborted();
	admission?.check(row.job);
	return acquireRow(row, [], journal);
}

/** An image that was bought: what is gone or damaged of its run is only fetched. */
async function fetchRow(
	row: PlannedRow,
	{
		action,
		done,
		survey,
		show,
		journal,
	}: {
		readonly action: "fetch" | "continue" | "nothing";
		readonly done: readonly (DoneImage | undefined)[];
		readonly survey: Survey;
		readonly show: Show;
		readonly journal: Journal;
	},
): Promise<Acquired> {
	const brought = await Promise.all(
		(action === "fetch" ? done : []).map(async (one) => {
			if (one === undefined) return undefined;
			const isOutdated = survey.outdated.has(one.path);
			return { ...one, state: isOutdated ? "damaged" : await checkDone(one) };
		}),
	);
	const saved = done.flatMap((one, at) =>
		one ? [skippedRecord(row.job, one, at + 1, show)] : [],
	);
	const isSeen = action !== "continue" || survey.replace !== "update";
	const asked = isSeen ? row : withoutForce(row);
	return { ...(await acquireRow(asked, brought, journal)), saved };
}

/** An update does not look at the file of a job that goes on, and means nothing that came there since. */
function withoutForce(row: PlannedRow): PlannedRow {
	const output = { ...row.job.output, force: false };
	return { ...row, job: { ...row.job, output } };
}

/** A job that a killed process made and never sent, of an image that is saved. */
async function dropLeftover(key: string, journal: Journal): Promise<void> {
	const found = await journal.takeOver(key);
	if (found === undefined || found.state === "busy") return;
	const { held } = found;
	await (held.job.stage.name === "planned" ? held.close() : held.release());
}

export function doneOf(
	row: PlannedRow,
	{ done }: Survey,
): Promise<readonly (DoneImage | undefined)[]> {
	return Promise.all(keysOf(row).map(done.find));
}

/** An earlier life of the batch bought the run, and it made fewer images than it was asked for. */
const neverMade = new Failure(
	"no_output",
	"its run made fewer images than it was asked for",
	{ hint: "to buy the whole run anew: --force", charged: "no" },
);

function savedRecords(
	{ job }: PlannedRow,
	done: readonly (DoneImage | undefined)[],
	show: Show,
): readonly ImageRecord[] {
	return done.map((one, at) =>
		one
			? skippedRecord(job, one, at + 1, show)
			: unbegunRecord(job, at + 1, neverMade, show),
	);
}
