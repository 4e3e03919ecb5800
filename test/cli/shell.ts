import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	realpathSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { TestContext } from "vitest";
import { parseFault } from "../../src/sandbox/faults/parse.ts";
import type { SandboxOptions } from "../../src/sandbox/options.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import { paint } from "./paint.ts";

const bin = fileURLToPath(new URL("../../bin/flux-ultra.js", import.meta.url));

/** A model whose end is looked for from the first moment on, so that a test is over soon. */
export const soon = [
	"-m",
	"lightning",
	"--param",
	"width=256",
	"--param",
	"height=256",
];

/** A folder, and real processes of the built program in it, beside a sandbox of this process; time is real. */
export interface Shell {
	readonly sandbox: Sandbox;
	readonly cwd: string;
	readonly state: string;
	/** Starts the program. */
	start(argv: readonly string[], options?: StartOptions): Running;
	/** Starts it and waits for its end. */
	run(argv: readonly string[], options?: StartOptions): Promise<Ended>;
	/** Has a POSIX shell run a line in which `flux-ultra` is the program. */
	sh(line: string): Promise<Ended>;
	files(): readonly string[];
	/** Resolves once so many requests have come to the sandbox. */
	asked(requests: number): Promise<void>;
	/** Names of the jobs that are not finished; what a process was killed over while it made it is hidden, and swept up later. */
	jobs(): readonly string[];
}

export interface StartOptions {
	readonly env?: Readonly<Record<string, string | undefined>>;
	readonly cwd?: string;
}

export interface Running {
	readonly pid: number;
	kill(signal: NodeJS.Signals): void;
	/** Resolves once stderr holds the text; rejects where the process ends without. */
	says(text: string): Promise<void>;
	/** The same for stdout and what fits: the first group. */
	printed(pattern: RegExp): Promise<string>;
	readonly ended: Promise<Ended>;
}

export interface Ended {
	/** Null after a signal that ended the process. */
	readonly code: number | null;
	readonly stdout: Buffer;
	readonly stderr: string;
}

export interface ShellOptions extends Omit<SandboxOptions, "faults"> {
	readonly faults?: readonly string[];
}

export async function createShell(
	{ onTestFinished, onTestFailed }: TestContext,
	options: ShellOptions = {},
): Promise<Shell> {
	const home = mkdtempSync(join(realpathSync(tmpdir()), "flux-ultra-"));
	const cwd = join(home, "work");
	const state = join(home, "state");
	mkdirSync(cwd);
	const programs = join(home, "programs");
	mkdirSync(programs);
	writeFileSync(
		join(programs, "flux-ultra"),
		'#!/bin/sh\nexec "$NODE" "$BIN" "$@"\n',
		{ mode: 0o755 },
	);
	const sandbox = await startSandbox({
		latencyMs: 250,
		anyKey: true,
		paint,
		...options,
		faults: (options.faults ?? []).map(parseFault),
	});
	const children = new Set<ChildProcess>();
	onTestFinished(async () => {
		// What is killed may be at a file yet, and folders are taken away when nobody fills them.
		await Promise.all(
			[...children].map((child) => {
				child.kill("SIGKILL");
				return once(child, "exit");
			}),
		);
		await sandbox.stop();
		rmSync(home, { recursive: true, force: true });
	});
	const told: string[] = [];
	onTestFailed(() => {
		process.stderr.write(told.join("\n"));
	});

	function launch(
		file: string,
		args: readonly string[],
		{ env, cwd: folder = cwd }: StartOptions = {},
	): Running {
		const child = spawn(file, args, {
			cwd: folder,
			stdio: ["ignore", "pipe", "pipe"],
			env: {
				PATH: `${programs}:${process.env.PATH}`,
				HOME: home,
				TMPDIR: process.env.TMPDIR,
				NODE: process.execPath,
				BIN: bin,
				FLUX_ULTRA_API_URL: sandbox.apiUrl,
				FLUX_ULTRA_STATE_DIR: state,
				FLUX_ULTRA_CONFIG_DIR: join(home, "config"),
				RUNFLOW_API_KEY: "rf_test",
				...env,
			},
		});
		children.add(child);
		child.on("exit", () => children.delete(child));
		const stdout: Buffer[] = [];
		let stderr = "";
		const waiting = new Set<() => void>();
		const lookAgain = () => {
			for (const look of waiting) look();
		};
		child.stdout.on("data", (chunk: Buffer) => {
			stdout.push(chunk);
			lookAgain();
		});
		// A character may come in two chunks.
		child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
			stderr += chunk;
			lookAgain();
		});
		const found = <T>(find: () => T | undefined) =>
			new Promise<T>((resolve, reject) => {
				const look = () => {
					const value = find();
					if (value !== undefined) resolve(value);
				};
				waiting.add(look);
				look();
				void ended.then(({ code }) =>
					reject(new Error(`ended with ${code} before, and said: ${stderr}`)),
				);
			});
		const ended = new Promise<Ended>((resolve) =>
			child.on("close", (code) => {
				told.push(`$ ${args.slice(1).join(" ")}\n${stderr}=> ${code}\n`);
				resolve({ code, stdout: Buffer.concat(stdout), stderr });
			}),
		);
		return {
			pid: child.pid ?? 0,
			kill: (signal) => void child.kill(signal),
			says: async (text) => {
				await found(() => stderr.includes(text) || undefined);
			},
			printed: (pattern) =>
				found(() => pattern.exec(Buffer.concat(stdout).toString())?.[1]),
			ended,
		};
	}

	const shell: Shell = {
		sandbox,
		cwd,
		state,
		start: (argv, given) => launch(process.execPath, [bin, ...argv], given),
		async asked(requests) {
			while (sandbox.summary().requests < requests) await setImmediate();
		},
		run: (argv, given) => shell.start(argv, given).ended,
		sh: (line) => launch("/bin/sh", ["-c", line]).ended,
		files: () => readdirSync(cwd).sort(),
		jobs: () =>
			(existsSync(join(state, "jobs"))
				? readdirSync(join(state, "jobs"))
				: []
			).filter((name) => !name.startsWith(".")),
	};
	return shell;
}
