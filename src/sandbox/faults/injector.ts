import { createRandom, hashOf } from "../random.ts";
import type { Fault } from "./parse.ts";
import type { Point } from "./points.ts";
import type { FaultName } from "./table.ts";

export type FaultInjector = ReturnType<typeof createInjector>;

/** The faults that strike in one turn. */
export interface ActiveFaults {
	/** In the order in which the faults were given. */
	readonly names: readonly FaultName[];
	/** Those that a log tells of: what the service is always like is no news. */
	readonly told: readonly FaultName[];
	has(name: FaultName): boolean;
	/** Milliseconds that the fault was given, or has by itself; undefined where it does not strike. */
	timeOf(name: FaultName): number | undefined;
	/** Which turn of its point the fault was active in, from 1. */
	turnOf(name: FaultName): number;
}

/** Decides which faults strike. The same seed, faults and turns: the same ones active. */
export function createInjector(initial: readonly Fault[], seed: number) {
	// A series for each fault, so that one more fault does not change when the others strike.
	const arm = (fault: Fault) => ({
		fault,
		random: createRandom(seed ^ hashOf(fault.text)),
	});
	const turns = new Map<Point, number>();
	let armed = initial.map(arm);
	return {
		/** Other faults from now on; turns count from 1 again. */
		set(faults: readonly Fault[]): void {
			turns.clear();
			armed = faults.map(arm);
		},
		/** One more turn at each of the points. */
		next(points: readonly Point[]): ActiveFaults {
			for (const point of points) turns.set(point, (turns.get(point) ?? 0) + 1);
			const active = new Map<FaultName, Fault & { readonly turn: number }>();
			for (const { fault, random } of armed) {
				const turn = turns.get(fault.point) ?? 0;
				if (!points.includes(fault.point) || !fault.strikes(turn, random))
					continue;
				if (!active.has(fault.name)) active.set(fault.name, { ...fault, turn });
			}
			return {
				names: [...active.keys()],
				told: [...active.values()]
					.filter(({ isReading }) => !isReading)
					.map(({ name }) => name),
				has: (name) => active.has(name),
				timeOf: (name) => active.get(name)?.timeMs,
				turnOf: (name) => active.get(name)?.turn ?? 0,
			};
		},
	};
}
