import type { Points } from "./points.ts";

/** One kind of fault, as help and documentation show it. */
export interface Kind<Name extends string> {
	readonly name: Name;
	/** Where it can strike; the first is meant where none is written. */
	readonly points: Points;
	/** The span that `name=time` sets, in milliseconds; undefined where the kind has none. */
	readonly timeMs: number | undefined;
	readonly does: string;
}

/** What each kind does, and the milliseconds of its span if it has one. */
export type Kinds<Name extends string, Words = string> = Readonly<
	Record<Name, Words | readonly [Words, number]>
>;

/** Kinds that strike at the same points. */
export function kinds<Name extends string>(
	points: Points,
	table: Kinds<Name>,
): readonly Kind<Name>[] {
	return (Object.keys(table) as Name[]).map((name) => {
		const words = table[name];
		const [does, timeMs] = typeof words === "string" ? [words] : words;
		return { name, points, does, timeMs };
	});
}
