import type { CallbackSender } from "./callback-sender.ts";
import type { FaultInjector } from "./faults/injector.ts";
import type { Settings } from "./options.ts";
import type { Pictures } from "./pictures.ts";
import type { Assets } from "./state/files.ts";
import type { Store } from "./state/store.ts";
import type { Links } from "./storage/links.ts";

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
