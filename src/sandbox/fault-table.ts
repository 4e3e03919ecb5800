import { faultGroups } from "./fault-kinds.ts";
import type { Point } from "./points.ts";

/** One kind of fault, as help and documentation show it. */
export interface FaultEntry {
	readonly name: FaultName;
	/** Where it can strike; the first is meant where none is written. */
	readonly points: readonly [Point, ...Point[]];
	/** The span that `name=time` sets, in milliseconds; undefined where the kind has none. */
	readonly timeMs: number | undefined;
	readonly does: string;
}

export type FaultName = (typeof faultGroups)[number]["kinds"][number][0];

/** Every fault that the sandbox knows, in the order in which to read them. */
export const faultTable: readonly FaultEntry[] = faultGroups.flatMap(
	({ points, kinds }) =>
		kinds.map(([name, does, timeMs]) => ({ name, points, does, timeMs })),
);
