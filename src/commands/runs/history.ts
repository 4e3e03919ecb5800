import { costOfLines } from "../../ledger/bill.ts";
import type { LedgerLine } from "../../ledger/ledger.ts";
import { type Job, wantedOf } from "../../purchase/job.ts";
import { imageRef } from "../../record.ts";
import { CompactMap } from "../../system/compact-map.ts";
import type { Session } from "../session/session.ts";
import type { Filter } from "./filter.ts";
import { type Row, rowOfJob, rowOfLine } from "./row.ts";

/** What was run from here, newest first, read as it is asked for; of the sandbox, where nothing else was. */
export async function history(
	filter: Filter,
	session: Session,
): Promise<{ readonly rows: AsyncIterable<Row>; readonly isPlay: boolean }> {
	const begun = async (service: string) => {
		const rows = rowsAt(service, filter, session);
		const first = await rows.next();
		return first.done ? undefined : startingWith(first.value, rows);
	};
	const own = await begun(session.service);
	const play =
		own || session.service === "sandbox" ? undefined : await begun("sandbox");
	return { rows: own ?? play ?? none(), isPlay: play !== undefined };
}

async function* none(): AsyncGenerator<Row> {}

async function* startingWith(
	first: Row,
	rest: AsyncIterable<Row>,
): AsyncGenerator<Row> {
	yield first;
	yield* rest;
}

async function* rowsAt(
	service: string,
	filter: Filter,
	{ journal, ledger, runtime: { cwd } }: Session,
): AsyncGenerator<Row> {
	const open = (await journal.list()).flatMap(({ job }) =>
		job?.service === service ? [job] : [],
	);
	const rows = open.map((job) => rowOfJob(job, cwd)).filter(filter.fits);
	yield* rows.sort((a, b) =>
		(b.created_at ?? "").localeCompare(a.created_at ?? ""),
	);
	const seen = new CompactMap();
	// Their last line is not written yet: an open job is fetching some of them again.
	for (const image of open.flatMap(imagesOf)) seen.set(image, 1);
	const waiting = createWaitingRows(cwd);
	for await (const line of ledger.newestFirst()) {
		yield* waiting.boughtSince(line.finishedAt);
		if (line.service !== service) continue;
		const image = imageRef(line.record);
		if (seen.has(image)) waiting.addEarlier(image, line);
		else if (isTooOld(line, filter)) break;
		else {
			seen.set(image, 1);
			const row = rowOfLine(line, undefined, cwd);
			if (filter.fits(row)) waiting.add(image, line, row.created_at ?? "");
		}
	}
	yield* waiting.boughtSince("");
}

/**
 * The last lines of images, until all that were bought later are known: the ledger has images where they ended, and those that were fetched
 * again far from their purchase. What a last line does not say of the cost, earlier ones do, which are met before the time of the purchase.
 */
function createWaitingRows(cwd: string) {
	interface Waiting {
		readonly image: string;
		/** ISO 8601. */
		readonly boughtAt: string;
		/** The last one first. */
		readonly lines: LedgerLine[];
	}
	/** The newest at the end. */
	const queue: Waiting[] = [];
	const byImage = new Map<string, Waiting>();
	return {
		add(image: string, line: LedgerLine, boughtAt: string): void {
			const one = { image, boughtAt, lines: [line] };
			const before = queue.findLastIndex((other) => other.boughtAt < boughtAt);
			queue.splice(before + 1, 0, one);
			byImage.set(image, one);
		},
		addEarlier(image: string, line: LedgerLine): void {
			byImage.get(image)?.lines.push(line);
		},
		/** Those bought at this time or later, newest first, which wait no longer. */
		*boughtSince(time: string): Generator<Row> {
			for (let one = queue.at(-1); one; one = queue.at(-1)) {
				if (one.boughtAt < time) return;
				queue.pop();
				byImage.delete(one.image);
				const [last] = one.lines;
				if (last) yield rowOfLine(last, costOfLines(one.lines), cwd);
			}
		},
	};
}

/** So far apart may the clocks of two writers of a ledger be, in milliseconds. */
const slackMs = 48 * 3_600_000;

/** Whether no line before this one can be of the days that are asked for. */
function isTooOld({ finishedAt }: LedgerLine, { since }: Filter): boolean {
	return (
		since !== undefined && Date.parse(finishedAt) < Date.parse(since) - slackMs
	);
}

function imagesOf(job: Job): readonly string[] {
	const { ref: client_ref, images = 1 } = job;
	return wantedOf(job).map((output) =>
		imageRef({ client_ref, ...(images > 1 && { output }) }),
	);
}
