import { readFileSync } from "node:fs";
import path from "node:path";
import { Failure, systemCode } from "../../errors.ts";
import type { Runtime } from "../../runtime.ts";
import { parseFault, parseReadings } from "../../sandbox/faults/parse.ts";
import { readingTable } from "../../sandbox/faults/readings.ts";
import { faultTable } from "../../sandbox/faults/table.ts";
import type { SandboxOptions } from "../../sandbox/options.ts";
import type { Recording } from "../../sandbox/replay/recording.ts";
import { startSandbox } from "../../sandbox/sandbox.ts";
import { parseDuration, parseUsd, readOption } from "../../settings/parse.ts";
import { microsToUsd } from "../../system/money.ts";
import { alignRows } from "../../terminal/align-rows.ts";
import { lineWidth } from "../../terminal/style.ts";
import { logForPeople, logForPrograms } from "./log.ts";

export interface TypedOptions {
	readonly port?: string;
	readonly storagePort?: string;
	readonly latency?: string;
	readonly price?: string;
	readonly balance?: string;
	/** Each as `post:reset-after@1`; `list` only lists them. */
	readonly fault?: readonly string[];
	/** Names of readings; `list` only lists them. */
	readonly as?: readonly string[];
	readonly faultSeed?: string;
	readonly size?: string;
	readonly linkTtl?: string;
	readonly state?: string;
	readonly replay?: string;
	readonly tls?: string;
	readonly json?: boolean;
	/** No introduction, no line a request. */
	readonly quiet?: boolean;
}

/** So that scripts can know it. */
const defaultPort = 4010;

/**
 * Serves the Runflow API on this machine until it is interrupted. stdout gets the two lines that a shell needs to use
 * it, stderr what happens.
 * @throws {Failure} `usage` for an unknown fault or reading, a port that is taken, a state file that cannot be written
 */
export async function serveSandbox(
	typed: TypedOptions,
	runtime: Runtime,
): Promise<number> {
	const { fault: faults = [], as: readings = [], quiet, json } = typed;
	if ([...faults, ...readings].includes("list")) {
		const list = faults.includes("list")
			? faultTable.map((one) => [one.name, one.points.join(", "), one.does])
			: readingTable.map((one) => [one.name, one.source, one.topic, one.does]);
		runtime.stdout.write(alignRows(list, lineWidth(runtime.stdout)));
		return 0;
	}
	const recording = await readReplay(typed, runtime);
	const log = json ? logForPrograms(runtime) : logForPeople(runtime);
	const sandbox = await startSandbox({
		...readOptions(typed),
		recording,
		keepAlive: true,
		now: () => runtime.clock.now(),
		onRequest: quiet ? undefined : log.request,
	});
	const interrupted = untilInterrupted(runtime);
	log.start(sandbox, typed);
	await interrupted;
	await sandbox.stop();
	log.end(sandbox);
	return 0;
}

/** What a recording has nothing to do with, by the names that commander gives. */
const besideReplay = [
	...["replay", "port", "storagePort", "tls", "json", "quiet"],
];

/** @throws {Failure} `usage` for a file that is none, or beside options that say what the service is */
async function readReplay(
	typed: TypedOptions,
	{ cwd }: Runtime,
): Promise<Recording | undefined> {
	if (typed.replay === undefined) return undefined;
	const other = Object.keys(typed).find((name) => !besideReplay.includes(name));
	if (other !== undefined) {
		const flag = other.replace(
			/[A-Z]/g,
			(letter) => `-${letter.toLowerCase()}`,
		);
		throw new Failure(
			"usage",
			`--replay says what was recorded, and takes no --${flag}`,
		);
	}
	const { readRecording } = await import("../../sandbox/replay/recording.ts");
	return readRecording(path.resolve(cwd, typed.replay));
}

function readOptions(typed: TypedOptions): SandboxOptions {
	return {
		port: ifGiven("--port", typed.port, parsePort) ?? defaultPort,
		storagePort: ifGiven("--storage-port", typed.storagePort, parsePort),
		latencyMs: ifGiven("--latency", typed.latency, parseLatency),
		priceUsd: ifGiven("--price", typed.price, parseDollars),
		balanceUsd: ifGiven("--balance", typed.balance, parseDollars),
		faults: [
			...(typed.fault ?? []).map(parseFault),
			...parseReadings(typed.as ?? []),
		],
		seed: ifGiven("--fault-seed", typed.faultSeed, (text) =>
			parseWhole(text, 2 ** 31),
		),
		size: ifGiven("--size", typed.size, parseSize),
		linkTtlMs: ifGiven("--link-ttl", typed.linkTtl, parseDuration),
		statePath: typed.state,
		tls: typed.tls === undefined ? undefined : readPem(typed.tls),
	};
}

function ifGiven<T>(
	option: string,
	text: string | undefined,
	parse: (text: string) => T,
): T | undefined {
	if (text === undefined) return undefined;
	return readOption(option, () => parse(text));
}

function readPem(path: string): Buffer {
	try {
		return readFileSync(path);
	} catch (cause) {
		throw new Failure(
			"usage",
			`--tls: cannot read ${path} (${systemCode(cause) ?? cause})`,
			{ cause },
		);
	}
}

function parsePort(text: string): number {
	return parseWhole(text, 65_535);
}

function parseWhole(text: string, most: number): number {
	const number = Number(text);
	if (/^\d+$/.test(text) && number <= most) return number;
	throw new Failure("usage", `"${text}" is not a number from 0 to ${most}`);
}

function parseDollars(text: string): number {
	return microsToUsd(parseUsd(text));
}

function parseLatency(text: string) {
	const [from = "", to] = text.split("-");
	if (to === undefined) return from === "0" ? 0 : parseDuration(from);
	return { min: parseDuration(from), max: parseDuration(to) };
}

function parseSize(text: string) {
	const [, width, height] = /^(\d{1,5})[x×](\d{1,5})$/.exec(text) ?? [];
	if (width && height) return { width: Number(width), height: Number(height) };
	throw new Failure("usage", `"${text}" is not a size`, {
		hint: "for one: --size 256x144",
	});
}

function untilInterrupted(runtime: Runtime): Promise<void> {
	return new Promise((resolve) => {
		const stopListening = runtime.onSignal(() => {
			stopListening();
			resolve();
		});
	});
}
