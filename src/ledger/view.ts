import { imageRef } from "../record.ts";
import type { Clock } from "../runtime.ts";
import { type BillRatios, paidFor } from "./bill.ts";
import { type LedgerLine, parseLedgerLine } from "./ledger.ts";
import { followLedger, type Place, readPlace } from "./tail.ts";

/** What a command asks of the ledger while it works. Each line is read once, however many images ask. */
export interface LedgerView {
	/** The saved image of this name (see `imageKey`) that was booked since the view was opened, by whichever process. */
	savedSince(key: string): Promise<LedgerLine | undefined>;
	/** What was bought on the day of `nowMs` by the calendar of this machine, in micro-dollars by reference of the run. */
	spentOn(nowMs: number): Promise<ReadonlyMap<string, number>>;
	/** Reads of the last bills how far they were from their prices. */
	learnBills(): Promise<void>;
}

/** What a line says of money. */
interface Spending {
	readonly clientRef: string;
	readonly boughtAtMs: number;
	readonly paidMicros: number;
}

/** Lines older than this say nothing of today, whatever the clocks of their writers showed. */
const olderMs = 48 * 3_600_000;
/** So many lines are looked at for bills, however old they are. */
const fewestLines = 200;

/**
 * Opens a view of what was bought at one service, from where the ledger ends now.
 * @param ratios learns what bills were, as far as lines tell
 */
export async function openLedgerView(
	folder: string,
	service: string,
	ratios: BillRatios,
	clock: Pick<Clock, "now">,
): Promise<LedgerView> {
	const following = followLedger(folder);
	// A ledger that cannot be read is told to whoever asks something of it: most commands never do.
	await following.catch(() => {});
	const saved = new Map<string, Place>();
	const spendings = new Map<string, Spending>();
	let wasReadBack: Promise<void> | undefined;

	function note(line: LedgerLine, isNewest: boolean): void {
		const { record } = line;
		if (record.status !== "saved" || line.service !== service) return;
		const paidMicros = paidFor(record);
		if (line.priceMicros !== undefined)
			ratios.learn(record.model, line.priceMicros, paidMicros);
		const image = imageRef(record);
		// A process that was killed between its line and its job file leaves a second one: the later counts.
		if (!isNewest && spendings.has(image)) return;
		spendings.set(image, {
			clientRef: record.client_ref,
			boughtAtMs: Date.parse(record.submitted_at ?? line.finishedAt),
			paidMicros,
		});
	}

	async function readOn(): Promise<void> {
		const tail = await following;
		await tail.next((bytes, place) => {
			const line = parseLedgerLine(bytes.toString("utf8"));
			if (line?.record.status !== "saved") return;
			if (line.path !== null) saved.set(line.key, place);
			note(line, true);
		});
	}

	async function readBack(): Promise<void> {
		const tail = await following;
		const sinceMs = clock.now() - olderMs;
		let lines = 0;
		await tail.before((bytes) => {
			const line = parseLedgerLine(bytes.toString("utf8"));
			if (line === undefined) return true;
			note(line, false);
			lines += 1;
			return lines < fewestLines || Date.parse(line.finishedAt) > sinceMs;
		});
	}

	function readBackOnce(): Promise<void> {
		wasReadBack ??= readBack();
		return wasReadBack;
	}

	return {
		async savedSince(key) {
			await readOn();
			const place = saved.get(key);
			if (place === undefined) return undefined;
			return parseLedgerLine((await readPlace(place)).toString("utf8"));
		},
		learnBills: readBackOnce,
		async spentOn(nowMs) {
			await readBackOnce();
			await readOn();
			const day = new Date(nowMs).toDateString();
			const spent = new Map<string, number>();
			for (const one of spendings.values())
				if (new Date(one.boughtAtMs).toDateString() === day)
					spent.set(
						one.clientRef,
						(spent.get(one.clientRef) ?? 0) + one.paidMicros,
					);
			return spent;
		},
	};
}
