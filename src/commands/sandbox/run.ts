import { Failure } from "../../errors.ts";
import type { Runtime } from "../../runtime.ts";
import { faultTable } from "../../sandbox/fault-table.ts";
import { parseDuration, parseUsd, readOption } from "../../settings/parse.ts";
import { microsToUsd } from "../../system/money.ts";
import { alignRows } from "../../terminal/format.ts";
import { runSandbox } from "./serve.ts";

/** The options of the sandbox as they were typed. */
interface TypedOptions {
	readonly port?: string;
	readonly storagePort?: string;
	readonly latency?: string;
	readonly price?: string;
	readonly balance?: string;
	readonly fault?: readonly string[];
	readonly faultSeed?: string;
	readonly size?: string;
	readonly linkTtl?: string;
	readonly state?: string;
	readonly json?: boolean;
	readonly quiet?: boolean;
}

/** Reads the options and serves; `--fault list` only lists the faults. */
export async function serveSandbox(
	typed: TypedOptions,
	runtime: Runtime,
): Promise<number> {
	if (typed.fault?.includes("list")) {
		runtime.stdout.write(listFaults());
		return 0;
	}
	return runSandbox(
		{
			port: ifGiven("--port", typed.port, parsePort),
			storagePort: ifGiven("--storage-port", typed.storagePort, parsePort),
			latencyMs: ifGiven("--latency", typed.latency, parseLatency),
			priceUsd: ifGiven("--price", typed.price, parseDollars),
			balanceUsd: ifGiven("--balance", typed.balance, parseDollars),
			faults: typed.fault,
			faultSeed: ifGiven("--fault-seed", typed.faultSeed, (text) =>
				parseWhole(text, 2 ** 31),
			),
			size: ifGiven("--size", typed.size, parseSize),
			linkTtlMs: ifGiven("--link-ttl", typed.linkTtl, parseDuration),
			statePath: typed.state,
			json: typed.json,
			quiet: typed.quiet,
		},
		runtime,
	);
}

function listFaults(): string {
	return alignRows(
		faultTable.map(({ name, points, does }) => [name, points.join(", "), does]),
	);
}

function ifGiven<T>(
	option: string,
	text: string | undefined,
	parse: (text: string) => T,
): T | undefined {
	if (text === undefined) return undefined;
	return readOption(option, () => parse(text));
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

/** One time, or a range of them. */
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
