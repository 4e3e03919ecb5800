import { loadSharp } from "../images/load-sharp.ts";
import { createApi } from "./api/api.ts";
import { sandboxKey } from "./api-key.ts";
import type { SandboxOptions } from "./options.ts";
import { cannotPaint } from "./painter.ts";
import { createLog, listen } from "./server/listener.ts";
import { createService } from "./service.ts";
import { createStorage } from "./storage/storage.ts";

export type Sandbox = Awaited<ReturnType<typeof startSandbox>>;

/**
 * A Runflow API on this machine.
 * @throws {Failure} `usage` where a port is taken, the state file cannot be opened, or what should be a key and a certificate is none
 */
export async function startSandbox(options: SandboxOptions = {}) {
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
			/** `http://127.0.0.1:port`, or `https:`, the base of `/v1/…`. */
			apiUrl: api.origin,
			/** Where links to pictures and uploads lead: another port, like the real storage another host. */
			storageUrl,
			/** The one that works. */
			apiKey: sandboxKey,
			/** Of the fault injector, to have the same storm again. */
			seed: settings.seed,
			/** Everything that the state holds, so with a state file also what other processes bought; `requests` to this process, on both ports. */
			summary() {
				store.refresh();
				const { spentMicros, ...counts } = store.totals();
				return { ...counts, spentUsd: spentMicros / 1_000_000, requests };
			},
			setFaults: injector.set,
			/** Ends at once, kept-alive and hanging connections included. */
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
