import fs from "node:fs/promises";
import path from "node:path";
import type { Run } from "../../runflow/schemas.ts";
import { writeFileAtomic } from "../../system/atomic-file.ts";
import { makePrivateFolder } from "../../system/folder.ts";
import type { RunTimes } from "./poll-schedule.ts";

/** The last runs of a model, in this command and before it. */
export interface RunHistory extends RunTimes {
	/** A run has ended; one that failed says nothing of how long an image takes. */
	learn(run: Run): void;
}

/** The last runs of each model of a service. */
export interface RunHistories {
	of(model: string, likelyEndMs: RunTimes["likelyEndMs"]): RunHistory;
	/** Puts what was learned on disk. Never throws: without it the next command looks a little too often. */
	save(): Promise<void>;
}

/** Enough to know the range, few enough to follow a change of load. */
const remembered = 20;

/** @param file what earlier commands learned; one that is missing or damaged is no history */
export async function openRunHistories(
	file: string,
	service: string,
): Promise<RunHistories> {
	const past = await read(file);
	const histories = new Map<string, LearnedHistory>();
	return {
		of(model, likelyEndMs) {
			const key = `${service} ${model}`;
			const history =
				histories.get(key) ?? createHistory(past.get(key) ?? [], likelyEndMs);
			histories.set(key, history);
			return history;
		},
		async save() {
			const news = [...histories].filter(
				([, { learnedMs }]) => learnedMs.length > 0,
			);
			if (news.length === 0) return;
			// Another command may have written meanwhile. What two that end at once lose is of no weight.
			const all = await read(file);
			for (const [key, { learnedMs }] of news)
				all.set(key, lastOf(all.get(key) ?? [], learnedMs));
			const content = { version: 1, pastMs: Object.fromEntries(all) };
			await makePrivateFolder(path.dirname(file))
				.then(() =>
					writeFileAtomic(file, JSON.stringify(content), { isDurable: false }),
				)
				.catch(() => {});
		},
	};
}

interface LearnedHistory extends RunHistory {
	/** By this command, oldest first. */
	readonly learnedMs: readonly number[];
}

function createHistory(
	beforeMs: readonly number[],
	likelyEndMs: RunTimes["likelyEndMs"],
): LearnedHistory {
	let learnedMs: readonly number[] = [];
	let pastMs = beforeMs;
	return {
		likelyEndMs,
		get pastMs() {
			return pastMs;
		},
		get learnedMs() {
			return learnedMs;
		},
		learn(run) {
			const ms = workMsOf(run);
			if (run.state !== "succeeded" || !(ms > 0)) return;
			learnedMs = lastOf(learnedMs, [ms]);
			pastMs = lastOf(beforeMs, learnedMs);
		},
	};
}

function lastOf(
	before: readonly number[],
	after: readonly number[],
): readonly number[] {
	return [...before, ...after].slice(-remembered);
}

/** Milliseconds by service and model, oldest first. */
async function read(file: string): Promise<Map<string, readonly number[]>> {
	try {
		const { version, pastMs } = JSON.parse(await fs.readFile(file, "utf8"));
		const entries = Object.entries<readonly number[]>(pastMs);
		const isOurs =
			version === 1 && entries.every(([, own]) => own.every((ms) => ms > 0));
		return new Map(isOurs ? entries : []);
	} catch {
		return new Map();
	}
}

/** How long a run took by the service's own clock, without the queue where that is told, in milliseconds; NaN where it is not told at all. */
function workMsOf({
	createdAt,
	startedAt,
	completedAt,
	durationMs = Number.NaN,
}: Run): number {
	const ms =
		Date.parse(completedAt ?? "") - Date.parse(startedAt ?? createdAt ?? "");
	return ms > 0 ? ms : durationMs;
}

/** How long a run was in the queue, in milliseconds; 0 where that is not told. */
export function queueMsOf({ createdAt, startedAt }: Run): number {
	const ms = Date.parse(startedAt ?? "") - Date.parse(createdAt ?? "");
	return ms > 0 ? ms : 0;
}
