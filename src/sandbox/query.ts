import {
	type Filter,
	QueryError,
	type QueryForms,
	readCondition,
} from "./condition.ts";

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
