import { imageRef } from "../record.ts";
import type { Clock } from "../runtime.ts";
import { type BillRatios, paidFor } from "./bill.ts";
import { type LedgerLine, parseLedgerLine } from "./ledger.ts";
import {
	followLedger,
	type LedgerTail,
	type Place,
	readPlace,
} from "./tail.ts";

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
	return new LedgerView(following, service, ratios, clock);
}

/** What a command asks of the ledger while it works. Each line is read once, however many images ask. */
class LedgerView {
	readonly #following: Promise<LedgerTail>;
	readonly #service: string;
	readonly #ratios: BillRatios;
	readonly #clock: Pick<Clock, "now">;
	readonly #saved = new Map<string, Place>();
	/** By image. */
	readonly #spendings = new Map<string, Spending>();
	#wasReadBack: Promise<void> | undefined;

	constructor(
		following: Promise<LedgerTail>,
		service: string,
		ratios: BillRatios,
		clock: Pick<Clock, "now">,
	) {
		this.#following = following;
		this.#service = service;
		this.#ratios = ratios;
		this.#clock = clock;
	}

	/** The saved image of this name (see `imageKey`) that was booked since the view was opened, by whichever process. */
	async savedSince(key: string): Promise<LedgerLine | undefined> {
		await this.#readOn();
		const place = this.#saved.get(key);
		if (place === undefined) return undefined;
		return parseLedgerLine((await readPlace(place)).toString("utf8"));
	}

	/** What was bought on the day of `nowMs` by the calendar of this machine, in micro-dollars by reference of the run. */
	async spentOn(nowMs: number): Promise<ReadonlyMap<string, number>> {
		await this.learnBills();
		await this.#readOn();
		const day = new Date(nowMs).toDateString();
		const spent = new Map<string, number>();
		for (const {
			clientRef,
			boughtAtMs,
			paidMicros,
		} of this.#spendings.values())
			if (new Date(boughtAtMs).toDateString() === day)
				spent.set(clientRef, (spent.get(clientRef) ?? 0) + paidMicros);
		return spent;
	}

	/** Reads of the last bills how far they were from their prices. */
	learnBills(): Promise<void> {
		this.#wasReadBack ??= this.#readBack();
		return this.#wasReadBack;
	}

	/** What was appended since the last reading. */
	async #readOn(): Promise<void> {
		const tail = await this.#following;
		await tail.next((bytes, place) => {
			const line = parseLedgerLine(bytes.toString("utf8"));
			if (line === undefined) return;
			if (line.record.status === "saved" && line.path !== null)
				this.#saved.set(line.key, place);
			this.#note(line, true);
		});
	}

	/** What was there before, as far back as it matters. */
	async #readBack(): Promise<void> {
		const tail = await this.#following;
		const sinceMs = this.#clock.now() - olderMs;
		let lines = 0;
		await tail.before((bytes) => {
			const line = parseLedgerLine(bytes.toString("utf8"));
			if (line === undefined) return true;
			this.#note(line, false);
			lines += 1;
			return lines < fewestLines || Date.parse(line.finishedAt) > sinceMs;
		});
	}

	#note(line: LedgerLine, isNewest: boolean): void {
		const { record } = line;
		if (line.service !== this.#service) return;
		const paidMicros = paidFor(record);
		const isSaved = record.status === "saved";
		if (!isSaved && paidMicros === 0) return;
		if (isSaved && line.priceMicros !== undefined)
			this.#ratios.learn(record.model, line.priceMicros, paidMicros);
		const image = imageRef(record);
		// A process that was killed between its line and its job file leaves a second one: the later counts.
		if (!isNewest && this.#spendings.has(image)) return;
		this.#spendings.set(image, {
			clientRef: record.client_ref,
			boughtAtMs: Date.parse(
				(isSaved && record.submitted_at) || line.finishedAt,
			),
			paidMicros,
		});
	}
}

export type { LedgerView };
