import { costIn, type ImageCost, latestCost } from "../../ledger/bill.ts";
import { boughtAt, type LedgerLine } from "../../ledger/ledger.ts";
import type { Job } from "../../purchase/job.ts";
import { submittedRecords } from "../../purchase/job-records.ts";
import { type ImageRecord, imageRef, unknownModel } from "../../record.ts";
import { localDate } from "../../system/local-date.ts";
import { usdToMicros } from "../../system/money.ts";
import type { Session } from "../session/session.ts";

export const groupings = ["day", "model", "project", "month"] as const;

export type Grouping = (typeof groupings)[number];

export interface SpentOnImage extends ImageCost {
	readonly group: string;
	/** Of an order that may have been bought: what it would cost at most, in micro-dollars, where that is known. */
	readonly unsure?: { readonly mostMicros: number | undefined };
}

/**
 * Reads the ledger of the session's service: one small entry an image, by its reference, as there may be a hundred thousand. Money
 * and play money are kept apart, for at one address a sandbox may listen today, and a way to the real service tomorrow.
 * @param since YYYY-MM-DD, the first day that counts
 * @throws {Failure} `disk`
 */
export async function readImages(
	by: Grouping,
	since: string,
	{ ledger, service, signal }: Session,
) {
	const images = {
		paid: new Map<string, SpentOnImage>(),
		play: new Map<string, SpentOnImage>(),
	};
	// One string for all images of a group, instead of the copy that each line brings.
	const names = new Map<string, string>();
	for await (const line of ledger.lines()) {
		if (signal.aborted) break;
		const day = dayOf(line);
		if (line.service !== service || day === undefined) continue;
		const ref = imageRef(line.record);
		const isPlay = line.record.sandbox || service === "sandbox";
		const kind = images[isPlay ? "play" : "paid"];
		// A later line counts instead of the earlier, also where it says that the day was another.
		if (day < since) {
			kind.delete(ref);
			continue;
		}
		const earlier = kind.get(ref);
		// Fetching knows no project.
		const named = groupOf(line, by, day) ?? earlier?.group ?? "-";
		const group = names.get(named) ?? named;
		names.set(group, group);
		kind.set(ref, { ...latestCost(earlier, costIn(line.record)), group });
	}
	return images;
}

/** Adds what is bought and not on disk, or may be: it is in no line of the ledger yet. @returns what was added */
export function addOpen(
	jobs: readonly Job[],
	images: Map<string, SpentOnImage>,
	by: Grouping,
	since: string,
): readonly SpentOnImage[] {
	const added: SpentOnImage[] = [];
	for (const job of jobs)
		for (const record of submittedRecords(job, false, forMoney)) {
			const { stage } = job;
			const finishedAt =
				stage.name === "sending" ? stage.sentAt : job.createdAt;
			const day = dayOf({ record, finishedAt }) ?? since;
			const ref = imageRef(record);
			if (day < since || images.has(ref)) continue;
			const group = groupOf({ record, project: job.project }, by, day) ?? "-";
			const micros = usdToMicros(record.paid_usd ?? Number.NaN);
			const isEstimate = record.cost_is_estimate === true;
			const one =
				stage.name === "sending"
					? { ...nothingKnown, group, unsure: { mostMicros: micros } }
					: { micros, isEstimate, isSaved: true, group };
			images.set(ref, one);
			added.push(one);
		}
	return added;
}

const nothingKnown = { micros: undefined, isEstimate: false, isSaved: false };

/** Whose money it is, the caller knows; where the image will be, nobody asks. */
const forMoney = { isSandbox: () => false, showPath: (path: string) => path };

type Told = { readonly record: ImageRecord };

function dayOf(
	told: Told & Pick<LedgerLine, "finishedAt">,
): string | undefined {
	const time = boughtAt(told);
	return time && localDate(new Date(time));
}

/** Undefined where the line does not say. */
function groupOf(
	{ record, project }: Told & Pick<LedgerLine, "project">,
	by: Grouping,
	day: string,
): string | undefined {
	switch (by) {
		case "day":
			return day;
		case "month":
			return day.slice(0, "2026-11".length);
		case "model":
			return record.model === unknownModel ? undefined : record.model;
		case "project":
			return project || undefined;
		default:
			return by satisfies never;
	}
}
