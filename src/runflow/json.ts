/** JSON, or undefined: an HTML page of a proxy is no reason to stop. */
export function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** A value as an object whose fields can be asked for; empty where it is none. */
export function asObject(value: unknown): Readonly<Record<string, unknown>> {
	return typeof value === "object" && value !== null
		? (value as Record<string, unknown>)
		: {};
}

/** What a path of names leads to, `error.code` for one; undefined where it leads nowhere. */
export function valueAt(json: unknown, path: string): unknown {
	return path.split(".").reduce<unknown>((value, name) => {
		const fields = asObject(value);
		return Object.hasOwn(fields, name) ? fields[name] : undefined;
	}, json);
}

/** The first text at these paths that is not empty. */
export function textAt(
	json: unknown,
	paths: readonly string[],
): string | undefined {
	return paths
		.map((path) => valueAt(json, path))
		.find((value) => typeof value === "string" && value !== "") as
		| string
		| undefined;
}

/** The first number at these paths. */
export function numberAt(
	json: unknown,
	paths: readonly string[],
): number | undefined {
	return paths
		.map((path) => valueAt(json, path))
		.find((value) => typeof value === "number") as number | undefined;
}
