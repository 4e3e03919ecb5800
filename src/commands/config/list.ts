import type { Runtime } from "../../runtime.ts";
import { loadSources, resolveSetting } from "../../settings/resolve.ts";
import { presentSetting, settingNames } from "../../settings/settings.ts";
import { escaped, escapedJson } from "../../system/escape.ts";

/** Prints every setting, its value and where that comes from: a table, or a JSON object a line. */
export async function listSettings(
	options: { readonly json?: boolean | undefined },
	runtime: Runtime,
): Promise<number> {
	const sources = await loadSources(runtime);
	const rows = settingNames.map((name) => {
		const { value, source, origin } = resolveSetting(name, sources);
		const shown = presentSetting(name, value) ?? null;
		return { version: 1, name, value: shown, source, origin };
	});
	const lines = options.json ? rows.map(escapedJson) : layOut(rows);
	runtime.stdout.write(`${lines.join("\n")}\n`);
	return 0;
}

interface Row {
	readonly name: string;
	readonly value: string | number | boolean | null;
	readonly source: string;
	readonly origin: string;
}

function layOut(rows: readonly Row[]): readonly string[] {
	const cells = rows.map(({ name, value, source, origin }) => ({
		name,
		value: value === null ? "(not set)" : escaped(String(value)),
		from: source === "default" ? source : escaped(`${source} ${origin}`),
	}));
	const nameWidth = Math.max(...cells.map(({ name }) => name.length));
	// One long command must not push the last column off the screen for all.
	const valueWidth = Math.min(
		40,
		Math.max(...cells.map(({ value }) => value.length)),
	);
	return cells.map(
		({ name, value, from }) =>
			`${name.padEnd(nameWidth)}  ${value.padEnd(valueWidth)}  ${from}`,
	);
}
