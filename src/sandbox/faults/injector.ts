import { createRandom, hashOf } from "../random.ts";
import type { Fault } from "./parse.ts";
import type { Point } from "./points.ts";
import type { FaultName } from "./table.ts";

/** Decides which faults strike. */
export interface FaultInjector {
	/** One more turn at each of the points. */
	next(points: readonly Point[]): ActiveFaults;
	/** Other faults from now on; turns count from 1 again. */
	set(faults: readonly Fault[]): void;
}

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

/** The same seed, faults and turns: the same ones active. */
export function createInjector(
	initial: readonly Fault[],
	seed: number,
): FaultInjector {
	let faults: readonly ArmedFault[] = [];
	const turns = new Map<Point, number>();
	const set = (newFaults: readonly Fault[]) => {
		turns.clear();
		// A series for each fault, so that one more fault does not change when the others strike.
		faults = newFaults.map((fault) => ({
			fault,
			random: createRandom(seed ^ hashOf(fault.text)),
		}));
	};
	set(initial);
	return {
		set,
		next(points) {
			for (const point of points) turns.set(point, (turns.get(point) ?? 0) + 1);
			const active = new Map<FaultName, Fault & { readonly turn: number }>();
			for (const { fault, random } of faults) {
				const turn = turns.get(fault.point) ?? 0;
				if (!points.includes(fault.point) || !isActive(fault, turn, random))
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

interface ArmedFault {
	readonly fault: Fault;
	readonly random: () => number;
}

function isActive(
	{ when }: Fault,
	turn: number,
	random: () => number,
): boolean {
	switch (when.kind) {
		case "always":
			return true;
		case "turns":
			return when.stretches.some(([from, to]) => turn >= from && turn <= to);
		case "every":
			return turn % when.nth === 0;
		case "rate":
			return random() < when.share;
		default:
			return when satisfies never;
	}
}
