import type { PlannedRow } from "../../orders/plan-rows.ts";
import type { Survey } from "../../orders/survey.ts";
import { plannedRecord, skippedRecord } from "../../purchase/job-records.ts";
import { formatAbout, formatUsd, usdToMicros } from "../../system/money.ts";
import { showOf } from "../session/job-context.ts";
import type { Session } from "../session/session.ts";
import { doneOf } from "./queue-rows.ts";

/** What there is to buy, and for how much. */
export function tellEstimate(
	{ images, counts, estimateMicros, isEstimate }: Survey,
	{ reporter }: Session,
): void {
	const cost =
		estimateMicros === undefined
			? "at a price that is not known"
			: `for ${isEstimate ? formatAbout(estimateMicros) : formatUsd(estimateMicros)}`;
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

/** A balance that the key may not read is not known, which is no reason to stop. */
export async function warnOfBalance(
	found: Survey,
	session: Session,
): Promise<void> {
	const { client } = await session.connection();
	if (found.counts.buy === 0) return;
	const balance = await client
		.readBalance(session.signal)
		.catch(() => undefined);
	const micros = balance === undefined ? undefined : usdToMicros(balance);
	if (micros === undefined || micros >= (found.estimateMicros ?? 0)) return;
	session.reporter.note(
		`the balance of ${formatUsd(micros)} does not pay for all of it: the batch stops when it is used up`,
	);
}

/** A record for each image: what a batch would do. */
export async function tellPlan(
	rows: AsyncIterable<PlannedRow>,
	found: Survey,
	session: Session,
): Promise<void> {
	const { reporter } = session;
	const show = showOf(session);
	reporter.begin({ images: found.images });
	for await (const row of rows) {
		const { job, line } = row;
		const need = found.needOf(job.index);
		for (const [nth, done] of (await doneOf(row, found)).entries()) {
			const told =
				need === "nothing" && done
					? skippedRecord(job, done, nth + 1, show)
					: plannedRecord(job, nth + 1, need === "buy", show);
			reporter.record({ ...told, line });
		}
	}
}
