import path from "node:path";
import type { JobEvent, JobLabel } from "../events.ts";
import { type ImageRecord, isNotBought } from "../record.ts";
import { usdToMicros } from "../system/money.ts";

/** How far a command is: what is under way, how what has ended did, and what it cost. */
export interface Progress {
	/** Images asked for. */
	images: number;
	/** What all of them are estimated to cost, where that is told. */
	estimateMicros: number | undefined;
	/** On the clock of durations. */
	startedAtMs: number;
	/** By the index of the image. */
	readonly underWay: Map<number, UnderWay>;
	readonly ended: Record<End, number>;
	/** Files saved last, the newest at the end. */
	readonly lastFiles: string[];
	/** That all files are in or below that are there; undefined before the first, and where they share none. */
	folder: string | undefined;
	/** Notes of jobs: something went wrong and was mended. */
	recoveries: number;
	spentMicros: number;
	/** For what was fetched now and bought before. */
	paidBeforeMicros: number;
	/** Images whose cost nobody has told: they are in no sum. */
	unpricedImages: number;
	/** Of a plan, those that are not to be bought: they are bought already, or another process is at them. */
	notToBuy: number;
	/** Sums that go by list prices: the service's bills may change them. */
	isEstimate: boolean;
	/** An image was bought and saved, and no bill came of it. */
	isUnbilled: boolean;
}

/** An image that has begun and not ended. */
export interface UnderWay {
	readonly sinceMs: number;
	readonly label: JobLabel;
	/** What happened to it last, notes apart. */
	readonly step: Step;
	/** The last note since that. */
	readonly note?: string;
	/** Its run was bought, by this process or an earlier one. */
	readonly isPaid: boolean;
	readonly runId: string | undefined;
}

/** Whether its order has left; one that waits for its next try has not. */
export function hasLeft({ step, note, isPaid }: UnderWay): boolean {
	return isPaid || step.type !== "sending" || note === undefined;
}

export type Step = Exclude<JobEvent, { readonly type: "note" }>;

/** What others kept from being ordered has not failed. */
type End = ImageRecord["status"] | "not bought";

const mostLastFiles = 3;

export function startProgress(nowMs: number): Progress {
	return {
		images: 1,
		estimateMicros: undefined,
		startedAtMs: nowMs,
		underWay: new Map(),
		// In the order in which they are told.
		ended: {
			saved: 0,
			skipped: 0,
			submitted: 0,
			pending: 0,
			failed: 0,
			planned: 0,
			"not bought": 0,
		},
		lastFiles: [],
		folder: undefined,
		recoveries: 0,
		spentMicros: 0,
		paidBeforeMicros: 0,
		unpricedImages: 0,
		notToBuy: 0,
		isEstimate: false,
		isUnbilled: false,
	};
}

/** Takes in what happens to an image. */
export function addEvent(
	progress: Progress,
	label: JobLabel,
	event: JobEvent,
	nowMs: number,
): void {
	const before = progress.underWay.get(label.index);
	if (event.type === "note") {
		progress.recoveries += 1;
		if (before)
			progress.underWay.set(label.index, { ...before, note: event.text });
		return;
	}
	// A run whose state we see was bought.
	const isPaid = ["submitted", "state", "downloading"].includes(event.type);
	progress.underWay.set(label.index, {
		sinceMs: before?.sinceMs ?? nowMs,
		label,
		step: event,
		isPaid: isPaid || before?.isPaid === true,
		runId: event.type === "submitted" ? event.runId : before?.runId,
	});
}

/** Takes in how an image ended. */
export function addRecord(progress: Progress, record: ImageRecord): void {
	progress.underWay.delete(record.index);
	const code = "error" in record ? record.error?.code : undefined;
	const isKeptBack = isNotBought({ ...record, code });
	progress.ended[isKeptBack ? "not bought" : record.status] += 1;
	if (record.status === "saved" || record.status === "skipped")
		noteFolder(progress, record.file);
	progress.spentMicros += micros(record.cost_usd);
	if (record.cost_usd === null) progress.unpricedImages += 1;
	if (record.status === "planned" && record.cost_usd === 0)
		progress.notToBuy += 1;
	const isEstimate = record.cost_is_estimate === true;
	progress.isEstimate ||= isEstimate && record.status !== "skipped";
	if (record.status !== "saved") return;
	if (record.charged === "no")
		progress.paidBeforeMicros += micros(record.paid_usd);
	else progress.isUnbilled ||= isEstimate;
	progress.lastFiles.push(record.file);
	if (progress.lastFiles.length > mostLastFiles) progress.lastFiles.shift();
}

/** @param file as it is shown: relative below the working folder, elsewhere absolute */
function noteFolder(progress: Progress, file: string): void {
	const folder = path.dirname(file);
	const { saved, skipped } = progress.ended;
	const isFirst = saved + skipped === 1;
	progress.folder = isFirst ? folder : commonFolder(progress.folder, folder);
}

function commonFolder(one: string | undefined, other: string) {
	if (one === undefined || path.isAbsolute(one) !== path.isAbsolute(other))
		return undefined;
	let common = one;
	while (common !== other && path.relative(common, other).startsWith(".."))
		common = path.dirname(common);
	return common;
}

function micros(usd: number | null | undefined): number {
	return usdToMicros(usd ?? 0) ?? 0;
}
