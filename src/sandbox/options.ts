import { randomInt } from "node:crypto";
import type { Fault } from "./faults/parse.ts";
import type { Paint } from "./pictures.ts";
import type { Recording } from "./replay/recording.ts";

/** What a sandbox is asked to be. Every field has a default fit for `flux-ultra --sandbox`. */
export interface SandboxOptions {
	/** TCP port of the API on 127.0.0.1; 0, the default, picks a free one. */
	readonly port?: number | undefined;
	/** TCP port of the storage, which is never the API's; 0, the default, picks a free one. */
	readonly storagePort?: number | undefined;
	/** A run's time from its creation to its end; a range is drawn from evenly. Default 8 s. */
	readonly latencyMs?: number | LatencyRange | undefined;
	/** Price of every image, whatever the model; by default each model has its own. */
	readonly priceUsd?: number | undefined;
	/** Credit of the account before the first run. Default $1000. */
	readonly balanceUsd?: number | undefined;
	readonly faults?: readonly Fault[] | undefined;
	/** A private key and its certificate for 127.0.0.1, in PEM: both ports speak https. Default: http. */
	readonly tls?: Buffer | undefined;
	/** True where every key works; by default only the one that the sandbox tells. */
	readonly anyKey?: boolean | undefined;
	/**
	 * A JSON Lines file that outlives the process: each run is in it before its creation is answered, and every sandbox
	 * with the same file, later or at the same time, knows it. Default: in memory only.
	 */
	readonly statePath?: string | undefined;
	/** Pixels of the pictures of models that take no size, or are not asked for one. Default 2752 × 1536 for Ultra. */
	readonly size?: PictureSize | undefined;
	/** How long a presigned link works. Default 10 minutes. */
	readonly linkTtlMs?: number | undefined;
	/** What is said again, in the place of an API of its own; only ports, clock, painter and log count then. */
	readonly recording?: Recording | undefined;
	/** Milliseconds since 1970. */
	readonly now?: (() => number) | undefined;
	/** Seed of the fault injector: the same seed and requests, the same faults. Default: a new one. */
	readonly seed?: number | undefined;
	readonly onRequest?: ((entry: RequestEntry) => void) | undefined;
	/** Makes the pictures. Default: the painter beside this file. */
	readonly paint?: Paint | undefined;
	/** Waits before a callback that was not answered with 2xx is sent again. Default 1, 4 and 15 s. */
	readonly callbackRetryMs?: readonly number[] | undefined;
	/** True where the servers are what keeps the process alive. Default false. */
	readonly keepAlive?: boolean | undefined;
}

export interface LatencyRange {
	readonly min: number;
	readonly max: number;
}

export interface PictureSize {
	readonly width: number;
	readonly height: number;
}

/** One request as a log may show it: without key, signatures and bodies. */
export interface RequestEntry {
	/** When it came, milliseconds since 1970. */
	readonly at: number;
	/** Where it came to; `callback` for one that the sandbox sent itself. */
	readonly port: "api" | "storage" | "callback";
	readonly method: string;
	/** Path and, on the API, the query; the address of a callback. */
	readonly path: string;
	/** 0 where no status line was sent. */
	readonly status: number;
	readonly durationMs: number;
	/** What was special about it: the faults that were active, what was bought. */
	readonly note?: string;
}

/** The options with their defaults in place. */
export interface Settings {
	readonly anyKey: boolean;
	readonly latencyMs: LatencyRange;
	/** Micro-dollars of an image, whatever the model. */
	readonly priceMicros: number | undefined;
	readonly balanceMicros: number;
	readonly size: PictureSize | undefined;
	readonly linkTtlMs: number;
	readonly seed: number;
}

export function settle(options: SandboxOptions): Settings {
	const { latencyMs: latency = 8_000, priceUsd, balanceUsd = 1_000 } = options;
	return {
		anyKey: options.anyKey ?? false,
		latencyMs:
			typeof latency === "number" ? { min: latency, max: latency } : latency,
		priceMicros: priceUsd === undefined ? undefined : toMicros(priceUsd),
		balanceMicros: toMicros(balanceUsd),
		size: options.size,
		linkTtlMs: options.linkTtlMs ?? 600_000,
		seed: options.seed ?? randomInt(2 ** 31),
	};
}

/** Inside, money is whole micro-dollars, so that sums are exact. */
function toMicros(usd: number): number {
	return Math.round(usd * 1_000_000);
}
