import type { Clock } from "../runtime.ts";

/** Says what is wrong with callbacks without filling the terminal: whoever finds an open port sends thousands of requests. */
export interface Complaints {
	/** Tells the first of its kind at once, and later ones with how many there were since. @param advice what to do, for the first alone */
	about(kind: string, advice?: string): void;
	/** Tells how many were not told yet. */
	end(): void;
}

const firstGapMs = 10_000;
/** Who scans goes on for days. */
const widestGapMs = 3_600_000;

interface Kind {
	untold: number;
	nextAtMs: number;
	gapMs: number;
}

export function createComplaints(
	note: (text: string) => void,
	clock: Pick<Clock, "now">,
): Complaints {
	const kinds = new Map<string, Kind>();
	return {
		about(what, advice) {
			const now = clock.now();
			const kind = kinds.get(what);
			if (kind === undefined) {
				kinds.set(what, {
					untold: 0,
					nextAtMs: now + firstGapMs,
					gapMs: firstGapMs,
				});
				note(advice === undefined ? what : `${what}: ${advice}`);
				return;
			}
			kind.untold += 1;
			if (now < kind.nextAtMs) return;
			kind.gapMs = Math.min(kind.gapMs * 2, widestGapMs);
			kind.nextAtMs = now + kind.gapMs;
			note(`${what} (${kind.untold} more since the last note)`);
			kind.untold = 0;
		},
		end() {
			for (const [what, kind] of kinds) {
				if (kind.untold > 0)
					note(`${what} (${kind.untold} more since the last note)`);
				kind.untold = 0;
			}
		},
	};
}
