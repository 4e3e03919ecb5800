import { escaped } from "../system/escape.ts";
import { formatAmount, formatUsd } from "../system/money.ts";
import { counted } from "../system/plural.ts";
import { formatBytes, formatSeconds, shortPrompt } from "./format.ts";
import type { Progress, Step, UnderWay } from "./progress.ts";
import type { Style } from "./style.ts";

/** What is going on, in one line: of one image its step, of several how many are at which. */
export function statusLine(progress: Progress, nowMs: number): string {
	const { underWay, ended, images, startedAtMs } = progress;
	const [only] = underWay.values();
	if (images === 1 && only) return describeOne(only, nowMs);
	const steps = new Map<string, number>();
	for (const { step } of underWay.values())
		steps.set(nameOf(step), (steps.get(nameOf(step)) ?? 0) + 1);
	const counts = [...steps].map(([name, count]) => `${count} ${name}`);
	return [
		[`${ended.saved} of ${images} saved`, ...counts].join(", "),
		formatSeconds(nowMs - startedAtMs),
		formatAmount(progress.spentMicros, progress.isEstimate),
	].join(" · ");
}

function describeOne(image: UnderWay, nowMs: number): string {
	const { step, sinceMs, label } = image;
	return [
		describeStep(step),
		formatSeconds(nowMs - sinceMs),
		...moneyOf(image),
		...(label.seed === null ? [] : [`seed ${label.seed}`]),
		shortPrompt(label.prompt, 200),
	].join(" · ");
}

/** Of an image that another process is at, nothing is bought here. */
function moneyOf({ step, label }: UnderWay): readonly string[] {
	if (step.type === "joined") return [];
	const { priceMicros, isEstimate } = label;
	// A run that fails costs nothing: until it has ended, nothing is spent.
	const verb = step.type === "downloading" ? "paid" : "buying";
	if (priceMicros === undefined) return [verb];
	return [`${verb} ${formatAmount(priceMicros, isEstimate)}`];
}

/** A queue this long is the service's load, and worth a word. */
const longQueueMs = 20_000;

function describeStep(step: Step): string {
	switch (step.type) {
		case "uploading":
			return `uploading ${formatBytes(step.sentBytes)} of ${formatBytes(step.totalBytes)}`;
		case "downloading": {
			const { receivedBytes, totalBytes } = step;
			const all =
				totalBytes === undefined ? "" : ` of ${formatBytes(totalBytes)}`;
			return `downloading ${formatBytes(receivedBytes)}${all}`;
		}
		case "joined":
			return `waiting for process ${step.pid}`;
		case "state":
			if (step.state === "unknown") return `status "${escaped(step.status)}"`;
			return step.state === "queued" && step.sinceMs > longQueueMs
				? "still queued, the service is busy"
				: step.state;
		default:
			return nameOf(step);
	}
}

function nameOf(step: Step): string {
	switch (step.type) {
		case "submitted":
			return "queued";
		case "joined":
			return "waiting";
		case "state":
			return step.state;
		default:
			return step.type;
	}
}

const barWidth = 24;

/** The figures of a batch, in a few lines: bar, counts, money, time left, the last files. */
export function board(progress: Progress, nowMs: number, style: Style): string {
	const { images, ended, underWay, estimateMicros } = progress;
	const spent = formatAmount(progress.spentMicros, progress.isEstimate);
	// What was kept from being ordered has not come an inch further.
	const done = countEnded(progress) - ended["not bought"];
	const full = images === 0 ? barWidth : Math.round((done / images) * barWidth);
	const at = (type: Step["type"]) =>
		[...underWay.values()].filter(({ step }) => step.type === type).length;
	const [downloading, waiting] = [at("downloading"), at("joined")];
	const figures = [
		`${done} of ${images}`,
		estimateMicros === undefined
			? spent
			: `${spent} of ${formatUsd(estimateMicros)}`,
		...timeLeft(progress, nowMs),
	];
	const counts = [
		`${ended.saved} saved`,
		...(ended.skipped > 0 ? [`${ended.skipped} there already`] : []),
		`${underWay.size - downloading - waiting} running`,
		...(waiting > 0 ? [`${waiting} waiting for another process`] : []),
		...(downloading > 0 ? [`${downloading} downloading`] : []),
		...(["pending", "failed", "not bought"] as const)
			.filter((end) => ended[end] > 0)
			.map((end) => style.red(`${ended[end]} ${end}`)),
	];
	const stuck = [...underWay.values()].find(({ note }) => note !== undefined);
	return [
		`${"█".repeat(full)}${style.dim("░".repeat(barWidth - full))} ${figures.join(" · ")}`,
		`  ${counts.join(", ")}`,
		...(stuck?.note ? [`  ${style.yellow(escaped(stuck.note))}`] : []),
		...progress.lastFiles.map((file) => `  ${style.dim(escaped(file))}`),
	].join("\n");
}

/** By the pace of what was really made: what was there already took no time. */
function timeLeft(progress: Progress, nowMs: number): readonly string[] {
	const { saved, failed, submitted } = progress.ended;
	const made = saved + failed + submitted;
	if (made < 3) return [];
	const perImageMs = (nowMs - progress.startedAtMs) / made;
	const open = progress.images - countEnded(progress);
	return [`${formatSeconds(perImageMs * open)} left`];
}

/** All of it at the end, in one line; undefined where no image has ended. @param folder to say where the files are */
export function summary(
	progress: Progress,
	nowMs: number,
	folder?: string,
): string | undefined {
	if (countEnded(progress) === 0) return undefined;
	const { recoveries, notToBuy, ended } = progress;
	const toBuy = notToBuy > 0 ? `, ${ended.planned - notToBuy} to buy` : "";
	const isAllThere = ended.saved + ended.skipped === progress.images;
	const counts = Object.entries(ended)
		.filter(([, number]) => number > 0)
		.map(([end, number]) =>
			end === "skipped" ? `${number} there already` : `${number} ${end}`,
		);
	return [
		`${counts.join(", ")} of ${progress.images}${toBuy}${folder === undefined ? "" : ` in ${escaped(folder)}/`}`,
		sumOf(progress),
		formatSeconds(nowMs - progress.startedAtMs),
		...(recoveries > 0
			? [counted(recoveries, "hiccup") + (isAllThere ? " mended" : "")]
			: []),
	].join(" · ");
}

/** What was or would be spent, what was paid before, and that there is more where nobody knows how much. */
function sumOf({
	spentMicros,
	paidBeforeMicros,
	unpricedImages,
	isEstimate,
}: Progress): string {
	if (unpricedImages > 0 && spentMicros === 0) return "cost not known";
	const spent = formatAmount(spentMicros, isEstimate);
	const unpriced =
		unpricedImages > 0
			? ` and ${counted(unpricedImages, "image")} of unknown cost`
			: "";
	const before =
		paidBeforeMicros > 0
			? ` (${formatAmount(paidBeforeMicros, isEstimate)} was paid before)`
			: "";
	return spent + unpriced + before;
}

/** Money that an interrupt leaves under way, and the command that goes on. */
export function moneyUnderWay(
	{ underWay, ended }: Progress,
	resumeCommand: string,
): readonly string[] {
	const paid = [...underWay.values()].filter(({ isPaid }) => isPaid);
	const unsure = [...underWay.values()].filter(
		({ isPaid, step }) => !isPaid && step.type === "sending",
	).length;
	if (paid.length + unsure === 0) {
		const bought = ended.saved + ended.submitted + ended.pending;
		return bought > 0
			? ["Interrupted. Nothing that was bought is under way."]
			: ["Interrupted. Nothing was bought."];
	}
	const [first, ...others] = paid;
	const lines: string[] = [];
	if (first && others.length === 0)
		lines.push(
			`Interrupted. ${first.runId ? `Run ${escaped(first.runId)}` : "1 run"} goes on and is paid; it cannot be canceled.`,
		);
	else if (first)
		lines.push(
			`Interrupted. ${paid.length} runs go on and are paid; they cannot be canceled.`,
		);
	if (unsure > 0)
		lines.push(
			unsure === 1
				? "Interrupted while 1 order was being sent: it may have been bought."
				: `Interrupted while ${unsure} orders were being sent: they may have been bought.`,
		);
	return [...lines, `To bring what is paid: ${resumeCommand}`];
}

function countEnded({ ended }: Progress): number {
	return Object.values(ended).reduce((sum, number) => sum + number, 0);
}
