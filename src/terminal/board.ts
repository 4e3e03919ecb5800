import type { JobEvent, JobLabel } from "../events.ts";
import type { ImageRecord } from "../record.ts";
import { escaped } from "../system/escape.ts";
import { formatUsd, usdToMicros } from "../system/money.ts";
import { formatSeconds, formatSpent } from "./format.ts";
import type { Style } from "./style.ts";

/** The figures of a batch while it runs. */
export interface Board {
	begin(images: number, estimateMicros: number | undefined): void;
	event(job: JobLabel, event: JobEvent): void;
	record(record: ImageRecord): void;
	/** Bar, counts, money, time left, the last files: a few lines. */
	readonly text: () => string;
	/** Images that are bought, or are being bought, and not home yet, in words. */
	underWay(): string;
	/** From now on the summary names the command that goes on. */
	interrupted(nextCommand: string): void;
	summary(): readonly string[];
}

const barWidth = 24;
const lastFiles = 3;

export function createBoard(now: () => number, style: Style): Board {
	/** Whether the image of each run under way is coming home. */
	const running = new Map<number, boolean>();
	const counts = {
		saved: 0,
		skipped: 0,
		submitted: 0,
		pending: 0,
		failed: 0,
		planned: 0,
		"not bought": 0,
	};
	const files: string[] = [];
	let images = 0;
	let mended = 0;
	let spentMicros = 0;
	/** For what was brought home now and bought before. */
	let paidBeforeMicros = 0;
	let estimateMicros: number | undefined;
	let startedAtMs = now();
	let nextCommand: string | undefined;

	const ended = () =>
		Object.values(counts).reduce((sum, count) => sum + count, 0);
	/** What an interrupt kept from being begun has not come an inch further. */
	const done = () => ended() - counts["not bought"];
	const downloading = () =>
		[...running.values()].filter((isComing) => isComing).length;
	const money = () =>
		estimateMicros === undefined
			? formatUsd(spentMicros)
			: `${formatUsd(spentMicros)} of ${formatUsd(estimateMicros)}`;

	function bar(): string {
		const full =
			images === 0 ? barWidth : Math.round((done() / images) * barWidth);
		return `${"█".repeat(full)}${style.dim("░".repeat(barWidth - full))}`;
	}

	/** By the pace of what was really made: what was there already took no time. */
	function timeLeft(): string[] {
		const made = counts.saved + counts.failed + counts.submitted;
		if (made < 3) return [];
		const perImageMs = (now() - startedAtMs) / made;
		return [`${formatSeconds(perImageMs * (images - ended()))} left`];
	}

	return {
		begin(count, estimate) {
			images = count;
			estimateMicros = estimate;
			startedAtMs = now();
		},
		event(job, event) {
			if (event.type === "note") mended += 1;
			else running.set(job.index, event.type === "downloading");
		},
		record(record) {
			running.delete(record.index);
			counts[kindOf(record)] += 1;
			if (record.status !== "saved") return;
			spentMicros += usdToMicros(record.cost_usd ?? 0) ?? 0;
			if (record.charged === "no")
				paidBeforeMicros += usdToMicros(record.paid_usd ?? 0) ?? 0;
			files.push(escaped(record.file));
			if (files.length > lastFiles) files.shift();
		},
		text() {
			const parts = [
				`${counts.saved} saved`,
				...(counts.skipped > 0 ? [`${counts.skipped} there already`] : []),
				`${running.size - downloading()} running`,
				...(downloading() > 0 ? [`${downloading()} downloading`] : []),
				...(counts.failed + counts.pending > 0
					? [style.red(`${counts.failed + counts.pending} failed`)]
					: []),
			];
			const figures = [`${done()} of ${images}`, money(), ...timeLeft()];
			return [
				`${bar()} ${figures.join(" · ")}`,
				`  ${parts.join(", ")}`,
				...files.map((file) => `  ${style.dim(file)}`),
			].join("\n");
		},
		underWay: () =>
			`${running.size} ${running.size === 1 ? "image is" : "images are"}`,
		interrupted(command) {
			nextCommand = command;
		},
		summary() {
			if (ended() === 0) return [];
			const parts = Object.entries(counts)
				.filter(([, count]) => count > 0)
				.map(
					([status, count]) =>
						`${count} ${status === "skipped" ? "there already" : status}`,
				);
			const noun = mended === 1 ? "hiccup" : "hiccups";
			const hiccups = mended > 0 ? ` · ${mended} ${noun} mended` : "";
			const time = formatSeconds(now() - startedAtMs);
			return [
				`${parts.join(", ")} of ${images} · ${formatSpent(spentMicros, paidBeforeMicros)} · ${time}${hiccups}`,
				...(nextCommand ? [`To go on: ${nextCommand}`] : []),
			];
		},
	};
}

/** What an interrupt kept from being begun has not failed. */
function kindOf(record: ImageRecord): ImageRecord["status"] | "not bought" {
	const isNotBegun =
		record.status === "failed" && record.error.code === "interrupted";
	return isNotBegun ? "not bought" : record.status;
}
