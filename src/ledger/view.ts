import { imageRef } from "../record.ts";
import type { Clock } from "../runtime.ts";
import { shareNext } from "../system/share-next.ts";
import { type BillRatios, costIn, type ImageCost, latestCost } from "./bill.ts";
import { type Place, readPlace } from "./files.ts";
import { boughtAt, type LedgerLine, parseLedgerLine } from "./ledger.ts";
import { followLedger, type LedgerTail } from "./tail.ts";

/** What a line says of money. */
interface Spending extends ImageCost {
	readonly clientRef: string;
	readonly boughtAtMs: number;
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
	/** By image, oldest first. */
	readonly #spendings = new Map<string, readonly Spending[]>();
	/** Reads what was appended since the last reading. */
	readonly #readOn = shareNext(() => this.#readNew());
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
		return parseLedgerLine(await readPlace(place));
	}

	/** What was bought on the day of `nowMs` by the calendar of this machine, in micro-dollars by reference of the run. */
	async spentOn(nowMs: number): Promise<ReadonlyMap<string, number>> {
		await this.learnBills();
		await this.#readOn();
		const fromMs = midnightMs(nowMs, 0);
		const toMs = midnightMs(nowMs, 1);
		const spent = new Map<string, number>();
		for (const lines of this.#spendings.values()) {
			const one = lines.reduce(latestCost);
			const { clientRef, boughtAtMs, micros = 0 } = one;
			if (boughtAtMs < fromMs || boughtAtMs >= toMs) continue;
			if (one.isSaved || micros > 0)
				spent.set(clientRef, (spent.get(clientRef) ?? 0) + micros);
		}
		return spent;
	}

	/** Reads of the last bills how far they were from their prices. */
	learnBills(): Promise<void> {
		this.#wasReadBack ??= this.#readBack();
		return this.#wasReadBack;
	}

	async #readNew(): Promise<void> {
		const tail = await this.#following;
		await tail.next((bytes, place) => {
			const line = parseLedgerLine(bytes);
			if (line === undefined) return;
			if (line.record.status === "saved" && line.path !== null)
				this.#saved.set(line.key, place);
			this.#note(line, true);
		});
	}

	/** What was there before, as far back as it matters. */
	async #readBack(): Promise<void> {
		const tail = await this.#following;
		const nowMs = this.#clock.now();
		const todayMs = midnightMs(nowMs, 0);
		let lines = 0;
		for await (const some of tail.before()) {
			const [newest] = some;
			const isOld = newest && timeIn(newest, finishedAt) < nowMs - olderMs;
			if (isOld && lines >= fewestLines) return;
			for (const bytes of some) {
				lines += 1;
				// Most of those two days: what says nothing of today need not be parsed.
				if (lines > fewestLines && timeIn(bytes, submittedAt) < todayMs)
					continue;
				const line = parseLedgerLine(bytes);
				if (line) this.#note(line, false);
			}
		}
	}

	#note(line: LedgerLine, isNewest: boolean): void {
		const { record, priceMicros } = line;
		if (line.service !== this.#service) return;
		const told = costIn(record);
		const cost =
			// What may have been bought counts as if it were.
			record.charged === "unknown"
				? { ...told, micros: priceMicros, isEstimate: true }
				: told;
		const { micros, isSaved } = cost;
		if (isSaved && priceMicros !== undefined && micros !== undefined)
			this.#ratios.learn(record.model, priceMicros, micros);
		const spending = {
			...cost,
			clientRef: record.client_ref,
			boughtAtMs: Date.parse(boughtAt(line) ?? line.finishedAt),
		};
		const image = imageRef(record);
		const others = this.#spendings.get(image) ?? [];
		this.#spendings.set(
			image,
			isNewest ? [...others, spending] : [spending, ...others],
		);
	}
}

/** When the day of a moment begins by the calendar of this machine, or the one so many days later. */
function midnightMs(nowMs: number, days: number): number {
	const now = new Date(nowMs);
	return new Date(
		now.getFullYear(),
		now.getMonth(),
		now.getDate() + days,
	).getTime();
}

const finishedAt = Buffer.from('"finishedAt":"');
const submittedAt = Buffer.from('"submitted_at":"');

/** A time of a line, in milliseconds since 1970, without parsing the line; NaN where it has none. */
function timeIn(line: Buffer, label: Buffer): number {
	// The last one: inputs of the model, which may be called the same, stand before.
	const at = line.lastIndexOf(label);
	if (at < 0) return Number.NaN;
	const start = at + label.length;
	return Date.parse(line.toString("latin1", start, line.indexOf('"', start)));
}

export type { LedgerView };
