import { PassThrough, Writable } from "node:stream";
import type { Runtime } from "../src/runtime.ts";
import { FakeClock } from "./fake-clock.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export interface FakeRuntime extends Runtime {
	readonly clock: FakeClock;
	/** Where a test types on the terminal: `stdin.write("y\r")`. */
	readonly stdin: PassThrough & { readonly isTTY: boolean };
	stdoutText(): string;
	stdoutBytes(): Buffer;
	stderrText(): string;
	/** Sends a signal to whoever listens. */
	signal(name: "SIGINT" | "SIGTERM"): void;
	/** How many listen for signals: 0 where everything was tidied up. */
	signalListeners(): number;
}

export interface FakeWorld {
	readonly argv?: readonly string[];
	readonly env?: Runtime["env"];
	/** What is piped in, and then ends; a terminal stays open. */
	readonly stdin?: string | Uint8Array;
	readonly tty?: {
		readonly stdin?: boolean;
		readonly stdout?: boolean;
		readonly stderr?: boolean;
	};
	readonly cwd?: string;
	readonly home?: string;
	readonly platform?: NodeJS.Platform;
}

/** What `exit` throws, so that nothing after it runs. */
class Exited extends Error {
	readonly exitCode: number;

	constructor(exitCode: number) {
		super(`exited with ${exitCode}`);
		this.exitCode = exitCode;
	}
}

/** A world in memory. Its home and working folder are real, empty, and gone after the test. */
export function fakeRuntime(world: FakeWorld = {}): FakeRuntime {
	const { argv = [], env = {}, tty = {} } = world;
	const home = world.home ?? temporaryFolder();
	const stdout = capture(tty.stdout);
	const stderr = capture(tty.stderr);
	const listeners = new Set<(signal: "SIGINT" | "SIGTERM") => void>();
	return {
		argv,
		env,
		cwd: world.cwd ?? home,
		home,
		platform: world.platform ?? process.platform,
		isStdoutClosed: () => false,
		stdin: input(world.stdin, tty.stdin),
		stdout: stdout.stream,
		stderr: stderr.stream,
		clock: new FakeClock(),
		random: numbers(),
		onSignal: (listener) => {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		onSuspend: () => () => {},
		exit: (code) => {
			throw new Exited(code);
		},
		stdoutText: () => stdout.bytes().toString("utf8"),
		stdoutBytes: stdout.bytes,
		stderrText: () => stderr.bytes().toString("utf8"),
		signal: (name) => {
			for (const listener of [...listeners]) listener(name);
		},
		signalListeners: () => listeners.size,
	};
}

function input(content: string | Uint8Array | undefined, isTTY = false) {
	const stream = new PassThrough();
	if (content !== undefined) stream.write(content);
	if (!isTTY) stream.end();
	return Object.assign(stream, { isTTY });
}

function capture(isTTY = false) {
	const chunks: Buffer[] = [];
	const stream = new Writable({
		write(chunk: Buffer, _encoding, done) {
			chunks.push(chunk);
			done();
		},
	});
	return {
		stream: Object.assign(stream, { isTTY, ...(isTTY && { columns: 80 }) }),
		bytes: () => Buffer.concat(chunks),
	};
}

/** The same numbers in [0, 1) for every test, none of them twice in a row (a linear congruential generator). */
function numbers(): () => number {
	let state = 42;
	return () => {
		state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
		return state / 2 ** 32;
	};
}
