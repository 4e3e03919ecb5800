import {
	type CallbackSender,
	createCallbackSender,
} from "./callback-sender.ts";
import { createInjector, type FaultInjector } from "./faults/injector.ts";
import { type SandboxOptions, type Settings, settle } from "./options.ts";
import { createPictures, type Pictures } from "./pictures.ts";
import type { LogRequest } from "./server/listener.ts";
import { type Assets, createAssets } from "./state/files.ts";
import { createIds } from "./state/ids.ts";
import { createStore, type Store } from "./state/store.ts";
import { createLinks, type Links } from "./storage/links.ts";

/** What the handlers of both ports share. */
export interface Service {
	readonly settings: Settings;
	readonly store: Store;
	readonly injector: FaultInjector;
	readonly links: Links;
	readonly pictures: Pictures;
	readonly assets: Assets;
	readonly callbackSender: CallbackSender;
	readonly now: () => number;
	readonly newId: () => string;
	/** A number in [0, 1), for latencies and seeds. */
	readonly random: () => number;
}

/** @throws {Failure} `usage` where the state file cannot be opened */
export function createService(
	options: SandboxOptions,
	now: () => number,
	log: LogRequest,
	storageOrigin: () => string,
): Service {
	const { statePath, callbackRetryMs } = options;
	const settings = settle(options);
	const store = createStore(statePath);
	const assets = createAssets(statePath);
	const service = {
		settings,
		store,
		injector: createInjector(options.faults ?? [], settings.seed),
		links: createLinks(storageOrigin, now, settings.linkTtlMs),
		assets,
		pictures: createPictures(options.paint, store.runs, assets, now),
		now,
		newId: createIds(now),
		random: Math.random,
	};
	const callbackSender = createCallbackSender(service, log, callbackRetryMs);
	return { ...service, callbackSender };
}
