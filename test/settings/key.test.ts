import {
	chmodSync,
	existsSync,
	mkdirSync,
	readFileSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import {
	credentialsPath,
	findApiKey,
	maskKey,
	removeApiKey,
	saveApiKey,
} from "../../src/settings/key.ts";
import { fakeRuntime } from "../fake-runtime.ts";

function put(file: string, content: string): void {
	mkdirSync(dirname(file), { recursive: true });
	writeFileSync(file, content, { mode: 0o644 });
}

function officialPath(home: string): string {
	return join(home, ".config", "runflow", "credentials.json");
}

/** A world in which all four places hold a key. */
function worldOfKeys() {
	const runtime = fakeRuntime();
	const saved = credentialsPath(runtime);
	const official = officialPath(runtime.home);
	put(saved, '{"api_key":"key_saved"}');
	put(official, '{"api_key":"key_official"}');
	return { runtime, saved, official };
}

// Windows has no such modes, and links there need rights that tests lack.
const itOnPosix = it.skipIf(process.platform === "win32");

const printKey = "echo key_command";

it("the key is the variable, then that of auth login, the command, the file of the official tools", async () => {
	const { runtime, saved, official } = worldOfKeys();
	const find = (variable: string, command?: string) =>
		findApiKey({ ...runtime, env: { RUNFLOW_API_KEY: variable } }, command);
	expect(await find(" key_env\n", printKey)).toEqual({
		key: "key_env",
		source: "environment",
		origin: "RUNFLOW_API_KEY",
	});
	// An empty variable counts as none.
	expect(await find("  ", printKey)).toEqual({
		key: "key_saved",
		source: "credentials",
		origin: saved,
	});
	writeFileSync(saved, '{"api_key":""}');
	expect(await find("", printKey)).toEqual({
		key: "key_command",
		source: "command",
		origin: "api-key-command",
	});
	expect(await find("")).toEqual({
		key: "key_official",
		source: "official",
		origin: official,
	});
	expect(await findApiKey(fakeRuntime())).toBeUndefined();
});

itOnPosix(
	"reading a saved key closes a file that others could read, and leaves another tool's alone",
	async () => {
		const { runtime, saved, official } = worldOfKeys();
		for (const file of [saved, official]) chmodSync(file, 0o644);
		await findApiKey(runtime);
		writeFileSync(saved, "{}");
		await findApiKey(runtime);
		const modes = [saved, official].map((path) => statSync(path).mode & 0o777);
		expect(modes).toEqual([0o600, 0o644]);
	},
);

it.each([
	"rf live_secret",
	"rf_secret\u00e9",
	"rf_secret\nX-Evil: 1",
	"r\x00f",
])("a key that cannot stand in a header is refused unseen: %j", async (key) => {
	const runtime = fakeRuntime({ env: { RUNFLOW_API_KEY: key } });
	const error = await findApiKey(runtime).catch((e) => e);
	expect(error).toMatchObject({
		code: "auth",
		message:
			"the API key from RUNFLOW_API_KEY holds white space or characters that cannot be sent",
	});
	expect(JSON.stringify(error) + error.stack).not.toContain("secret");
});

it("a broken credentials file is an error, not a missing key", async () => {
	const runtime = fakeRuntime();
	put(credentialsPath(runtime), '{"api_key": "key_secret');
	await expect(findApiKey(runtime)).rejects.toMatchObject({
		code: "config",
		message: `${credentialsPath(runtime)} is not valid JSON`,
		hint: "Write the key anew: flux-ultra auth login",
	});
});

describe.skipIf(process.platform === "win32")("the command", () => {
	it("may be a pipeline, and its first line counts", async () => {
		const command = "printf ' rf_one \\nrf_two\\n' | cat";
		expect((await findApiKey(fakeRuntime(), command))?.key).toBe("rf_one");
	});

	it("sees the environment of the command line, and its errors go to stderr", async () => {
		const runtime = fakeRuntime({ env: { VAULT: "rf_vault" } });
		const command = "echo unlocking >&2; echo $VAULT";
		expect((await findApiKey(runtime, command))?.key).toBe("rf_vault");
		expect(runtime.stderrText()).toBe("unlocking\n");
		expect(runtime.stdoutText()).toBe("");
	});

	it("does not eat a prompt that is piped in", async () => {
		const runtime = fakeRuntime({ stdin: "a red fox" });
		const command = "cat; echo rf_key";
		expect((await findApiKey(runtime, command))?.key).toBe("rf_key");
		expect(String(runtime.stdin.read())).toBe("a red fox");
	});

	it.each([
		["echo secret; exit 3", "auth", "ended with exit code 3"],
		["exit 0", "auth", "printed nothing"],
		["kill -TERM $$", "auth", "was ended by SIGTERM"],
		["kill -INT $$", "interrupted", "interrupted"],
		["no-such-program-at-all 2>&1", "auth", "ended with exit code 127"],
		["yes secret", "auth", "printed more than a key"],
	])("%j fails: %s, %s", async (command, code, reason) => {
		const error = await findApiKey(fakeRuntime(), command).catch((e) => e);
		expect(error).toMatchObject({ code });
		expect(error.message).toContain(reason);
		expect(error.message + error.hint).not.toContain("secret");
	});

	it("that hangs is ended, even where something it started goes on", async () => {
		// What it started ends with the folder of the test.
		const command = 'while [ -d "$PWD" ]; do sleep 1; done & wait';
		const hanging = findApiKey(fakeRuntime(), command, 100);
		await expect(hanging).rejects.toMatchObject({
			code: "auth",
			message: "the command in api-key-command did not end within 0.1 s",
		});
	});

	it("is an error where its folder is gone", async () => {
		const runtime = fakeRuntime({ cwd: "/no/such/folder" });
		await expect(findApiKey(runtime, printKey)).rejects.toMatchObject({
			code: "auth",
			message: "the command in api-key-command could not be started (ENOENT)",
		});
	});
});

describe("saving and removing", () => {
	it.each(["key_old", '{"api_key": "key_old', '"key_old"', '["key_old"]'])(
		"replaces a file that holds %s",
		async (content) => {
			const runtime = fakeRuntime();
			put(credentialsPath(runtime), content);
			const path = await saveApiKey(runtime, "key_new");
			expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({
				api_key: "key_new",
			});
		},
	);

	it("removes the key, broken or not, and says whether one was there", async () => {
		const runtime = fakeRuntime();
		expect(await removeApiKey(runtime)).toBe(false);
		put(credentialsPath(runtime), "broken");
		expect(await removeApiKey(runtime)).toBe(true);
		expect(existsSync(credentialsPath(runtime))).toBe(false);
	});

	itOnPosix(
		"removes the key where a link points to, not the link alone",
		async () => {
			const runtime = fakeRuntime();
			const target = join(runtime.home, "elsewhere.json");
			put(target, '{"api_key":"k"}');
			mkdirSync(dirname(credentialsPath(runtime)), { recursive: true });
			symlinkSync(target, credentialsPath(runtime));
			expect(await removeApiKey(runtime)).toBe(true);
			expect(existsSync(target)).toBe(false);
		},
	);
});

it.each([
	["rf_live_0123456789abcdefx9Qz", "rf_live_…x9Qz"],
	["rfk_0123456789abcdefx9Qz", "rfk_…x9Qz"],
	["0123456789abcdefghijx9Qz", "…x9Qz"],
	["rf_live_x9Qz", "rf_live_…"],
	["rf_live_abc", "…"],
	["", "…"],
])("%j is shown as %s", (key, masked) => {
	expect(maskKey(key)).toBe(masked);
});
