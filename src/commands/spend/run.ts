import path from "node:path";
import { Failure, systemCode } from "../../errors.ts";
import { paidUsd } from "../../ledger/bill.ts";
import type { LedgerLine } from "../../ledger/ledger.ts";
import { imageRef } from "../../record.ts";
import type { Runtime } from "../../runtime.ts";
import { refused } from "../../settings/parse.ts";
import { systemReason } from "../../system/disk-failure.ts";
import { usdToMicros } from "../../system/money.ts";
import {
	type Session,
	type SessionOptions,
	withSession,
} from "../session/session.ts";
import { noteWhatIsMissing, noteWhatIsUnderWay } from "./notes.ts";
import {
	type Grouping,
	printSpending,
	type SpentOnImage,
	sumUp,
} from "./report.ts";

export interface SpendOptions extends SessionOptions {
	/** The first day that counts: 2026-11-01, 7d, 2w, 3m or today. */
	readonly since?: string;
	readonly by?: string;
	readonly csv?: boolean;
}

/**
 * Shows what was spent from this machine, by its ledger: no key, no network. Days are those of this machine's calendar.
 * @throws {Failure} `usage` for options that say nothing, `disk` where the ledger cannot be read
 */
export async function spend(
	options: SpendOptions,
	runtime: Runtime,
): Promise<number> {
	if (options.json && options.csv)
		throw new Failure("usage", "--json and --csv both want stdout", {
			hint: "ask for one of them",
		});
	const by = parseGrouping(options.by ?? "day");
	const since = parseSince(options.since ?? "30d", runtime.clock.now());
	return withSession(options, runtime, async (session) => {
		const { paid, play } = await readImages(by, since, session);
		const interrupted = session.interruptCode();
		if (interrupted !== undefined) return interrupted;
		const isPlay = isBuiltIn(session) || (paid.size === 0 && play.size > 0);
		const shown = isPlay ? play : paid;
		noteWhatIsMissing(shown.size, isPlay ? 0 : play.size, since, session);
		await noteWhatIsUnderWay(session);
		await printSpending(
			{ by, since, groups: sumUp(shown.values(), by), isPlay },
			options,
			runtime.stdout,
		);
		return 0;
	});
}

/**
 * One small entry an image, by its reference: there may be a hundred thousand. Money and play money are kept apart,
 * for at one address a sandbox may listen today, and a way to the real service tomorrow.
 */
interface Images {
	readonly paid: Map<string, SpentOnImage>;
	readonly play: Map<string, SpentOnImage>;
}

async function readImages(
	by: Grouping,
	since: string,
	session: Session,
): Promise<Images> {
	const images: Images = { paid: new Map(), play: new Map() };
	// One string for all images of a group, instead of the copy that each line brings.
	const names = new Map<string, string>();
	try {
		for await (const line of session.ledger.lines()) {
			if (session.signal.aborted) break;
			const day = dayOfPurchase(line);
			if (line.service !== session.service || day === undefined) continue;
			const { sandbox } = line.record;
			const ref = imageRef(line.record);
			const kind = images[sandbox || isBuiltIn(session) ? "play" : "paid"];
			// A later line counts instead of the earlier, also where it says that the day was another.
			if (day < since) {
				kind.delete(ref);
				continue;
			}
			const image = imageOf(line, groupOf(line, by, day), kind.get(ref));
			const group = names.get(image.group) ?? image.group;
			names.set(group, group);
			kind.set(ref, { ...image, group });
		}
	} catch (error) {
		throw unreadable(path.join(session.folders.state, "ledger"), error);
	}
	return images;
}

function isBuiltIn({ service }: Session): boolean {
	return service === "sandbox";
}

/** The day on which the money went: an old image that is fetched once more gets a new line, and costs nothing that day. */
function dayOfPurchase({ record, finishedAt }: LedgerLine): string | undefined {
	const submitted = "submitted_at" in record ? record.submitted_at : null;
	return [submitted, finishedAt]
		.map((time) => new Date(time ?? Number.NaN))
		.filter((time) => !Number.isNaN(time.getTime()))
		.map(dayOf)[0];
}

/** Undefined where the line does not say. */
function groupOf(
	{ record, project }: LedgerLine,
	by: Grouping,
	day: string,
): string | undefined {
	switch (by) {
		case "day":
			return day;
		case "month":
			return day.slice(0, "2026-11".length);
		case "model":
			// What a run that was fetched from elsewhere is booked under.
			return record.model === "unknown/unknown" ? undefined : record.model;
		case "project":
			return project || undefined;
		default:
			return by satisfies never;
	}
}

/** What a later line does not say (fetching knows no project, and not always the price) is as an earlier one said. */
function imageOf(
	{ record }: LedgerLine,
	group: string | undefined,
	earlier: SpentOnImage | undefined,
): SpentOnImage {
	const isSaved = record.status === "saved";
	const known = earlier?.isSaved === isSaved ? earlier.micros : undefined;
	return {
		group: group ?? earlier?.group ?? "-",
		micros: costOf(record) ?? known,
		isSaved,
	};
}

function costOf(record: LedgerLine["record"]): number | undefined {
	if (record.status === "saved")
		return usdToMicros(paidUsd(record) ?? Number.NaN);
	// The record of a failed run holds no amount, and a few are charged all the same.
	return record.charged === "no" ? 0 : undefined;
}

function unreadable(folder: string, error: unknown): unknown {
	if (systemCode(error) === undefined) return error;
	const file = (error as NodeJS.ErrnoException).path ?? folder;
	const reason = systemReason(error, {
		ENOTDIR: "it is no folder",
		EISDIR: "a folder stands where a file should be",
	});
	return new Failure("disk", `the ledger ${file} cannot be read: ${reason}`, {
		hint: `look at what is there: ${folder}`,
		cause: error,
	});
}

function parseGrouping(text: string): Grouping {
	const ways: readonly Grouping[] = ["day", "model", "project", "month"];
	const way = ways.find((one) => one === text);
	if (way) return way;
	throw refused(
		text,
		"nothing that --by takes",
		`group by one of ${ways.join(", ")}`,
	);
}

/** The first day that counts, as YYYY-MM-DD. */
function parseSince(text: string, nowMs: number): string {
	const hint = "say since when: 2026-11-01, 7d, 2w, 3m or today";
	const now = new Date(nowMs);
	const day = firstDay(text.trim(), now);
	if (day === undefined)
		throw refused(text, "no date and no length of time for --since", hint);
	if (day > dayOf(now))
		throw refused(text, "still to come: nothing was spent since then", hint);
	return day;
}

/** `7d` is seven days with today as the last; `3m` begins on the same date three months ago, or the last of a shorter month. */
function firstDay(text: string, now: Date): string | undefined {
	if (text === "today") return dayOf(now);
	if (/^\d{4}-\d\d-\d\d$/.test(text))
		// The 30th of February comes back as a day of March, or as null.
		return new Date(text).toJSON()?.startsWith(text) ? text : undefined;
	const [, digits, unit] = /^([1-9]\d{0,3})([dwm])$/.exec(text) ?? [];
	if (digits === undefined) return undefined;
	const count = Number(digits);
	const [year, month, date] = [
		now.getFullYear(),
		now.getMonth(),
		now.getDate(),
	];
	if (unit !== "m") {
		const days = unit === "w" ? 7 * count : count;
		return dayOf(new Date(year, month, date - days + 1));
	}
	const lastDate = new Date(year, month - count + 1, 0).getDate();
	return dayOf(new Date(year, month - count, Math.min(date, lastDate)));
}

/** YYYY-MM-DD where the user is: text that sorts as the days do, and knows no clock changes. */
function dayOf(time: Date): string {
	const pad = (part: number, width: number) =>
		String(part).padStart(width, "0");
	return [
		pad(time.getFullYear(), 4),
		pad(time.getMonth() + 1, 2),
		pad(time.getDate(), 2),
	].join("-");
}
