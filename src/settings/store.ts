import { chmod, readFile, realpath, rm, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { z } from "zod/mini";
import { Failure, systemCode } from "../errors.ts";
import { systemReason } from "../system/disk-failure.ts";
import { makePrivateFolder } from "../system/folder.ts";

/**
 * The content of a small JSON file, undefined where there is none. Read without conf, which costs 80 ms that an image need not pay.
 * Throws Failure `config`, which names the file and `remedy`, and never repeats what the file holds: it may be a key.
 */
export async function readStored<T>(
	file: string,
	schema: z.ZodMiniType<T>,
	remedy: string,
): Promise<T | undefined> {
	const text = await readText(file);
	if (text === undefined) return undefined;
	const content = schema.safeParse(parseJson(file, text, remedy));
	if (content.success) return content.data;
	const where = content.error.issues[0]?.path.join(".");
	throw new Failure(
		"config",
		where
			? `${file} is not as expected: the value of "${where}" is of the wrong type`
			: `${file} is not as expected: it must be one JSON object`,
		{ hint: remedy },
	);
}

async function readText(file: string): Promise<string | undefined> {
	try {
		// Editors of Windows begin a file with a byte order mark.
		return (await readFile(file, "utf8")).replace(/^\ufeff/, "");
	} catch (error) {
		// ENOTDIR too: services run with a home of /dev/null, and have no settings.
		const code = systemCode(error);
		if (code === "ENOENT" || code === "ENOTDIR") return undefined;
		throw unusable("read", file, error);
	}
}

function parseJson(file: string, text: string, remedy: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		// V8's message quotes the text around the mistake, so neither it nor the cause may go on.
		throw new Failure("config", `${file} is not valid JSON`, { hint: remedy });
	}
}

/**
 * Replaces what the file holds through conf, atomically, readable by its owner alone (600, in a folder of 700). For the settings and the
 * key; conf loses values where several processes write at once.
 * Throws Failure `config` where the folder or the file cannot be written.
 */
export async function writeStored(
	file: string,
	values: Readonly<Record<string, unknown>>,
): Promise<void> {
	try {
		await makePrivateFolder(dirname(file));
		await makePrivate(file);
		const Conf = await loadConf();
		const conf = new Conf({
			cwd: dirname(file),
			configName: basename(file, ".json"),
			projectSuffix: "",
			configFileMode: 0o600,
			// What is written replaces the file whole, so a broken one is no obstacle.
			clearInvalidConfig: true,
		});
		conf.store = { ...values };
	} catch (error) {
		throw unusable("write", file, error);
	}
}

/** Takes every right to a file from everyone but its owner, as far as the system lets us. */
export async function makePrivate(file: string): Promise<void> {
	try {
		// Windows has no such bits: the user's profile folder keeps others out there.
		const { mode } = await stat(file);
		if ((mode & 0o077) !== 0) await chmod(file, 0o600);
	} catch {
		// Missing, or another's: reading or writing it says so in its own words.
	}
}

/** Removes a file, and says whether there was one. Throws Failure `config`. */
export async function removeStored(file: string): Promise<boolean> {
	try {
		// What it holds is where a link points, not in the link.
		await rm(await realpath(file));
		await rm(file, { force: true });
		return true;
	} catch (error) {
		const code = systemCode(error);
		if (code === "ENOENT" || code === "ENOTDIR") return false;
		throw unusable("remove", file, error);
	}
}

/** A Failure `config` for a file that the system does not let us read, write or remove; what is no error of the system stays as it is. */
export function unusable(
	action: "read" | "write" | "remove",
	file: string,
	error: unknown,
): unknown {
	const code = systemCode(error);
	if (code === undefined) return error;
	const words = systemReason(error, { ENOENT: "the folder cannot be made" });
	const reason = words === code ? code : `${words} (${code})`;
	return new Failure("config", `cannot ${action} ${file}: ${reason}`, {
		hint: "Mend the rights of that path, or name another folder in FLUX_ULTRA_CONFIG_DIR.",
	});
}

/**
 * conf brings when-exit, whose listeners answer a signal by sending it to the process a second time: one Ctrl-C would count as two.
 * They are taken off again; they are told from the program's own, which stay on, by being `once` listeners.
 */
async function loadConf(): Promise<typeof import("conf").default> {
	const before = new Set(signalListeners().map(([, listener]) => listener));
	const { default: Conf } = await import("conf");
	for (const [signal, listener] of signalListeners())
		if ("listener" in listener && !before.has(listener))
			process.off(signal, listener);
	return Conf;
}

function signalListeners() {
	return process
		.eventNames()
		.filter((name) => String(name).startsWith("SIG"))
		.flatMap((name) =>
			process
				.rawListeners(name)
				.map((listener) => [name, listener as () => void] as const),
		);
}
