import type { JobLabel } from "../events.ts";
import type { ErrorInfo, ImageRecord } from "../record.ts";
import { escaped } from "../system/escape.ts";
import { formatAmount } from "../system/money.ts";
import {
	formatBytes,
	formatCost,
	formatElapsed,
	shortPrompt,
} from "./format.ts";
import type { Step } from "./progress.ts";
import type { Style } from "./style.ts";

/** A step of an image as a line of a log. */
export function stepLine(label: JobLabel, step: Step): string {
	switch (step.type) {
		case "sending": {
			const seed = label.seed === null ? "" : `, seed ${label.seed}`;
			return `sending: "${shortPrompt(label.prompt)}"${seed}`;
		}
		case "uploading":
			return `uploading ${formatBytes(step.totalBytes)}`;
		case "submitted":
			return `run ${escaped(step.runId)} submitted (${priceOf(label)})`;
		case "state":
			return step.state === "unknown"
				? `the service says "${escaped(step.status)}", which is new to us: waiting on`
				: step.state;
		case "downloading":
			return "downloading";
		case "joined":
			return `process ${step.pid} is at the same image: waiting for it, nothing is bought here`;
		default:
			return step satisfies never;
	}
}

/** What two steps share that are told in one line: the progress of a download is one step. */
export function stepKey(step: Step): string {
	return step.type === "state" ? step.status : step.type;
}

function priceOf({ priceMicros, isEstimate }: JobLabel): string {
	if (priceMicros === undefined) return "price not known";
	return formatAmount(priceMicros, isEstimate);
}

/**
 * An image of a plan as fields between tabs, for scripts to cut: index, seed, price in dollars, file, prompt. `-` for a
 * seed that the model does not take, `fresh` for one that is yet to be made, `unknown` for a price that nobody knows; no field holds a tab or the end of a line.
 */
export function planLine(
	record: Extract<ImageRecord, { status: "planned" | "skipped" | "saved" }>,
): string {
	const { index, cost_usd: price, prompt } = record;
	const isFresh = "seed_is_fresh" in record && record.seed !== null;
	const seed = isFresh ? "fresh" : (record.seed ?? "-");
	const file = isFresh
		? record.file.replaceAll(String(record.seed), "{seed}")
		: record.file;
	return [index, seed, price ?? "unknown", file, prompt]
		.map((field) => escaped(String(field)))
		.join("\t");
}

/** How an image ended: where it is, or why it is not there. */
export function endLine(
	record: Exclude<ImageRecord, { status: "planned" }>,
	style: Style,
): string {
	switch (record.status) {
		case "saved":
		case "skipped":
			return `${style.green("✔")} ${style.bold(escaped(record.file))}  ${describeImage(record)}`;
		case "submitted": {
			const seed = record.seed === null ? "" : `, seed ${record.seed}`;
			return `${style.green("✔")} submitted, not waited for: run ${escaped(record.run_id ?? "")}${seed}`;
		}
		case "pending":
			return `${style.red("not yet:")} ${describeError(record.error)}`;
		case "failed":
			return `${style.red("error:")} ${describeError(record.error)}`;
		default:
			return record satisfies never;
	}
}

/** Size in pixels and bytes, seed, cost, time. */
function describeImage(
	record: Extract<ImageRecord, { status: "saved" | "skipped" }>,
): string {
	const isSkipped = record.status === "skipped";
	const nothing = `${isSkipped ? "already there, " : ""}nothing spent`;
	return [
		`${record.width} × ${record.height}`,
		formatBytes(record.bytes),
		...(record.seed === null ? [] : [`seed ${record.seed}`]),
		record.charged === "yes"
			? formatCost(record.cost_usd, record.cost_is_estimate)
			: nothing,
		...(isSkipped ? [] : [formatElapsed(record.total_ms)]),
		...(record.sandbox ? ["sandbox"] : []),
	].join(" · ");
}

function describeError(error: ErrorInfo | undefined): string {
	const { message = "", request_id: id } = error ?? {};
	return `${escaped(message)}${id ? ` (request ${escaped(id)})` : ""}`;
}
