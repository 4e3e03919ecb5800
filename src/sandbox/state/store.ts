import { parseJson } from "../../system/json.ts";
import { openStateFile } from "./files.ts";
import { billedMicros, deliveredCount, endings, endsAt } from "./progress.ts";
import type {
	AssetRecord,
	RunRecord,
	SecretRecord,
	StateRecord,
} from "./records.ts";

/** Everything that was created on this sandbox, by this process or by another one with the same file. */
export interface Store extends Omit<ReturnType<typeof createAccount>, "add"> {
	/** Runs in the order of their creation. */
	readonly runs: ReadonlyMap<string, RunRecord>;
	readonly assets: ReadonlyMap<string, AssetRecord>;
	readonly confirmedAssets: ReadonlySet<string>;
	readonly secrets: readonly SecretRecord[];
	/** Takes in what other processes wrote since. Cheap where there is nothing. */
	refresh(): void;
	/**
	 * Writes a record. Where another process wrote one with the same idempotency key first, that one counts, and this
	 * is as if never written: the order of the file decides.
	 */
	add(record: StateRecord): void;
	/** The run that an idempotency key bought, if any. */
	findByKey(key: string): RunRecord | undefined;
	close(): void;
}

interface Totals {
	readonly runs: number;
	/** Runs that are billed, or will be at their end. */
	readonly bought: number;
	/** Pictures of those runs. */
	readonly images: number;
	/** Runs that end, or ended, without being billed. */
	readonly failed: number;
	readonly spentMicros: number;
}

export function createStore(statePath: string | undefined): Store {
	const file = statePath === undefined ? undefined : openStateFile(statePath);
	const runs = new Map<string, RunRecord>();
	const assets = new Map<string, AssetRecord>();
	const confirmedAssets = new Set<string>();
	const secrets: SecretRecord[] = [];
	const byKey = new Map<string, RunRecord>();
	const account = createAccount();

	const addRun = (run: RunRecord) => {
		const key = run.idempotency?.key;
		if (key !== undefined) {
			if (byKey.has(key)) return;
			byKey.set(key, run);
		}
		runs.set(run.id, run);
		account.add(run);
	};
	const take = (record: StateRecord) => {
		switch (record.kind) {
			case "run":
				return addRun(record.run);
			case "asset":
				assets.set(record.asset.id, record.asset);
				return;
			case "asset-confirmed":
				confirmedAssets.add(record.id);
				return;
			case "secret":
				secrets.push(record.secret);
				return;
			default:
				// A line of a newer version, or of somebody else.
				return record satisfies never;
		}
	};
	const refresh = () => {
		for (const line of file?.readNew() ?? []) {
			const record = parseRecord(line);
			if (record) take(record);
		}
	};
	refresh();

	return {
		...account,
		runs,
		assets,
		confirmedAssets,
		secrets,
		refresh,
		add(record) {
			if (!file) return take(record);
			file.append(JSON.stringify(record));
			refresh();
		},
		findByKey: (key) => byKey.get(key),
		close: () => file?.close(),
	};
}

/** What runs cost. */
function createAccount() {
	const totals = { runs: 0, bought: 0, images: 0, failed: 0, spentMicros: 0 };
	// What is billed for certain is summed up as it comes; what is not holds credit until its end.
	const unbilled = new Set<RunRecord>();
	return {
		add(run: RunRecord): void {
			totals.runs += 1;
			totals.images += deliveredCount(run);
			totals.spentMicros += billedMicros(run);
			if (endings[run.outcome].billed) totals.bought += 1;
			else {
				unbilled.add(run);
				if (run.outcome !== "stuck") totals.failed += 1;
			}
		},
		/** Micro-dollars that are spent, or held for runs whose end nobody can know yet. */
		committedMicros(now: number): number {
			let held = 0;
			for (const run of unbilled)
				if (endsAt(run) > now) held += run.priceMicros * run.count;
				else unbilled.delete(run);
			return totals.spentMicros + held;
		},
		totals: (): Totals => totals,
	};
}

/**
 * The record of a line. Undefined for half a line that a killed process left, which nobody was told of: an answer goes out only after
 * the whole line was written.
 */
function parseRecord(line: string): StateRecord | undefined {
	const value = parseJson(line);
	// Only sandboxes write this file.
	return typeof value === "object" && value !== null && "kind" in value
		? (value as StateRecord)
		: undefined;
}
