import {
	chmodSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { z } from "zod/mini";
import { readStored, writeStored } from "../../src/settings/store.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const schema = z.record(z.string(), z.string());

// Windows has no such modes, and links there need rights that tests lack.
const itOnPosix = it.skipIf(process.platform === "win32");

function mode(path: string): number {
	return statSync(path).mode & 0o777;
}

itOnPosix(
	"what is written is read back, and is for its owner alone whatever the umask",
	async () => {
		const folder = join(temporaryFolder(), "new");
		const file = join(folder, "config.json");
		const umask = process.umask(0);
		try {
			await writeStored(file, { model: "a.b", "odd.name": "c" });
		} finally {
			process.umask(umask);
		}
		expect(await readStored(file, schema, "")).toEqual({
			model: "a.b",
			"odd.name": "c",
		});
		expect({ file: mode(file), folder: mode(folder) }).toEqual({
			file: 0o600,
			folder: 0o700,
		});
		expect(readdirSync(folder)).toEqual(["config.json"]);
	},
);

itOnPosix(
	"a file that others could read is closed to them by the write",
	async () => {
		const file = join(temporaryFolder(), "credentials.json");
		writeFileSync(file, "{}");
		chmodSync(file, 0o644);
		await writeStored(file, { api_key: "k" });
		expect(mode(file)).toBe(0o600);
	},
);

itOnPosix("a folder that exists keeps its rights", async () => {
	const folder = temporaryFolder();
	chmodSync(folder, 0o755);
	await writeStored(join(folder, "config.json"), {});
	expect(mode(folder)).toBe(0o755);
});

itOnPosix("a link stays, and its target is written", async () => {
	const folder = temporaryFolder();
	const target = join(folder, "dotfiles.json");
	const link = join(folder, "config.json");
	writeFileSync(target, "{}");
	symlinkSync(target, link);
	await writeStored(link, { model: "m" });
	expect(JSON.parse(readFileSync(target, "utf8"))).toEqual({ model: "m" });
});

it("a file that is missing, or cannot be because of its folder, has no content", async () => {
	const folder = temporaryFolder();
	writeFileSync(join(folder, "file"), "");
	expect(await readStored(join(folder, "no"), schema, "")).toBeUndefined();
	expect(await readStored(join(folder, "file/no"), schema, "")).toBeUndefined();
});

it.each([
	['{"api_key": rf_live_secret}', "is not valid JSON"],
	["rf_live_secret", "is not valid JSON"],
	["", "is not valid JSON"],
	['["rf_live_secret"]', "is not as expected: it must be one JSON object"],
	[
		'{"a":{"b":"rf_live_secret"}}',
		'is not as expected: the value of "a" is of the wrong type',
	],
])(
	"the error about %j has path and remedy, and nothing of the content",
	async (content, fault) => {
		const file = join(temporaryFolder(), "credentials.json");
		writeFileSync(file, content);
		const error = await readStored(file, schema, "Do this.").catch((e) => e);
		expect({
			...error,
			message: error.message,
			cause: error.cause,
		}).toMatchObject({
			code: "config",
			message: `${file} ${fault}`,
			hint: "Do this.",
		});
		expect(error.cause).toBeUndefined();
		expect(String(error.stack)).not.toContain("secret");
	},
);

itOnPosix(
	"a file that the system does not give is an error with the reason",
	async () => {
		const file = join(temporaryFolder(), "config.json");
		mkdirSync(file);
		await expect(readStored(file, schema, "")).rejects.toMatchObject({
			code: "config",
			message: `cannot read ${file}: it is a folder (EISDIR)`,
		});
	},
);

itOnPosix(
	"a folder that cannot be made is an error with the reason",
	async () => {
		const blocker = join(temporaryFolder(), "file");
		writeFileSync(blocker, "");
		const file = join(blocker, "sub", "config.json");
		await expect(writeStored(file, {})).rejects.toMatchObject({
			code: "config",
			message: `cannot write ${file}: a part of the path is a file (ENOTDIR)`,
			hint: expect.stringContaining("FLUX_ULTRA_CONFIG_DIR"),
		});
	},
);

// Root may write anywhere.
it.skipIf(process.getuid?.() === 0)(
	"a read-only folder is an error with the reason",
	async () => {
		const folder = temporaryFolder();
		chmodSync(folder, 0o500);
		const file = join(folder, "config.json");
		await expect(writeStored(file, {})).rejects.toMatchObject({
			code: "config",
			message: `cannot write ${file}: permission denied (EACCES)`,
		});
	},
);
