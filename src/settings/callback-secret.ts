import { createHash } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod/mini";
import { Failure } from "../errors.ts";
import { writeFileAtomic } from "../system/atomic-file.ts";
import { escaped } from "../system/escape.ts";
import { makePrivateFolder } from "../system/folder.ts";
import { locateFolders, type UserEnvironment } from "./folders.ts";
import { makePrivate, readStored, removeStored, unusable } from "./store.ts";

/** What callbacks are signed with. */
export interface CallbackSecret {
	readonly secret: string;
	/** The variable, or the path of the file. */
	readonly origin: string;
}

/**
 * Whose callbacks a secret signs. Another key may be of another account, which signs with another secret: so a secret is kept for the
 * key that made it, and after `auth login` with another one it is not used, but still there for the old one.
 */
export interface SecretOwner {
	/** The API's URL, or `sandbox`. */
	readonly service: string;
	/** Of the key (`accountOf`); the built-in sandbox has one for all. */
	readonly account: string;
}

const variable = "FLUX_ULTRA_CALLBACK_SECRET";

/**
 * The secret of this service and key: FLUX_ULTRA_CALLBACK_SECRET, then the one that `auth callback-secret` kept; undefined where there is
 * none. Throws Failure `config` for a variable or file that is broken.
 */
export async function findCallbackSecret(
	user: UserEnvironment,
	owner: SecretOwner,
): Promise<CallbackSecret | undefined> {
	const given = checkSecret(user.env[variable]);
	if (given) return { secret: given, origin: variable };
	const kept = (await readSecrets(user)).find((one) => isOf(one, owner));
	return kept && { secret: kept.secret, origin: kept.origin };
}

/** As `findCallbackSecret`. Throws Failure `config` where there is none, which says whether another key has one. */
export async function demandCallbackSecret(
	user: UserEnvironment,
	owner: SecretOwner,
): Promise<CallbackSecret> {
	const found = await findCallbackSecret(user, owner);
	if (found) return found;
	const others = await readSecrets(user);
	const isOfAnotherKey = others.some(
		({ service }) => service === owner.service,
	);
	throw new Failure(
		"config",
		isOfAnotherKey
			? `the callback secret kept for ${escaped(owner.service)} was made with another API key`
			: `there is no callback secret for ${escaped(owner.service)}`,
		{
			hint: `make one: ${callbackSecretCommand(owner.service)}; or give it in ${variable}`,
		},
	);
}

/** Keeps a secret in a file that only its owner can read, in the place of an earlier one of the same service and key, and says where. Throws Failure `config`. */
export async function saveCallbackSecret(
	user: UserEnvironment,
	owner: SecretOwner,
	secret: string,
): Promise<string> {
	const folder = callbackSecretsPath(user);
	const file = join(folder, fileName(owner));
	const secrets = [{ ...owner, secret }];
	try {
		await makePrivateFolder(folder);
		await writeFileAtomic(file, JSON.stringify({ secrets }));
	} catch (error) {
		throw unusable("write", file, error);
	}
	return file;
}

/** Removes every secret that was kept, and says whether there was one. Throws Failure `config`. */
export async function removeCallbackSecrets(
	user: UserEnvironment,
): Promise<boolean> {
	const folder = callbackSecretsPath(user);
	const files = await filesOf(user);
	const were = await Promise.all(files.map((file) => removeStored(file)));
	await rm(folder, { recursive: true, force: true }).catch((error) => {
		throw unusable("remove", folder, error);
	});
	return were.includes(true);
}

/** The command that makes a secret of this service. */
export function callbackSecretCommand(service: string): string {
	return `flux-ultra auth callback-secret${service === "sandbox" ? " --sandbox" : ""}`;
}

/** The folder that they are kept in: a file for each owner, so that several processes that keep one at once lose none. */
export function callbackSecretsPath(user: UserEnvironment): string {
	return join(locateFolders(user).config, "callback-secrets");
}

/** A service is an address, which is no file name. */
function fileName({ service, account }: SecretOwner): string {
	if (service === "sandbox") return "sandbox.json";
	const owner = `${service} ${account}`;
	const digest = createHash("sha256").update(owner).digest("hex");
	return `${digest.slice(0, 16)}.json`;
}

/** Version 0.1.0 kept all in one file, which comes last. */
async function filesOf(user: UserEnvironment): Promise<readonly string[]> {
	const folder = callbackSecretsPath(user);
	const names = await readdir(folder).catch(() => []);
	const own = names.filter((name) => name.endsWith(".json"));
	return [...own.map((name) => join(folder, name)), `${folder}.json`];
}

const schema = z.object({
	secrets: z.array(
		z.object({ service: z.string(), account: z.string(), secret: z.string() }),
	),
});

type KeptSecret = z.output<typeof schema>["secrets"][number] & CallbackSecret;

async function readSecrets(
	user: UserEnvironment,
): Promise<readonly KeptSecret[]> {
	const remedy =
		"Remove it, and make the secret anew: flux-ultra auth callback-secret";
	const kept: KeptSecret[] = [];
	for (const origin of await filesOf(user)) {
		await makePrivate(origin);
		const stored = await readStored(origin, schema, remedy);
		for (const one of stored?.secrets ?? []) kept.push({ ...one, origin });
	}
	return kept;
}

function isOf(one: KeptSecret, { service, account }: SecretOwner): boolean {
	if (one.service !== service) return false;
	return service === "sandbox" || one.account === account;
}

/** No form is demanded; but what holds white space was not copied whole. */
function checkSecret(text: string | undefined): string | undefined {
	const secret = text?.trim();
	if (!secret) return undefined;
	if (/^[\x21-\x7e]+$/.test(secret)) return secret;
	throw new Failure(
		"config",
		`${variable} holds white space or characters that no secret has`,
		{ hint: "Copy it again: flux-ultra auth callback-secret --show" },
	);
}
