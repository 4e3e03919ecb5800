import { spawn, spawnSync } from "node:child_process";
import {
	chmodSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { parseFault } from "../../src/sandbox/faults/parse.ts";
import type { RequestEntry } from "../../src/sandbox/options.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { type StartOptions, start } from "../sandbox/start.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { tinyJpeg } from "../tiny-jpeg.ts";

/** A key that is easy to find wherever it should not be. */
const apiKey = "rf_live_0123456789abcdefSECRET";

/** False where there is no POSIX shell, or one of the programs that the page asks for is missing. */
export const hasTools =
	process.platform !== "win32" &&
	spawnSync("sh", ["-c", "command -v bash && command -v curl && command -v jq"])
		.status === 0;

/** Somebody with a shell, curl and jq beside a sandbox, without flux-ultra. */
export interface Stranger {
	readonly sandbox: Sandbox;
	/** Has a shell run some lines in the folder, to their end. */
	sh(lines: string, options?: ShOptions): Promise<Ended>;
	/** Leaves a file in the folder. */
	write(name: string, content: string | Buffer): void;
	read(name: string): Buffer;
	/** Names in the folder, hidden ones included. */
	files(): readonly string[];
	/** What the sandbox was asked so far: `POST /v1/…`, `storage GET …`. */
	requests(): readonly string[];
	/** Each `sleep` so far, as it was asked for: the time passes at once, for the shell and the sandbox. */
	sleeps(): readonly string[];
	/** Other faults from now on. */
	faults(...faults: readonly string[]): void;
}

interface ShOptions {
	readonly shell?: "sh" | "bash";
	/** Added to what the world has; undefined takes one away. */
	readonly env?: Readonly<Record<string, string | undefined>>;
	/** Started, and sent SIGINT like by Ctrl-C once stderr has this text. */
	readonly interruptAt?: string;
}

export interface Ended {
	readonly code: number | null;
	readonly stdout: string;
	readonly stderr: string;
}

export async function createStranger(
	options: StartOptions = {},
): Promise<Stranger> {
	const home = temporaryFolder();
	const cwd = join(home, "work");
	const programs = join(home, "programs");
	const clock = join(home, "clock");
	const sleeps = join(home, "sleeps");
	const args = join(home, "arguments");
	mkdirSync(cwd);
	mkdirSync(programs);
	writeFileSync(clock, String(Date.UTC(2026, 10, 3, 12) / 1_000));
	writeFileSync(sleeps, "");
	writeFileSync(args, "");
	for (const [name, code] of Object.entries(stubs)) {
		const file = join(programs, name);
		writeFileSync(file, `#!/bin/sh\n${code}\n`);
		chmodSync(file, 0o755);
	}

	const requests: RequestEntry[] = [];
	const sandbox = await start({
		latencyMs: 4_000,
		anyKey: true,
		paint: async ({ prompt }) => tinyJpeg({ shade: prompt.length % 250 }),
		now: () => Number(readFileSync(clock, "utf8")) * 1_000,
		onRequest: (entry) => requests.push(entry),
		...options,
	});

	return {
		sandbox,
		async sh(lines, { shell = "sh", env, interruptAt } = {}) {
			const child = spawn(shell, ["-c", lines], {
				cwd,
				stdio: ["ignore", "pipe", "pipe"],
				// A group of its own, for Ctrl-C goes to all that run in the foreground.
				detached: true,
				env: {
					PATH: `${programs}:${process.env.PATH}`,
					REAL_PATH: process.env.PATH,
					HOME: home,
					TMPDIR: home,
					CLOCK: clock,
					SLEEPS: sleeps,
					ARGUMENTS: args,
					FLUX_ULTRA_API_URL: sandbox.apiUrl,
					RUNFLOW_API_KEY: apiKey,
					...env,
				},
			});
			const group = -Number(child.pid);
			onTestFinished(() => {
				if (child.exitCode === null && child.signalCode === null)
					process.kill(group, "SIGKILL");
			});
			let [stdout, stderr] = ["", ""];
			child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
				stdout += chunk;
			});
			child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
				const before = stderr;
				stderr += chunk;
				if (interruptAt === undefined || before.includes(interruptAt)) return;
				if (stderr.includes(interruptAt)) process.kill(group, "SIGINT");
			});
			const code = await new Promise<number | null>((resolve, reject) => {
				child.on("error", reject);
				child.on("close", resolve);
			});
			refuseSecrets(readFileSync(args, "utf8"));
			refuseSecrets(stdout + stderr);
			expect(readdirSync(home).sort()).toEqual(known);
			return { code, stdout, stderr };
		},
		write: (name, content) => writeFileSync(join(cwd, name), content),
		read: (name) => readFileSync(join(cwd, name)),
		files: () => readdirSync(cwd).sort(),
		requests: () =>
			requests.map(
				({ port, method, path }) =>
					`${port === "api" ? "" : `${port} `}${method} ${path}`,
			),
		sleeps: () => readFileSync(sleeps, "utf8").split("\n").filter(Boolean),
		faults: (...texts) => sandbox.setFaults(texts.map(parseFault)),
	};
}

/** Programs in the place of the real ones: a clock that only `sleep` moves, and a curl that tells its arguments. */
const stubs = {
	// Ctrl-C reaches it as well, and would leave no time of day behind.
	sleep: `trap "" INT; echo "$1" >> "$SLEEPS"; now=$(cat "$CLOCK"); echo $((now + $1)) > "$CLOCK"`,
	date: `[ "$*" = +%s ] && cat "$CLOCK"`,
	curl: `printf '%s\\n' "$@" >> "$ARGUMENTS"; PATH=$REAL_PATH exec curl "$@"`,
};

/** All that may be beside the folder when a shell has ended: nothing temporary is left behind. */
const known = ["arguments", "clock", "programs", "sleeps", "work"];

/** Arguments are public on a shared machine, and what is printed ends in logs. */
function refuseSecrets(text: string): void {
	expect(text).not.toContain(apiKey);
	expect(text).not.toContain("X-Amz-Signature");
}

/** The JSON of a run as the sandbox has it. */
export async function runOf(
	{ sandbox }: Stranger,
	id: string,
): Promise<Record<string, unknown>> {
	const response = await fetch(`${sandbox.apiUrl}/v1/runs/${id}`, {
		headers: { authorization: `Bearer ${apiKey}` },
	});
	return (await response.json()) as Record<string, unknown>;
}
