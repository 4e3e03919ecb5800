import {
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, onTestFailed, onTestFinished } from "vitest";
import { main } from "../../src/main.ts";
import { lastLine } from "../../src/purchase/store/lease.ts";
import type { Runtime } from "../../src/runtime.ts";
import { parseFault, parseReadings } from "../../src/sandbox/faults/parse.ts";
import type { SandboxOptions } from "../../src/sandbox/options.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import { FakeClock } from "../fake-clock.ts";
import {
	type FakeRuntime,
	type FakeWorld,
	fakeRuntime,
} from "../fake-runtime.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { paint } from "./paint.ts";
import {
	type Sent,
	timeOutSilent,
	type UnderWay,
	watchedAgent,
} from "./watch.ts";

/** A key that is easy to find wherever it should not be. */
export const apiKey = "rf_live_0123456789abcdefSECRET";

/** A machine with its disk and its clock, and a service that it talks to: what outlives one command. */
export interface World {
	readonly sandbox: Sandbox;
	readonly clock: FakeClock;
	/** Every file of the machine is below it. */
	readonly home: string;
	/** The working folder of the commands. */
	readonly cwd: string;
	/** Holds the jobs and the ledger. */
	readonly state: string;
	readonly config: string;
	/** Runs one command line to its end. */
	run(argv: readonly string[], options?: RunOptions): Promise<Outcome>;
	/** Other faults from now on. */
	faults(...faults: readonly string[]): void;
	/** A file of the working folder, in the folders that it names. */
	write(name: string, content: string | Uint8Array): void;
	text(name: string): string;
	bytes(name: string): Buffer;
	/** Takes a file or folder out of the working folder. */
	remove(name: string): void;
	/** Runs that were billed, or will be. */
	bought(): number;
	/** Names of all files in the working folder, hidden ones and those in folders included. */
	files(): readonly string[];
	/** Jobs that are not finished, as they stand on disk. */
	jobs(): readonly Json[];
	/** Lines of the ledger. */
	ledger(): readonly Json[];
}

export interface RunOptions extends Pick<FakeWorld, "stdin" | "tty"> {
	/** Added to what the world has; undefined takes one away. */
	readonly env?: Readonly<Record<string, string | undefined>>;
	readonly cwd?: string;
	/** Other parts of the world than usual. */
	readonly runtime?: Partial<Runtime>;
	/** Types on the terminal, or sends a signal, while the command runs. */
	readonly during?: (runtime: FakeRuntime) => void;
}

export interface Outcome {
	readonly code: number;
	readonly stdout: string;
	readonly stderr: string;
	/** stdout to the byte. */
	readonly bytes: Buffer;
	/** The JSON objects of stdout, in the order of their index. */
	readonly records: readonly Json[];
	/** The requests that this command sent. */
	readonly sent: readonly Sent[];
	/** The bodies of its orders, in the order in which they were sent. */
	readonly orders: readonly Json[];
}

/** An outcome of this code that says so on stderr. */
export function ended(code: number, words: string) {
	return { code, stderr: expect.stringContaining(words) };
}

/** The same before anything was sent. */
export function refused(words: string, code = 2) {
	return { ...ended(code, words), sent: [] };
}

/** Whatever JSON may hold, for tests to look into. */
// biome-ignore lint/suspicious/noExplicitAny: tests compare whole objects, and read a name of one here and there
export type Json = any;

export interface WorldOptions extends Omit<SandboxOptions, "faults"> {
	readonly faults?: readonly string[];
	/** Names of readings, which hold whatever the faults are. */
	readonly as?: readonly string[];
	readonly env?: Readonly<Record<string, string | undefined>>;
	/** A request that the sandbox falls silent at times out at once; by default when the program is tired of it. */
	readonly timesOutAtOnce?: boolean;
}

/** A fresh machine beside a sandbox on loopback. Time passes for both only while a command sleeps. */
export async function createWorld(options: WorldOptions = {}): Promise<World> {
	const { faults = [], as = [], env, timesOutAtOnce, ...rest } = options;
	const asFaults = (texts: readonly string[]) => [
		...texts.map(parseFault),
		...parseReadings(as),
	];
	const clock = new WholeClock();
	const home = temporaryFolder();
	const cwd = join(home, "work");
	mkdirSync(cwd);
	const underWay: UnderWay = new Set();
	const sandbox = await startSandbox({
		latencyMs: 4_000,
		size: { width: 96, height: 54 },
		seed: 1,
		anyKey: true,
		paint,
		now: () => clock.now(),
		...(timesOutAtOnce && { onRequest: timeOutSilent(underWay) }),
		...rest,
		faults: asFaults(faults),
	});
	onTestFinished(() => sandbox.stop());
	const told: string[] = [];
	onTestFailed(() => {
		process.stderr.write(told.join("\n"));
	});

	const state = join(home, "state");
	const config = join(home, "config");
	const signatures = new Set<string>();
	const world: World = {
		sandbox,
		clock,
		home,
		cwd,
		state,
		config,
		async run(argv, { during, ...given } = {}) {
			// No two commands of a person start in the same millisecond.
			clock.advance(1_000);
			const sent: Sent[] = [];
			const fake = fakeRuntime({
				argv,
				home,
				cwd: given.cwd ?? cwd,
				...(given.stdin !== undefined && { stdin: given.stdin }),
				...(given.tty && { tty: given.tty }),
				env: {
					FLUX_ULTRA_API_URL: sandbox.apiUrl,
					FLUX_ULTRA_STATE_DIR: state,
					FLUX_ULTRA_CONFIG_DIR: config,
					RUNFLOW_API_KEY: apiKey,
					...env,
					...given.env,
				},
			});
			const runtime: Runtime = {
				...fake,
				clock,
				dispatcher: watchedAgent(sent, signatures, underWay),
				...given.runtime,
			};
			likeTerminals(fake);
			const ended = main(runtime);
			during?.(fake);
			const code = await ended;
			const stdout = fake.stdoutText();
			const stderr = fake.stderrText();
			told.push(
				`$ flux-ultra ${argv.join(" ")}\n${stderr}${stdout.slice(0, 4_000)}=> ${code}\n`,
			);
			expect(fake.signalListeners()).toBe(0);
			refuseSecrets(signatures, { stdout, stderr, ...contents(home, config) });
			const bytes = fake.stdoutBytes();
			const records = parse(stdout);
			return {
				code,
				stdout,
				stderr,
				bytes,
				records,
				sent,
				orders: orders(sent),
			};
		},
		faults: (...texts) => sandbox.setFaults(asFaults(texts)),
		write(name, content) {
			mkdirSync(dirname(join(cwd, name)), { recursive: true });
			writeFileSync(join(cwd, name), content);
		},
		text: (name) => readFileSync(join(cwd, name), "utf8"),
		bytes: (name) => readFileSync(join(cwd, name)),
		remove: (name) => rmSync(join(cwd, name), { recursive: true }),
		bought: () => sandbox.summary().bought,
		files: () => walk(cwd).map((file) => relative(cwd, file)),
		jobs: () =>
			walk(join(state, "jobs")).map((file) =>
				JSON.parse(lastLine(readFileSync(file, "utf8"))),
			),
		ledger: () =>
			walk(join(state, "ledger")).flatMap((file) =>
				parse(readFileSync(file, "utf8")),
			),
	};
	return world;
}

function orders(sent: readonly Sent[]): readonly Json[] {
	return sent.flatMap(({ method, url, body = "" }) =>
		method === "POST" && url.pathname.endsWith("/runs") ? JSON.parse(body) : [],
	);
}

/** Like a real timer, it counts whole milliseconds and never fires early. */
class WholeClock extends FakeClock {
	override sleep(ms: number, signal?: AbortSignal): Promise<void> {
		return super.sleep(Math.max(1, Math.ceil(ms)), signal);
	}
}

/** What a spinner asks of a terminal beyond the writing. */
function likeTerminals({ stderr }: Pick<FakeRuntime, "stderr">): void {
	const done = () => true;
	if (stderr.isTTY)
		Object.assign(stderr, {
			cursorTo: done,
			clearLine: done,
			moveCursor: done,
		});
}

/** No key and no signature of a link may be in any output or file but the key store. */
function refuseSecrets(
	signatures: ReadonlySet<string>,
	places: Readonly<Record<string, string>>,
): void {
	for (const [place, text] of Object.entries(places)) {
		const found = [apiKey, "X-Amz-Signature="].filter((one) =>
			text.includes(one),
		);
		// A signature may stand behind other letters like its own.
		for (const [, word = ""] of text.matchAll(/(?=([0-9a-f]{64}))/g))
			if (signatures.has(word)) found.push(word);
		if (found.length > 0)
			throw new Error(`${place} holds a secret: ${found.join()}`);
	}
}

function contents(
	folder: string,
	without: string,
): Readonly<Record<string, string>> {
	const files = walk(folder).filter((file) => !file.startsWith(without));
	return Object.fromEntries(
		files.map((file) => [file, `${file}\n${textOf(file)}`]),
	);
}

/** Empty where a command that runs beside has taken the file away. */
function textOf(file: string): string {
	try {
		return readFileSync(file, "latin1");
	} catch (error) {
		expect(error).toMatchObject({ code: "ENOENT" });
		return "";
	}
}

/** For a command on a terminal: types an answer once the question is asked. */
export function answer(
	question: string,
	typed: string,
): NonNullable<RunOptions["during"]> {
	return ({ stdin, stderr }) => {
		const write = stderr.write.bind(stderr);
		Object.assign(stderr, {
			write(...all: Parameters<typeof write>) {
				if (String(all[0]).includes(question))
					setImmediate(() => stdin.write(typed));
				return write(...all);
			},
		});
	};
}

/** Paths of all files below a folder, sorted; none where it does not exist. */
export function walk(folder: string): readonly string[] {
	if (!existsSync(folder)) return [];
	const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
	return entries
		.filter((entry) => !entry.isDirectory())
		.map((entry) => join(entry.parentPath, entry.name))
		.sort();
}

function parse(text: string): readonly Json[] {
	return text
		.split("\n")
		.filter((line) => line.startsWith("{"))
		.flatMap((line) => {
			try {
				return [JSON.parse(line)];
			} catch {
				return [];
			}
		})
		.sort((a, b) => (a.index ?? 0) - (b.index ?? 0));
}
