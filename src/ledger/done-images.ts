import fs from "node:fs/promises";
import { toFailure } from "../errors.ts";
import { inspectImage } from "../images/inspect.ts";
import { saysDamaged } from "../images/scanner.ts";
import type { SkippedRecord } from "../record.ts";
import { CompactMap } from "../system/compact-map.ts";
import { paidUsd } from "./bill.ts";
import type { Ledger, LedgerLine } from "./ledger.ts";

/** The images of a batch that were saved, by their dedupe keys. */
export interface DoneImages {
	has(key: string): boolean;
	find(key: string): Promise<DoneImage | undefined>;
}

/** As little as a repetition needs. */
export interface DoneImage {
	readonly path: string;
	/** Null where the model takes none. */
	readonly seed: number | null;
	readonly runId: string;
	readonly ref: string;
	readonly bytes: number;
	readonly width: number;
	readonly height: number;
	readonly format: string;
	readonly sha256: string;
	readonly mtimeMs: number | undefined;
	readonly sandbox: boolean;
	/** What it cost when it was bought. */
	readonly paid: Pick<SkippedRecord, "paid_usd" | "cost_is_estimate">;
	/** When it was bought: what it cost belongs to that day. */
	readonly submittedAt: string;
}

/** Reads where in the ledger each image stands; later lines win. What it says there is read when it is asked for: there may be a million. */
export async function readDone(ledger: Ledger): Promise<DoneImages> {
	const numbers = new CompactMap();
	for await (const [line, number] of ledger.numbered())
		if (doneImage(line)) numbers.set(line.key, number);
	return {
		has: (key) => numbers.has(key),
		async find(key) {
			const number = numbers.get(key);
			const line =
				number === undefined ? undefined : await ledger.lineAt(number);
			return line?.key === key ? doneImage(line) : undefined;
		},
	};
}

/** Whose image a path got last. */
export interface Owner extends Pick<LedgerLine, "key" | "service"> {
	readonly sandbox: boolean;
}

/** Reads whose image each of these paths got last. */
export async function readOwners(
	ledger: Ledger,
	paths: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Owner>> {
	const owners = new Map<string, Owner>();
	for await (const line of ledger.find("path", paths)) {
		const { key, service, path } = line;
		const image = doneImage(line);
		if (path !== null && image)
			owners.set(path, { key, service, sandbox: image.sandbox });
	}
	return owners;
}

/** `whole`: as it was saved; `changed`: another file is there, whole as far as can be told; `damaged`: it is cut or broken. */
export type DoneState = "whole" | "changed" | "damaged" | "missing";

export async function checkDone(done: DoneImage): Promise<DoneState> {
	const stat = await fs.stat(done.path).catch(() => undefined);
	if (stat === undefined) return "missing";
	if (!stat.isFile()) return "damaged";
	if (stat.size === done.bytes && stat.mtimeMs === done.mtimeMs) return "whole";
	// Touched since, or copied: only its bytes can tell.
	try {
		const { sha256 } = await inspectImage(done.path);
		return sha256 === done.sha256 ? "whole" : "changed";
	} catch (error) {
		return saysDamaged(toFailure(error)) ? "damaged" : "changed";
	}
}

/** Undefined for what is not in a file. */
export function doneImage({
	record,
	path,
	mtimeMs,
	finishedAt,
}: LedgerLine): DoneImage | undefined {
	if (record.status !== "saved" || path === null) return undefined;
	const { bytes, width, height, format, sha256, sandbox } = record;
	const { cost_is_estimate: isEstimate } = record;
	return {
		path,
		seed: record.seed,
		runId: record.run_id,
		ref: record.client_ref,
		bytes,
		width,
		height,
		format,
		sha256,
		mtimeMs,
		sandbox,
		paid: {
			paid_usd: paidUsd(record),
			...(isEstimate && { cost_is_estimate: isEstimate }),
		},
		submittedAt: record.submitted_at ?? finishedAt,
	};
}
