import type { JobEvent, JobLabel } from "../events.ts";
import type { ImageRecord } from "../record.ts";
import { escaped } from "../system/escape.ts";
import { formatUsd, usdToMicros } from "../system/money.ts";
import { formatBytes, formatSeconds, formatSpent } from "./format.ts";

/** Where each image of a command is, and what that comes to. */
export interface Tally {
	begin(images: number): void;
	event(job: JobLabel, event: JobEvent): void;
	record(record: ImageRecord): void;
	/** Images that have begun and not ended. */
	openCount(): number;
	/** What is going on, in one line. */
	text(): string;
	/** What an interrupt leaves behind, and the command that goes on. */
	leftBehind(resumeCommand: string): readonly string[];
	/** All of it, in one line at the end; undefined where no image has ended. */
	summary(): string | undefined;
}

/** A queue this long is the service's load, and worth a word. */
const longQueueMs = 20_000;

interface Open {
	readonly sinceMs: number;
	readonly priceMicros: number | undefined;
	phase: string;
	isPaid: boolean;
	runId?: string;
}

export function createTally(now: () => number): Tally {
	const open = new Map<number, Open>();
	const ended = new Map<string, number>();
	let images = 1;
	let startedAtMs = now();
	let spentMicros = 0;
	/** For what was brought home now and bought before. */
	let paidBeforeMicros = 0;

	function phaseOf(event: JobEvent, phase: string): string {
		switch (event.type) {
			case "uploading":
				return `uploading ${formatBytes(event.sentBytes)} of ${formatBytes(event.totalBytes)}`;
			case "sending":
				return "sending";
			case "submitted":
				return "queued";
			case "state":
				if (event.state === "unknown")
					return `status "${escaped(event.status)}"`;
				return event.state === "queued" && event.sinceMs > longQueueMs
					? "still queued, the service is busy"
					: event.state;
			case "downloading":
				return event.totalBytes === undefined
					? `downloading ${formatBytes(event.receivedBytes)}`
					: `downloading ${formatBytes(event.receivedBytes)} of ${formatBytes(event.totalBytes)}`;
			case "joined":
				return `waiting for process ${event.pid}`;
			case "note":
				return phase;
		}
	}

	function severalText(): string {
		const phases = new Map<string, number>();
		for (const { phase } of open.values()) {
			const [kind = phase] = phase.replace(/^still /, "").split(/[ ,]/);
			phases.set(kind, (phases.get(kind) ?? 0) + 1);
		}
		const now = [...phases].map(([kind, count]) => `${count} ${kind}`);
		return [`${ended.get("saved") ?? 0} of ${images} saved`, ...now].join(", ");
	}

	return {
		begin(count) {
			images = count;
			startedAtMs = now();
		},
		event(job, event) {
			const entry = open.get(job.index) ?? {
				sinceMs: now(),
				priceMicros: job.priceMicros,
				phase: "starting",
				isPaid: false,
			};
			entry.phase = phaseOf(event, entry.phase);
			// A run whose state we see was bought, by this process or an earlier one.
			if (["submitted", "state", "downloading"].includes(event.type))
				entry.isPaid = true;
			if (event.type === "submitted") entry.runId = event.runId;
			open.set(job.index, entry);
		},
		record(record) {
			open.delete(record.index);
			ended.set(record.status, (ended.get(record.status) ?? 0) + 1);
			if (record.status === "saved" || record.status === "planned")
				spentMicros += usdToMicros(record.cost_usd ?? 0) ?? 0;
			if (record.status === "saved" && record.charged === "no")
				paidBeforeMicros += usdToMicros(record.paid_usd ?? 0) ?? 0;
		},
		openCount: () => open.size,
		text() {
			const [only] = open.values();
			const isOne = images === 1 && only !== undefined;
			const sinceMs = isOne ? only.sinceMs : startedAtMs;
			const micros = isOne ? only.priceMicros : spentMicros;
			return [
				isOne ? only.phase : severalText(),
				formatSeconds(now() - sinceMs),
				...(micros === undefined ? [] : [formatUsd(micros)]),
			].join(" · ");
		},
		leftBehind(resumeCommand) {
			const entries = [...open.values()];
			const paid = entries.filter(({ isPaid }) => isPaid).length;
			const unsure = entries.filter(
				({ isPaid, phase }) => !isPaid && phase === "sending",
			).length;
			if (paid + unsure === 0)
				return ["Interrupted. Nothing that was bought is under way."];
			const [first] = entries;
			const which =
				paid === 1 && first?.runId
					? `Run ${escaped(first.runId)}`
					: count(paid, "run");
			return [
				...(paid > 0
					? [
							`Interrupted. ${which} ${paid === 1 ? "goes on and is paid; it" : "go on and are paid; they"} cannot be canceled.`,
						]
					: []),
				...(unsure > 0
					? [
							`Interrupted while ${count(unsure, "order")} was being sent: it may have been bought.`,
						]
					: []),
				`To bring what is paid: ${resumeCommand}`,
			];
		},
		summary() {
			if (ended.size === 0) return undefined;
			const parts = [...ended].map(([status, number]) => `${number} ${status}`);
			const figures = [
				`${parts.join(", ")} of ${images}`,
				formatSpent(spentMicros, paidBeforeMicros),
				formatSeconds(now() - startedAtMs),
			];
			return figures.join(" · ");
		},
	};
}

function count(number: number, noun: string): string {
	return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
