import { join } from "node:path";
import * as z from "zod/mini";
import { locateFolders, type UserEnvironment } from "./folders.ts";
import { readStored, writeStored } from "./store.ts";

/** The settings as they stand in config.json, whose values may have been written by hand; nothing is checked yet. */
export interface SettingsFile {
	readonly path: string;
	readonly values: Readonly<Record<string, string | number | boolean>>;
}

export function settingsPath(user: UserEnvironment): string {
	return join(locateFolders(user).config, "config.json");
}

/** Empty where there is no file. Throws Failure `config` where it cannot be read or is broken. */
export async function readSettings(
	user: UserEnvironment,
): Promise<SettingsFile> {
	const path = settingsPath(user);
	const remedy = `Mend it, or remove it and set the values again: flux-ultra config set <setting> <value>`;
	return { path, values: (await readStored(path, schema, remedy)) ?? {} };
}

/** Writes one value, or takes it out where `text` is undefined. Throws Failure `config`. */
export async function writeSetting(
	file: SettingsFile,
	name: string,
	text: string | undefined,
): Promise<void> {
	const { [name]: _, ...others } = file.values;
	const values = text === undefined ? others : { ...others, [name]: text };
	await writeStored(file.path, values);
}

const schema = z.record(
	z.string(),
	z.union([z.string(), z.number(), z.boolean()]),
);
