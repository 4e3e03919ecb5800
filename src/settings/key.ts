import { createHash } from "node:crypto";
import { join } from "node:path";
import * as z from "zod/mini";
import { Failure } from "../errors.ts";
import type { Runtime } from "../runtime.ts";
import { locateFolders, type UserEnvironment } from "./folders.ts";
import { makePrivate, readStored, removeStored, writeStored } from "./store.ts";

export interface ApiKey {
	readonly key: string;
	readonly source: "environment" | "credentials" | "command" | "official";
	/** The variable, the path of the file, or the name of the setting. */
	readonly origin: string;
}

/**
 * The key, in the order RUNFLOW_API_KEY, `auth login`, `command` (the setting api-key-command), the official tools' file; undefined where
 * there is none. Throws Failure `config` for a file that is broken, `auth` for a command that fails or a key that cannot be sent.
 */
export async function findApiKey(
	user: UserEnvironment & Pick<Runtime, "stdin" | "stderr">,
	command?: string | undefined,
	commandLimitMs?: number,
): Promise<ApiKey | undefined> {
	const variable = "RUNFLOW_API_KEY";
	const fromEnvironment = checkKey(user.env[variable], variable);
	if (fromEnvironment)
		return { key: fromEnvironment, source: "environment", origin: variable };

	const saved = await readKey(credentialsPath(user), "credentials");
	if (saved) return saved;

	if (command !== undefined) {
		const origin = "api-key-command";
		// Most keys come from elsewhere, and starting programs takes Node a while to load.
		const { askKeyCommand } = await import("./key-command.ts");
		const printed = await askKeyCommand(user, command, commandLimitMs);
		const key = checkKey(printed, origin);
		if (key) return { key, source: "command", origin };
	}
	// The path and the form that the service's own tools use, on every platform.
	const official = join(user.home, ".config", "runflow", "credentials.json");
	return readKey(official, "official");
}

/** Keeps the key in a file that only its owner can read, and says where. Throws Failure `auth` for a key that cannot be sent, `config` where it cannot be written. */
export async function saveApiKey(
	user: UserEnvironment,
	text: string,
): Promise<string> {
	const key = checkKey(text, "input");
	if (!key)
		throw new Failure("auth", "the API key is empty", {
			hint: "Copy a key from the Runflow dashboard: settings, API keys.",
		});
	const path = credentialsPath(user);
	await writeStored(path, { api_key: key });
	return path;
}

/** Removes the key that `saveApiKey` kept, and says whether there was a file. Throws Failure `config`. */
export async function removeApiKey(user: UserEnvironment): Promise<boolean> {
	return removeStored(credentialsPath(user));
}

/** Enough of a key to tell it from another: `rf_live_…x9Qz`. Of a short key nothing, of a middling one no end: most of it stays hidden. */
export function maskKey(key: string): string {
	if (key.length < 12) return "…";
	const prefix = key.slice(0, key.slice(0, 8).lastIndexOf("_") + 1);
	const hidden = key.length - prefix.length - 4;
	return `${prefix}…${hidden >= 12 ? key.slice(-4) : ""}`;
}

/**
 * A name for the account of a key, to keep apart what belongs to one account and is nothing to another. The key cannot be found out
 * from it. Two keys of one account have two names, as the service does not tell whose a key is.
 */
export function accountOf(key: string): string {
	return createHash("sha256")
		.update(`flux-ultra account ${key}`)
		.digest("hex")
		.slice(0, 32);
}

export function credentialsPath(user: UserEnvironment): string {
	return join(locateFolders(user).config, "credentials.json");
}

const schema = z.object({ api_key: z.nullish(z.string()) });

async function readKey(
	path: string,
	source: "credentials" | "official",
): Promise<ApiKey | undefined> {
	// Another program's file keeps the rights that the other program gave it.
	if (source === "credentials") await makePrivate(path);
	const remedy = "Write the key anew: flux-ultra auth login";
	const content = await readStored(path, schema, remedy);
	const key = checkKey(content?.api_key ?? undefined, path);
	return key ? { key, source, origin: path } : undefined;
}

/**
 * White space around it taken off; undefined where nothing is left.
 * No form is demanded, as the service has used several; but the key goes into a header, so it is visible ASCII.
 */
function checkKey(text: string | undefined, origin: string) {
	const key = text?.trim();
	if (!key) return undefined;
	if (/^[\x21-\x7e]+$/.test(key)) return key;
	throw new Failure(
		"auth",
		`the API key from ${origin} holds white space or characters that cannot be sent`,
		{
			hint: "Copy it again from the Runflow dashboard (settings, API keys), as one word.",
		},
	);
}
