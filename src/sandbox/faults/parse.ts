import { Failure } from "../../errors.ts";
import type { Kind } from "./kinds.ts";
import { type Point, pointTable } from "./points.ts";
import { type Reading, readingTable } from "./readings.ts";
import { type FaultName, faultTable } from "./table.ts";

/** One fault that is on: what strikes, where, and in which turns. */
export interface Fault {
	/** As it was written. */
	readonly text: string;
	readonly name: FaultName;
	readonly point: Point;
	/** The span of kinds that have one, in milliseconds. */
	readonly timeMs: number;
	/** Whether it does so in a turn of its point, from 1. @param random gives numbers in [0, 1) */
	readonly strikes: (turn: number, random: () => number) => boolean;
	/** True for a trait of the service that holds for good, and is no event. */
	readonly isReading?: boolean;
}

type FaultKind = Kind<FaultName>;

/**
 * Reads `[point:]kind[=time][when]`, where when is `@1`, `@1,3`, `@2-4`, `@3-` (turns of the point), `/5` (every fifth)
 * or `%20` (a rate): `post:reset-after@1`, `image:cut%20`, `slow=500ms`, `429`.
 * @throws {Failure} `usage` with the text and everything that is known
 */
export function parseFault(text: string): Fault {
	const parts = grammar.exec(text.trim().toLowerCase())?.groups;
	if (!parts?.name)
		throw unknown(text, "it is not of the form point:kind@turn");
	const entry = findEntry(text, parts.point, parts.name);
	return {
		text: text.trim(),
		name: entry.name,
		point: (parts.point as Point | undefined) ?? entry.points[0],
		timeMs: readTime(text, parts.time, entry),
		strikes: readTurns(text, parts),
	};
}

const grammar =
	/^(?:(?<point>[a-z]+):)?(?<name>[a-z0-9][a-z0-9-]*)(?:=(?<time>[\d.]+(?:ms|s|m)?))?(?:@(?<turns>[\d,-]+)|\/(?<nth>\d+)|%(?<percent>[\d.]+))?$/;

function findEntry(
	text: string,
	point: string | undefined,
	name: string,
): FaultKind {
	if (point && !pointTable.some((entry) => entry.point === point))
		throw unknown(text, `there is no point "${point}"`);
	const fits = ({ points }: FaultKind) =>
		!point || (points as readonly string[]).includes(point);
	const named = faultTable.filter((entry) => entry.name === name);
	if (named.length === 0)
		throw unknown(text, `there is no kind "${name}"`, faultTable.filter(fits));
	const entry = named.find(fits);
	if (entry) return entry;
	const points = named.flatMap((each) => each.points).join(", ");
	throw unknown(text, `${name} strikes at: ${points}`);
}

function readTime(
	text: string,
	time: string | undefined,
	{ name, timeMs }: FaultKind,
): number {
	if (time === undefined) return timeMs ?? 0;
	if (timeMs === undefined) throw unknown(text, `${name} has no time to set`);
	const amount = Number(time.replace(/m?s$|m$/, ""));
	const ms = time.endsWith("ms")
		? amount
		: amount * (time.endsWith("m") ? 60_000 : 1_000);
	if (!Number.isFinite(ms)) throw unknown(text, `${time} is no time`);
	return ms;
}

function readTurns(
	text: string,
	{ turns, nth, percent }: Readonly<Record<string, string | undefined>>,
): Fault["strikes"] {
	if (turns !== undefined) {
		const stretches = turns.split(",").map((one) => readStretch(text, one));
		return (turn) => stretches.some(([from, to]) => turn >= from && turn <= to);
	}
	if (nth !== undefined) {
		const every = Number(nth);
		if (every < 1) throw unknown(text, "turns count from 1");
		return (turn) => turn % every === 0;
	}
	if (percent === undefined) return () => true;
	const share = Number(percent) / 100;
	if (!(share <= 1)) throw unknown(text, "a rate is at most 100 percent");
	return (_turn, random) => random() < share;
}

function readStretch(text: string, stretch: string): readonly [number, number] {
	const [, first, dash, last] = /^(\d+)(-)?(\d+)?$/.exec(stretch) ?? [];
	const from = Number(first);
	const to = last ? Number(last) : dash ? Number.POSITIVE_INFINITY : from;
	if (!(from >= 1 && to >= from))
		throw unknown(text, `"${stretch}" is no turn, nor a stretch like 2-4`);
	return [from, to];
}

/**
 * The readings of the service that have these names: each holds at all of its points, at each turn.
 * @throws {Failure} `usage` for a name that is none, and for two readings of one topic
 */
export function parseReadings(names: readonly string[]): readonly Fault[] {
	const readings = new Map<string, Reading<FaultName>>();
	for (const name of names) {
		const reading = readingTable.find((each) => each.name === name);
		if (!reading)
			throw new Failure("usage", `unknown reading "${name}"`, {
				hint: name.includes(",")
					? `one at a time: ${name
							.split(",")
							.map((one) => `--as ${one.trim()}`)
							.join(" ")}`
					: "flux-ultra sandbox --as list shows all",
			});
		const other = readings.get(reading.topic)?.name ?? name;
		if (other !== name)
			throw new Failure(
				"usage",
				`--as ${other} and --as ${name} exclude each other`,
				{
					hint: `each says of "${reading.topic}" how the service is: leave one`,
				},
			);
		readings.set(reading.topic, reading);
	}
	return [...readings.values()].flatMap(({ name, points, timeMs = 0 }) =>
		(points.includes("any") ? (["any"] as const) : points).map((point) => ({
			text: `${point}:${name}`,
			name,
			point,
			timeMs,
			strikes: () => true,
			isReading: true,
		})),
	);
}

/** @param kinds those to choose from */
function unknown(
	text: string,
	why: string,
	kinds: readonly FaultKind[] = faultTable,
): Failure {
	const names = [...new Set(kinds.map(({ name }) => name))].join(", ");
	const points = pointTable.map(({ point }) => point).join(", ");
	return new Failure("usage", `unknown fault "${text}": ${why}`, {
		hint: `[point:]kind[=time], then @turn, /nth or %rate; points: ${points}; kinds: ${names}`,
	});
}
