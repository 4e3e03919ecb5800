import { readFileSync, writeSync } from "node:fs";
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

/** Runs the command line of this process. The one place where the real world is taken in, and where the exit code is set. */
export async function start(): Promise<void> {
	let readerLeft: (() => void) | undefined;
	const stdout = once(() =>
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
	const answer = answerTo(process.argv.slice(2));
	if (answer !== undefined) return print(answer, stdout);
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

/** Opens a stream of the process at its first use: each takes a tenth of the time of a bare Node. */
function once<T>(open: () => T): () => T {
	let opened: T | undefined;
	return () => {
		opened ??= open();
		return opened;
	};
}

/** What the build keeps of `makeAnswers`, so that help and version need no grammar; undefined where anything else is asked for. */
function answerTo(argv: readonly string[]): string | undefined {
	const question = questionOf(argv);
	if (question === undefined) return undefined;
	const file = new URL("answers.json", import.meta.url);
	const answers = JSON.parse(readFileSync(file, "utf8"));
	return Object.hasOwn(answers, question) ? answers[question] : undefined;
}

function questionOf(argv: readonly string[]): string | undefined {
	const last = argv.at(-1) ?? "";
	if (["--version", "-V"].includes(last))
		return [...argv.slice(0, -1), "--version"].join(" ");
	if (["--help", "-h"].includes(last))
		return ["help", ...argv.slice(0, -1)].join(" ");
	return argv[0] === "help" ? argv.join(" ") : undefined;
}

/** By a plain write, as opening the stream takes a sixth of the time of a bare Node; a reader that left or lags is the stream's to deal with. */
function print(text: string, stdout: () => NodeJS.WritableStream): void {
	const bytes = Buffer.from(text);
	let written = 0;
	try {
		// A console of Windows takes UTF-8 from the stream only.
		while (process.platform !== "win32" && written < bytes.length)
			written += writeSync(1, bytes, written);
	} catch {}
	if (written < bytes.length) stdout().write(bytes.subarray(written));
}
