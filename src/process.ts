import { fstatSync, readSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { exitCodes, Failure } from "./errors.ts";
import { main } from "./main.ts";
import { type Runtime, systemClock } from "./runtime.ts";

/** @throws {Failure} `usage` where it was deleted under us */
function workingFolder(): string {
	try {
		return process.cwd();
	} catch (cause) {
		throw new Failure("usage", "the working folder is not there any more", {
			hint: "cd to one that is",
			cause,
		});
	}
}

/** @throws {Failure} `config` where nobody knows it: a user id without an entry in the system's list, as containers have */
function homeFolder(): string {
	try {
		return homedir();
	} catch (cause) {
		throw new Failure("config", "this user has no home folder", {
			hint: "set HOME, or FLUX_ULTRA_CONFIG_DIR and FLUX_ULTRA_STATE_DIR",
			cause,
		});
	}
}

let readerLeft: (() => void) | undefined;

export const stdout = once(() =>
	process.stdout.on("error", (error: NodeJS.ErrnoException) => {
		// The reader has what it wanted (`| head -1`): end in order and quietly.
		if (error.code === "EPIPE") return readerLeft?.();
		// `> file` on a full disk: what is under way is saved, and the exit code tells.
		if (process.exitCode) return;
		process.exitCode = exitCodes.disk;
		stderr().write(`error: stdout cannot be written: ${error.message}\n`);
	}),
);
// Where nobody can be told anything, there is still an image to bring.
const stderr = once(() => process.stderr.on("error", () => {}));

/** Runs the command line of this process. The one place where the real world is taken in, and where the exit code is set. */
export async function runProcess(): Promise<void> {
	const runtime: Runtime = {
		argv: process.argv.slice(2),
		env: process.env,
		get cwd() {
			return workingFolder();
		},
		get home() {
			return homeFolder();
		},
		platform: process.platform,
		get stdin() {
			return process.stdin;
		},
		get stdout() {
			return stdout();
		},
		isStdoutClosed,
		get stderr() {
			return stderr();
		},
		clock: systemClock,
		random: Math.random,
		onSignal(listener) {
			const onInterrupt = () => listener("SIGINT");
			const onTerminate = () => listener("SIGTERM");
			readerLeft = () => listener("SIGPIPE");
			process.on("SIGINT", onInterrupt).on("SIGTERM", onTerminate);
			return () => {
				process.off("SIGINT", onInterrupt).off("SIGTERM", onTerminate);
				readerLeft = undefined;
			};
		},
		onSuspend(before, after) {
			const suspend = () => {
				before();
				// Whoever listens for SIGTSTP has taken its effect away.
				process.kill(process.pid, "SIGSTOP");
			};
			process.on("SIGTSTP", suspend).on("SIGCONT", after);
			return () => {
				process.off("SIGTSTP", suspend).off("SIGCONT", after);
			};
		},
		exit: (code) => process.exit(code),
	};
	process.exitCode = (await main(runtime)) || (process.exitCode ?? 0);
}

/**
 * Node opens the null device in the place of a closed stdout, for reading as well; whoever means it (`> /dev/null`) opens it for writing
 * alone, which cannot be read.
 */
function isStdoutClosed(): boolean {
	try {
		if (fstatSync(1).rdev !== statSync("/dev/null").rdev) return false;
		return readSync(1, Buffer.alloc(1)) === 0;
	} catch {
		return false;
	}
}

/** Opens a stream of the process at its first use: each takes a tenth of the time of a bare Node. */
function once<T>(open: () => T): () => T {
	let opened: T | undefined;
	return () => {
		opened ??= open();
		return opened;
	};
}
