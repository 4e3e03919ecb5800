import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { writeFileAtomic } from "../system/atomic-file.ts";
import { makePrivateFolder } from "../system/folder.ts";

/** What `doctor --live` saw of a service by a purchase. */
export interface ServiceFacts {
	/** `owner/slug` of what was bought: the others are of it. */
	readonly model: string;
	/** Status of the answer to an order. */
	readonly first_status: string;
	/** Where the run had its outputs, a path of names; null where only a search found them. */
	readonly outputs_at: string | null;
	/** How long a link works, in seconds; null where it does not say. */
	readonly link_seconds: number | null;
	/** Whether a part of an image can be asked for. */
	readonly ranges: boolean;
	/** Of one image, in US dollars; null where the run does not say. */
	readonly cost_usd: number | null;
	/** From the answer to an order until a listing by its reference had it, in milliseconds; null where it never came. */
	readonly listing_delay_ms: number | null;
	/** What an order that was sent again under its `Idempotency-Key` bought. */
	readonly idempotency_key: "honoured" | "refused" | "ignored";
}

/** Their names, each once. */
export const factNames = Object.keys({
	model: 0,
	first_status: 0,
	outputs_at: 0,
	link_seconds: 0,
	ranges: 0,
	cost_usd: 0,
	listing_delay_ms: 0,
	idempotency_key: 0,
} satisfies Record<keyof ServiceFacts, 0>);

/** Each fact with when it was seen, ISO 8601. */
export type SeenFacts = {
	readonly [Name in keyof ServiceFacts]?: {
		readonly value: ServiceFacts[Name];
		readonly seen_at: string;
	};
};

/** One small file a service, below the state folder. */
export interface FactStore {
	/** Empty where nothing is kept, or nothing that can be read. Never throws. */
	read(service: string): Promise<SeenFacts>;
	/** Adds to what is kept; what was seen again takes the place of the older. @throws a system error */
	add(
		service: string,
		facts: Partial<ServiceFacts>,
		seenAt: string,
	): Promise<SeenFacts>;
}

export function openFactStore(stateFolder: string): FactStore {
	const folder = path.join(stateFolder, "service-facts");
	const fileOf = (service: string) => {
		// A service is an address, which is no file name.
		const hash = createHash("sha256").update(service).digest("hex");
		return path.join(folder, `${hash.slice(0, 16)}.json`);
	};
	async function read(service: string): Promise<SeenFacts> {
		try {
			const content = JSON.parse(await fs.readFile(fileOf(service), "utf8"));
			const isOurs = content.version === 1 && content.service === service;
			return isOurs ? content.facts : {};
		} catch {
			return {};
		}
	}
	return {
		read,
		async add(service, facts, seenAt) {
			const seen = Object.entries(facts).map(([name, value]) => [
				name,
				{ value, seen_at: seenAt },
			]);
			const all = { ...(await read(service)), ...Object.fromEntries(seen) };
			await makePrivateFolder(folder);
			const content = { version: 1, service, facts: all };
			await writeFileAtomic(fileOf(service), JSON.stringify(content));
			return all;
		},
	};
}

/** For how long the listing must be watched, in milliseconds; undefined where nobody has seen it. */
export function listingDelayOf(facts: SeenFacts): number | undefined {
	const seen = facts.listing_delay_ms?.value;
	if (seen === undefined) return undefined;
	// One look is one sample: others may take longer.
	if (typeof seen === "number" && seen >= 0) return 2 * seen;
	return Number.POSITIVE_INFINITY;
}
