/** A value as an object whose fields can be asked for; empty where it is none. */
export function asObject(value: unknown): Readonly<Record<string, unknown>> {
	return typeof value === "object" && value !== null
		? (value as Record<string, unknown>)
		: {};
}

/** What a path of names leads to, `error.code` for one; undefined where it leads nowhere. */
export function valueAt(json: unknown, path: string): unknown {
	let value = json;
	for (const name of namesOf(path)) {
		const fields = asObject(value);
		if (!Object.hasOwn(fields, name)) return undefined;
		value = fields[name];
	}
	return value;
}

/** The first text at these paths that is not empty. */
export function textAt(
	json: unknown,
	paths: readonly string[],
): string | undefined {
	for (const path of paths) {
		const value = valueAt(json, path);
		if (typeof value === "string" && value !== "") return value;
	}
	return undefined;
}

/** The first number at these paths. */
export function numberAt(
	json: unknown,
	paths: readonly string[],
): number | undefined {
	for (const path of paths) {
		const value = valueAt(json, path);
		if (typeof value === "number") return value;
	}
	return undefined;
}

/** A listing asks for the same few paths hundreds of times. */
const split = new Map<string, readonly string[]>();

function namesOf(path: string): readonly string[] {
	const known = split.get(path);
	if (known) return known;
	const names = path.split(".");
	split.set(path, names);
	return names;
}
