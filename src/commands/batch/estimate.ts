import { asMade } from "../../orders/moved-images.ts";
import type { PlannedRow } from "../../orders/plan-rows.ts";
import { pathsOf } from "../../orders/row-clashes.ts";
import type { Survey } from "../../orders/survey.ts";
import { plannedRecord, skippedRecord } from "../../purchase/job-records.ts";
import type { ImageRecord } from "../../record.ts";
import type { BadRow } from "../../rows/row.ts";
import { formatAmount, usdToMicros } from "../../system/money.ts";
import { counted } from "../../system/plural.ts";
import { createExitCodeTally } from "../exit-code.ts";
import { type Purchase, sayFit } from "../session/approval.ts";
import { showOf } from "../session/job-context.ts";
import type { Session } from "../session/session.ts";
import type { LeftOut } from "./bad-rows.ts";
import { doneOf } from "./queue-rows.ts";

export function tellEstimate(
	{ images, counts, estimateMicros, isEstimate }: Survey,
	{ reporter }: Session,
): void {
	const cost =
		estimateMicros === undefined
			? "at a price that is not known"
			: `for ${formatAmount(estimateMicros, isEstimate)}`;
	const parts = [
		`${images} ${images === 1 ? "image" : "images"}`,
		`${counts.nothing} on disk`,
		...(counts.fetch + counts.continue > 0
			? [`${counts.fetch + counts.continue} bought already`]
			: []),
		`${counts.buy} to buy ${cost}`,
	];
	reporter.info(parts.join(", "));
}

/** Says what is here without having been brought here, which looks like nothing to buy. */
export function tellMoved({ moved }: Survey, { reporter }: Session): void {
	if (moved.size === 0) return;
	reporter.note(
		`${counted(moved.size, "image")} of an earlier batch ${moved.size === 1 ? "was" : "were"} moved here, and ${moved.size === 1 ? "is" : "are"} not bought again; to buy everything anew: --force`,
	);
}

/** Says what is not as it was delivered, and how that is had again. */
export function tellChanged({ changed }: Survey, session: Session): void {
	if (changed.size === 0) return;
	const { showPath } = showOf(session);
	const [first = "", ...others] = [...changed].map(showPath);
	const files =
		others.length > 0 ? `${first} and ${others.length} more` : first;
	session.reporter.note(
		`changed since it was delivered, and left as it is: ${files}; where it is moved away, the same command fetches what was delivered, free of charge`,
	);
}

/** Says how many of the first rows a sum pays for. @param plan the rows that were surveyed */
export function fitOf(
	plan: () => AsyncIterable<PlannedRow | BadRow>,
	{ actionOf }: Survey,
): (micros: number) => Promise<string> {
	return async (micros) => {
		let left = micros;
		let fit: number | undefined;
		let rows = 0;
		for await (const row of plan()) {
			if ("reason" in row) continue;
			rows = row.ordinal;
			if (actionOf(row.job.index) === "buy") left -= row.job.priceMicros ?? 0;
			if (left < 0) fit ??= rows - 1;
		}
		return sayFit(fit ?? rows, counted(rows, "row"), micros, "--limit");
	};
}

/** A day's limit stops a batch where it is used up, and the next day goes on. */
export async function warnOfDay(
	purchase: Purchase,
	{ day, reporter }: Session,
): Promise<void> {
	const left = await day?.left();
	await warn("the limit of the day", left, purchase, reporter);
}

/** A balance that the key may not read is not known, which is no reason to stop. */
export async function warnOfBalance(
	purchase: Purchase,
	session: Session,
): Promise<void> {
	const { client } = await session.connection();
	if (purchase.images === 0) return;
	const balance = await client
		.readBalance(session.signal)
		.catch(() => undefined);
	const micros = balance === undefined ? undefined : usdToMicros(balance);
	await warn("the balance", micros, purchase, session.reporter);
}

async function warn(
	what: string,
	left: number | undefined,
	{ micros = 0, howManyFit }: Purchase,
	reporter: Session["reporter"],
): Promise<void> {
	if (left === undefined || left >= micros) return;
	reporter.note(
		`${what} does not pay for all of it, and the batch stops when it is used up: ${await howManyFit(left)}`,
	);
}

/** A record for each image: what a batch would do. @returns the exit code */
export async function tellPlan(
	rows: AsyncIterable<PlannedRow>,
	found: Survey,
	leftOut: readonly LeftOut[],
	session: Session,
): Promise<number> {
	const { reporter } = session;
	const show = showOf(session);
	const exits = createExitCodeTally();
	const tell = (record: ImageRecord) => {
		exits.add(record);
		reporter.record(record);
	};
	reporter.begin({ images: found.images + leftOut.length });
	for (const { record } of leftOut) tell(record);
	for await (const planned of rows) {
		const images = await doneOf(planned, found);
		const action = found.actionOf(planned.job.index);
		const row = action === "fetch" ? asMade(planned, images) : planned;
		const { job, line } = row;
		const paths = pathsOf(row);
		for (const [nth, done] of images.entries()) {
			const told =
				action === "nothing" && done
					? skippedRecord(job, done, nth + 1, show)
					: plannedRecord(
							job,
							{ at: nth + 1, path: paths[nth] ?? null },
							action === "buy",
							show,
						);
			tell({ ...told, line });
		}
	}
	return exits.code();
}
