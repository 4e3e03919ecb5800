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
 * Reads a `q`. Parentheses, the mixture of both forms, and a path into metadata (`metadata.job`) are inferred.
 * @throws {QueryError}
 */
export function parseQuery(text: string, forms: QueryForms): Filter {
	const tokens = tokenize(text);
	let at = 0;
	const peek = () => tokens[at];
	const accept = (word: string) => {
		if (peek()?.toUpperCase() !== word) return false;
		at++;
		return true;
	};

	const either = (): Filter => {
		const filters = [both()];
		while (accept("OR")) filters.push(both());
		return (facts) => filters.some((filter) => filter(facts));
	};
	const both = (): Filter => {
		const filters = [single()];
		while (accept("AND")) filters.push(single());
		return (facts) => filters.every((filter) => filter(facts));
	};
	const single = (): Filter => {
		if (accept("NOT")) {
			const filter = single();
			return (facts) => !filter(facts);
		}
		if (accept("(")) {
			const filter = either();
			if (!accept(")")) throw new QueryError("a ) is missing");
			return filter;
		}
		return condition();
	};
	const condition = (): Filter => {
		const [name = "", operator = "", value = ""] = tokens.slice(at, at + 3);
		at += 3;
		if (!/^[a-z_][\w.-]*$/i.test(name))
			throw new QueryError(`"${name}" is no field`);
		if (!/^[=:<>]/.test(operator) || value === "")
			throw new QueryError(`"${name}${operator}${value}" is no condition`);
		return readCondition(name, operator, unquote(value), forms);
	};

	const filter = either();
	if (at < tokens.length)
		throw new QueryError(`"${tokens.slice(at).join(" ")}" is left over`);
	return filter;
}

const token =
	/\s*('(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|>=|<=|[=:<>()]|[^\s=:<>()'"]+)/y;

function tokenize(text: string): readonly string[] {
	const tokens: string[] = [];
	token.lastIndex = 0;
	while (token.lastIndex < text.trimEnd().length) {
		const from = token.lastIndex;
		const found = token.exec(text)?.[1];
		if (found === undefined)
			throw new QueryError(`"${text.slice(from)}" cannot be read`);
		tokens.push(found);
		if (!/^([=:<>]|[<>]=)$/.test(found)) continue;
		// A value without quotes goes on to the next space: times have colons in them.
		const value = /^\s*([^\s()'"=<>][^\s()]*)/.exec(
			text.slice(token.lastIndex),
		);
		if (!value?.[1]) continue;
		tokens.push(value[1]);
		token.lastIndex += value[0].length;
	}
	return tokens;
}

function unquote(value: string): string {
	const quote = value[0];
	if (quote !== "'" && quote !== '"') return value;
	return value
		.slice(1, -1)
		.replaceAll(quote + quote, quote)
		.replace(/\\(.)/g, "$1");
}

type Test = (difference: number) => boolean;

const plainTests: Readonly<Record<string, Test>> = {
	":": (difference) => difference === 0,
	"=": (difference) => difference === 0,
	">": (difference) => difference > 0,
	"<": (difference) => difference < 0,
	">=": (difference) => difference >= 0,
	"<=": (difference) => difference <= 0,
};

// Only EQ was met; the others are what such a language calls them.
const dottedTests: Readonly<Record<string, Test>> = {
	EQ: (difference) => difference === 0,
	NE: (difference) => difference !== 0,
	GT: (difference) => difference > 0,
	LT: (difference) => difference < 0,
	GTE: (difference) => difference >= 0,
	LTE: (difference) => difference <= 0,
};

function readCondition(
	name: string,
	operator: string,
	value: string,
	forms: QueryForms,
): Filter {
	const dot = name.lastIndexOf(".");
	const dotted = dottedTests[name.slice(dot + 1)];
	const path = dotted ? name.slice(0, dot) : name;
	const test = dotted ? operator === ":" && dotted : plainTests[operator];
	if (!test || !(dotted ? forms.dotted : forms.plain))
		throw new QueryError(`"${name}${operator}" is no condition`);
	const [field = "", ...inside] = path.split(".");
	if (!filterable.has(field) || (inside.length > 0 && field !== "metadata"))
		throw new QueryError(`"${path}" cannot be filtered by`);
	return (facts) => {
		const difference = compare(valueAt(facts, path), value);
		return difference !== undefined && test(difference);
	};
}

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
function compare(fact: unknown, value: string): number | undefined {
	if (fact === null || fact === undefined)
		return value === "null" ? 0 : undefined;
	const text = String(fact);
	if (text === value) return 0;
	const numbers = [Number(text), Number(value)] as const;
	const times = [Date.parse(text), Date.parse(value)] as const;
	for (const [one, other] of [numbers, times])
		if (!Number.isNaN(one) && !Number.isNaN(other)) return one - other;
	return text < value ? -1 : 1;
}
