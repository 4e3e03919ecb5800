import { billedMicros, deliveredCount, endsAt, isBilled } from "./outcomes.ts";
import type {
	AssetRecord,
	RunRecord,
	SecretRecord,
	StateRecord,
} from "./records.ts";
import { openStateFile } from "./state-file.ts";

/** Everything that was created on this sandbox, by this process or by another one with the same file. */
export interface Store {
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
	/** What the key bought, if anything. */
	findByKey(key: string): Purchase | undefined;
	/** Micro-dollars that are spent, or held for runs whose end nobody can know yet. */
	committedMicros(now: number): number;
	totals(): Totals;
	close(): void;
}

export interface Purchase {
	readonly id: string;
	readonly fingerprint: string;
}

export interface Totals {
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
	const purchases = new Map<string, Purchase>();
	const unbilled = new Set<RunRecord>();
	let totals: Totals = {
		runs: 0,
		bought: 0,
		images: 0,
		failed: 0,
		spentMicros: 0,
	};

	const addRun = (run: RunRecord) => {
		if (run.idempotency) {
			const { key, fingerprint } = run.idempotency;
			if (purchases.has(key)) return;
			purchases.set(key, { id: run.id, fingerprint });
		}
		runs.set(run.id, run);
		const billed = isBilled(run);
		if (!billed) unbilled.add(run);
		totals = {
			runs: totals.runs + 1,
			bought: totals.bought + (billed ? 1 : 0),
			images: totals.images + (billed ? deliveredCount(run) : 0),
			failed: totals.failed + (billed || run.outcome === "stuck" ? 0 : 1),
			spentMicros: totals.spentMicros + billedMicros(run),
		};
	};
	const take = (record: StateRecord) => {
		switch (record.kind) {
			case "run":
				addRun(record.run);
				return;
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
		findByKey: (key) => purchases.get(key),
		committedMicros(now) {
			let held = 0;
			for (const run of unbilled)
				if (endsAt(run) > now) held += run.priceMicros * run.count;
				else unbilled.delete(run);
			return totals.spentMicros + held;
		},
		totals: () => totals,
		close: () => file?.close(),
	};
}

/** The record of a line; undefined for half a line that a killed process left. */
function parseRecord(line: string): StateRecord | undefined {
	try {
		const value: unknown = JSON.parse(line);
		if (typeof value === "object" && value !== null && "kind" in value)
			// Only sandboxes write this file.
			return value as StateRecord;
	} catch {
		// Nothing that anybody was told of: an answer goes out only after the whole line was written.
	}
	return undefined;
}
