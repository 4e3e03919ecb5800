/** How long the runs of a model take, in milliseconds. */
export interface RunTimes {
	/** When the end is likely where no run has been seen. */
	readonly likelyEndMs: { readonly from: number; readonly to: number };
	/** Of the last runs, from the start of the work to its end; another array once there is another run. */
	readonly pastMs: readonly number[];
}

/** A look at a run. All times in milliseconds. */
export interface Look {
	/** How long ago the run was made. */
	readonly ageMs: number;
	/** How long the run was in the queue, as far as that is told. */
	readonly queueMs: number;
	/** How many runs one request looks at. */
	readonly runs: number;
	/** Requests for this run alone, this one included. */
	readonly reads: number;
}

/** With the purchase and the download a run takes no more than 30 requests in its first minute. */
const minute = { ms: 60_000, reads: 28 };
/** Closer looks would show nothing sooner, as answers take about as long. */
const closestMs = 200;
/** Of listings, which the poller holds apart by the number of their runs. */
const closestListingMs = 100;
/** Beyond the likely end none is noticed later than by this share of its age, nor than this. */
const latest = { share: 0.1, ms: 5_000 };
/** A look before the end is likely is for the runs that fail: the first one comes no earlier. */
const soonestMs = 1_500;

/**
 * How old a run is at the next look, in milliseconds: close looks where the end is likely by how long the last runs took, before
 * that one at each doubling of its age, beyond it ever fewer. Where the looks of the first minute would not suffice, all gaps are
 * stretched in one measure.
 */
export function nextLookMs(times: RunTimes, look: Look): number {
	const { queueMs, runs } = look;
	const next = scheduleOf(times, runs);
	const ageMs = Math.max(look.ageMs - queueMs, 0);
	const untilMs = minute.ms - queueMs;
	const left = minute.reads - look.reads;
	// A listing is on the account of all its runs.
	if (runs > 1 || ageMs >= untilMs) return queueMs + next(ageMs, 1);
	for (let stretch = 1; stretch < 8; stretch *= 1.05) {
		let looks = 0;
		let atMs = next(ageMs, stretch);
		for (; atMs < untilMs && looks <= left; atMs = next(atMs, stretch))
			looks += 1;
		if (looks <= left) return queueMs + next(ageMs, stretch);
	}
	const evenMs = (untilMs - ageMs) / Math.max(left, 1);
	return queueMs + ageMs + Math.max(evenMs, closestMs);
}

/** Where an end is likely: a bell curve over the age, looked at from an age on. */
interface Bell {
	readonly fromMs: number;
	readonly atMs: number;
	readonly spreadMs: number;
}

/** The age of the look that follows one at an age, with the gaps stretched by a factor. */
function scheduleOf(times: RunTimes, runs: number) {
	const bells = bellsOf(times);
	const startMs = Math.max(startOf(bells), closestMs);
	const leastMs = runs > 1 ? closestListingMs : closestMs;
	return (ageMs: number, stretch: number): number => {
		if (ageMs < startMs) {
			let nextMs = startMs;
			while (nextMs / 2 > ageMs && nextMs / 2 >= soonestMs) nextMs /= 2;
			return nextMs;
		}
		// Gaps as the root of the likelihood make the mean delay least for their number; the factor weighs it against requests.
		const perSecond = likelihoodAt(ageMs, bells) * runs;
		const closeMs = (stretch * 1_000 * 0.08) / Math.sqrt(perSecond);
		const thinMs = Math.min(stretch * latest.share * ageMs, latest.ms);
		return ageMs + Math.max(Math.min(closeMs, thinMs), leastMs);
	};
}

function bellsOf({ likelyEndMs: { from, to }, pastMs }: RunTimes): Bell[] {
	if (pastMs.length === 0) {
		const spreadMs = Math.max(to - from, 200) / 5;
		return [{ fromMs: from, atMs: (from + to) / 2, spreadMs }];
	}
	const bells = bellsOfPast.get(pastMs) ?? bellsAround(pastMs);
	bellsOfPast.set(pastMs, bells);
	return bells;
}

/** Kept, as a listing asks for each of its runs when the next one is. */
const bellsOfPast = new WeakMap<readonly number[], Bell[]>();

/** In the order of their starts. */
function bellsAround(pastMs: readonly number[]): Bell[] {
	// The fewer have been seen, the less is known of how they spread.
	const share = Math.min(spreadOf(pastMs), 0.04) + 0.16 / pastMs.length;
	const bells = pastMs.map((atMs) => {
		const spreadMs = share * atMs;
		// One gap later a look shows all that ended in the gap, and behind them all, where they end close together, all.
		const behindMs = Math.min(closestMs, 3 * spreadMs);
		return { fromMs: atMs - 1.5 * spreadMs + behindMs, atMs, spreadMs };
	});
	return bells.sort((a, b) => a.fromMs - b.fromMs);
}

/** How far runs are from their mean (standard deviation), as a share of it; what a few show of that is chance. */
function spreadOf(pastMs: readonly number[]): number {
	if (pastMs.length < 10) return Number.POSITIVE_INFINITY;
	const meanOf = (all: readonly number[]) =>
		all.reduce((sum, one) => sum + one, 0) / all.length;
	const meanMs = meanOf(pastMs);
	return Math.sqrt(meanOf(pastMs.map((one) => (one - meanMs) ** 2))) / meanMs;
}

/** From where on an end is likely; one of twenty that was quicker than all others is no reason to look so early. */
function startOf(bells: readonly Bell[]): number {
	return bells[Math.floor(bells.length / 20)]?.fromMs ?? 0;
}

/** The share of all runs that end at an age, per second. */
function likelihoodAt(ageMs: number, bells: readonly Bell[]): number {
	let sum = 0;
	for (const { atMs, spreadMs } of bells)
		sum += Math.exp(-(((ageMs - atMs) / spreadMs) ** 2) / 2) / spreadMs;
	return (sum * 1_000) / bells.length / Math.sqrt(2 * Math.PI);
}
