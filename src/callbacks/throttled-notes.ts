import type { Clock } from "../runtime.ts";

export type ThrottledNotes = ReturnType<typeof createThrottledNotes>;

const firstGapMs = 10_000;
/** Who scans goes on for days. */
const widestGapMs = 3_600_000;

/** Notes that do not fill the terminal: whoever finds an open port sends thousands of requests. */
export function createThrottledNotes(
	note: (text: string) => void,
	clock: Pick<Clock, "now">,
) {
	const kinds = new Map<
		string,
		{ untold: number; gapMs: number; nextAtMs: number }
	>();
	function flush(): void {
		for (const [what, kind] of kinds) {
			if (kind.untold > 0)
				note(`${what} (${kind.untold} more since the last note)`);
			kind.untold = 0;
		}
	}
	return {
		/** Tells how many were not told yet. */
		flush,
		/** Tells the first of its kind at once, and later ones with how many there were since. @param advice what to do, for the first alone */
		add(what: string, advice?: string): void {
			const nowMs = clock.now();
			const kind = kinds.get(what);
			if (kind === undefined) {
				const gapMs = firstGapMs;
				kinds.set(what, { untold: 0, gapMs, nextAtMs: nowMs + gapMs });
				note(advice === undefined ? what : `${what}: ${advice}`);
				return;
			}
			kind.untold += 1;
			if (nowMs < kind.nextAtMs) return;
			kind.gapMs = Math.min(kind.gapMs * 2, widestGapMs);
			kind.nextAtMs = nowMs + kind.gapMs;
			flush();
		},
	};
}
