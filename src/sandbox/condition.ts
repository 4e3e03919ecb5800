/** Whether a run is meant by a listing's `q`. */
export type Filter = (facts: Readonly<Record<string, unknown>>) => boolean;

/** Says what could not be read. */
export class QueryError extends Error {
	override readonly name = "QueryError";
}

/** Which of the two documented ways to write a condition are known. */
export interface QueryForms {
	/** `client_ref.EQ:'REF'` (official code). */
	readonly dotted: boolean;
	/** `status_code:succeeded AND created_at>2026-04-01`, with `= : > < >= <= AND OR NOT` (vendor documentation). */
	readonly plain: boolean;
}

/**
 * The filter of one condition.
 * @throws {QueryError}
 */
export function readCondition(
	name: string,
	operator: string,
	value: string,
	forms: QueryForms,
): Filter {
	const dot = name.lastIndexOf(".");
	const dotted = dottedTests.get(name.slice(dot + 1));
	const path = dotted ? name.slice(0, dot) : name;
	const test = dotted ? operator === ":" && dotted : plainTests.get(operator);
	if (!test || !(dotted ? forms.dotted : forms.plain))
		throw new QueryError(`"${name}${operator}" is no condition`);
	const [field = "", ...inside] = path.split(".");
	if (!filterable.has(field) || (inside.length > 0 && field !== "metadata"))
		throw new QueryError(`"${path}" cannot be filtered by`);
	return (facts) => {
		const difference = compare(field, valueAt(facts, path), value);
		return difference !== undefined && test(difference);
	};
}

type Test = (difference: number) => boolean;

const plainTests: ReadonlyMap<string, Test> = new Map([
	[":", (difference) => difference === 0],
	["=", (difference) => difference === 0],
	[">", (difference) => difference > 0],
	["<", (difference) => difference < 0],
	[">=", (difference) => difference >= 0],
	["<=", (difference) => difference <= 0],
]);

// Only EQ was met; the others are what such a language calls them.
const dottedTests: ReadonlyMap<string, Test> = new Map([
	["EQ", (difference) => difference === 0],
	["NE", (difference) => difference !== 0],
	["GT", (difference) => difference > 0],
	["LT", (difference) => difference < 0],
	["GTE", (difference) => difference >= 0],
	["LTE", (difference) => difference <= 0],
]);

const filterable: ReadonlySet<string> = new Set([
	"id",
	"status_code",
	"model_id",
	"client_ref",
	"metadata",
	"request_id",
	"cost",
	"duration_ms",
	"created_at",
	"started_at",
	"completed_at",
	"failure_code",
]);

function valueAt(
	facts: Readonly<Record<string, unknown>>,
	path: string,
): unknown {
	let value: unknown = facts;
	for (const name of path.split("."))
		value =
			typeof value === "object" && value !== null
				? (value as Record<string, unknown>)[name]
				: undefined;
	return value;
}

/** Below 0 where the fact comes before the value, undefined where the two cannot be compared. */
function compare(
	field: string,
	fact: unknown,
	value: string,
): number | undefined {
	if (fact === null || fact === undefined)
		return value === "null" ? 0 : undefined;
	const text = String(fact);
	// Only what is a time or an amount: a reference that looks like one is still a text.
	const measure = field.endsWith("_at")
		? Date.parse
		: amounts.has(field)
			? Number
			: undefined;
	if (measure) {
		const difference = measure(text) - measure(value);
		return Number.isNaN(difference) ? undefined : difference;
	}
	if (text === value) return 0;
	return text < value ? -1 : 1;
}

const amounts: ReadonlySet<string> = new Set(["cost", "duration_ms"]);
