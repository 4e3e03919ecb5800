import { loadSharp } from "../images/load-sharp.ts";
import { createApi } from "./api/api.ts";
import { sandboxKey } from "./api-key.ts";
import type { Fault } from "./faults/parse.ts";
import type { SandboxOptions } from "./options.ts";
import { cannotPaint } from "./painter.ts";
import { createLog, listen } from "./server/listener.ts";
import { createService } from "./service.ts";
import type { Totals } from "./state/store.ts";
import { createStorage } from "./storage/storage.ts";

/** A Runflow API on this machine. */
export interface Sandbox {
	/** `http://127.0.0.1:port`, or `https:`, the base of `/v1/…`. */
	readonly apiUrl: string;
	/** Where links to pictures and uploads lead: another port, like the real storage another host. */
	readonly storageUrl: string;
	/** The key that works. */
	readonly apiKey: string;
	/** Seed of the fault injector, to have the same storm again. */
	readonly seed: number;
	/** Everything that the state holds, so with a state file also what other processes bought. */
	summary(): Summary;
	/** Other faults from now on; turns count from 1 again. */
	setFaults(faults: readonly Fault[]): void;
	/** Ends at once, kept-alive and hanging connections included. */
	stop(): Promise<void>;
}

export interface Summary extends Omit<Totals, "spentMicros"> {
	readonly spentUsd: number;
	/** Requests to this process, on both ports. */
	readonly requests: number;
}

/** @throws {Failure} `usage` where a port is taken, the state file cannot be opened, or what should be a key and a certificate is none */
export async function startSandbox(
	options: SandboxOptions = {},
): Promise<Sandbox> {
	const { now = Date.now } = options;
	if (options.paint === undefined)
		// Better before anything is asked for than in the middle of it.
		await loadSharp(cannotPaint);
	let storageUrl = "";
	let requests = 0;
	const log = createLog(now, options.onRequest);
	const countingLog: typeof log = (port, request) => {
		requests++;
		return log(port, request);
	};
	const service = createService(options, now, log, () => storageUrl);
	const { store, settings, injector, callbackSender } = service;
	const { api: onApi, storage: onStorage } = options.recording
		? (await import("./replay/replay.ts")).createReplay(options.recording, {
				paint: options.paint,
				log: countingLog,
				storageOrigin: () => storageUrl,
			})
		: {
				api: createApi(service, countingLog),
				storage: createStorage(service, countingLog),
			};

	try {
		const storage = await listen(options.storagePort ?? 0, options, onStorage);
		storageUrl = storage.origin;
		const api = await listen(options.port ?? 0, options, onApi).catch(
			async (error: unknown) => {
				await storage.stop();
				throw error;
			},
		);
		return {
			apiUrl: api.origin,
			storageUrl,
			apiKey: sandboxKey,
			seed: settings.seed,
			summary() {
				store.refresh();
				const { spentMicros, ...counts } = store.totals();
				return { ...counts, spentUsd: spentMicros / 1_000_000, requests };
			},
			setFaults: injector.set,
			async stop() {
				callbackSender.stop();
				await Promise.all([api.stop(), storage.stop()]);
				store.close();
			},
		};
	} catch (error) {
		store.close();
		throw error;
	}
}
