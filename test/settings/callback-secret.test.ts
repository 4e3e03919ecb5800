import {
	chmodSync,
	existsSync,
	mkdirSync,
	readFileSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import {
	callbackSecretsPath,
	demandCallbackSecret,
	findCallbackSecret,
	removeCallbackSecrets,
	saveCallbackSecret,
} from "../../src/settings/callback-secret.ts";
import { accountOf } from "../../src/settings/key.ts";
import { fakeRuntime } from "../fake-runtime.ts";

const service = "https://api.runflow.io";
const mine = { service, account: accountOf("rf_live_mine") };
const another = { service, account: accountOf("rf_live_another") };
const elsewhere = { ...mine, service: "https://api.example.com" };
const sandbox = { service: "sandbox", account: "whatever" };

// Windows has no such modes.
const itOnPosix = it.skipIf(process.platform === "win32");

function put(file: string, content: string): void {
	mkdirSync(dirname(file), { recursive: true });
	writeFileSync(file, content, { mode: 0o644 });
}

it("each service and each key has its own secret, and the newest counts", async () => {
	const world = fakeRuntime();
	expect(await findCallbackSecret(world, mine)).toBeUndefined();
	const path = await saveCallbackSecret(world, mine, "whsec_old");
	await saveCallbackSecret(world, another, "whsec_another");
	await saveCallbackSecret(world, elsewhere, "whsec_elsewhere");
	await saveCallbackSecret(world, sandbox, "whsec_sandbox");
	await saveCallbackSecret(world, mine, "whsec_new");
	expect(dirname(path)).toBe(callbackSecretsPath(world));
	for (const [owner, secret] of [
		[mine, "whsec_new"],
		[another, "whsec_another"],
		[elsewhere, "whsec_elsewhere"],
		[{ ...sandbox, account: "another" }, "whsec_sandbox"],
	] as const)
		expect((await findCallbackSecret(world, owner))?.secret).toBe(secret);
	expect(readFileSync(path, "utf8")).not.toContain("whsec_old");
});

it("several are kept at once, and beside those of version 0.1.0", async () => {
	const world = fakeRuntime();
	const old = { ...mine, secret: "whsec_old" };
	const file = `${callbackSecretsPath(world)}.json`;
	put(file, JSON.stringify({ secrets: [old, { ...another, secret: "x" }] }));
	const owners = Array.from({ length: 8 }, (_, at) => ({
		...{ service, account: accountOf(`rf_live_${at}`) },
	}));
	const keep = (owner: typeof mine) =>
		saveCallbackSecret(world, owner, owner.account);
	await Promise.all([mine, ...owners].map(keep));
	for (const owner of [mine, ...owners])
		expect((await findCallbackSecret(world, owner))?.secret).toBe(
			owner.account,
		);
	expect(await findCallbackSecret(world, another)).toEqual({
		secret: "x",
		origin: file,
	});
});

it("a key cannot be found out from the name of its account", () => {
	expect(mine.account).toMatch(/^[\da-f]{32}$/);
	expect(mine.account).not.toBe(another.account);
	expect(accountOf("rf_live_mine")).toBe(mine.account);
});

it("the variable comes first, trimmed, and an empty one counts as none", async () => {
	const world = fakeRuntime();
	const path = await saveCallbackSecret(world, mine, "whsec_kept");
	const given = (text: string) => ({
		...world,
		env: { FLUX_ULTRA_CALLBACK_SECRET: text },
	});
	expect(await findCallbackSecret(given(" whsec_given\n"), mine)).toEqual({
		secret: "whsec_given",
		origin: "FLUX_ULTRA_CALLBACK_SECRET",
	});
	expect(await findCallbackSecret(given(" "), mine)).toEqual({
		secret: "whsec_kept",
		origin: path,
	});
	const error = await findCallbackSecret(given("whsec a"), mine).catch(
		(reason: unknown) => reason,
	);
	expect(error).toMatchObject({
		code: "config",
		message:
			"FLUX_ULTRA_CALLBACK_SECRET holds white space or characters that no secret has",
	});
});

it("who demands one that is not there is told how to make it", async () => {
	const world = fakeRuntime();
	await expect(demandCallbackSecret(world, mine)).rejects.toMatchObject({
		code: "config",
		message: `there is no callback secret for ${service}`,
		hint: "make one: flux-ultra auth callback-secret; or give it in FLUX_ULTRA_CALLBACK_SECRET",
	});
	await expect(demandCallbackSecret(world, sandbox)).rejects.toMatchObject({
		hint: expect.stringContaining("flux-ultra auth callback-secret --sandbox;"),
	});
	await saveCallbackSecret(world, another, "whsec_another");
	await expect(demandCallbackSecret(world, mine)).rejects.toMatchObject({
		message: `the callback secret kept for ${service} was made with another API key`,
	});
	await saveCallbackSecret(world, mine, "whsec_mine");
	expect(await demandCallbackSecret(world, mine)).toMatchObject({
		secret: "whsec_mine",
	});
});

itOnPosix(
	"the file is its owner's alone, and one that others could read is closed",
	async () => {
		const world = fakeRuntime();
		const path = await saveCallbackSecret(world, mine, "whsec_a");
		const mode = () => statSync(path).mode & 0o777;
		expect(mode()).toBe(0o600);
		chmodSync(path, 0o644);
		await findCallbackSecret(world, mine);
		expect(mode()).toBe(0o600);
	},
);

it.each(["whsec_secret", '{"secrets":{}}', '{"secrets":[{"secret":7}]}'])(
	"a broken file is an error that repeats nothing of it: %s",
	async (content) => {
		const world = fakeRuntime();
		put(join(callbackSecretsPath(world), "one.json"), content);
		const error = await findCallbackSecret(world, mine).catch((e) => e);
		expect(error).toMatchObject({
			code: "config",
			hint: "Remove it, and make the secret anew: flux-ultra auth callback-secret",
		});
		expect(error.message).not.toContain("whsec");
	},
);

it("all are removed, broken or not, and it is said whether one was there", async () => {
	const world = fakeRuntime();
	expect(await removeCallbackSecrets(world)).toBe(false);
	put(join(callbackSecretsPath(world), "one.json"), "broken");
	expect(await removeCallbackSecrets(world)).toBe(true);
	expect(existsSync(callbackSecretsPath(world))).toBe(false);
	expect(await removeCallbackSecrets(world)).toBe(false);
});
