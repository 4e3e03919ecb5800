import {
	openFactStore,
	type SeenFacts,
	type ServiceFacts,
} from "../../purchase/service-facts.ts";
import { locateFolders } from "../../settings/folders.ts";
import { formatCost, formatElapsed } from "../../terminal/format.ts";
import { needed, ok, Skipped, type Verdict } from "./finding.ts";
import type { Setup } from "./setup.ts";

export async function checkSeenFacts(setup: Setup): Promise<Verdict> {
	const { apiUrl } = await needed(setup.settings());
	const { state } = locateFolders(setup.runtime);
	const facts = await openFactStore(state).read(
		setup.isSandbox ? "sandbox" : apiUrl.value,
	);
	const lines = describeFacts(facts);
	if (lines.length === 0)
		throw new Skipped(
			"not tried yet: flux-ultra doctor --live buys an image and sees",
		);
	return ok(lines.join("; "), { seen_live: facts });
}

/** A text for each day on which something was seen. */
function describeFacts(facts: SeenFacts): readonly string[] {
	const days = new Map<string, string[]>();
	for (const [name, { value, seen_at }] of Object.entries(facts)) {
		if (!Object.hasOwn(words, name)) continue;
		const say = words[name as keyof ServiceFacts] as (value: unknown) => string;
		const day = seen_at.slice(0, 10);
		days.set(day, [...(days.get(day) ?? []), say(value)]);
	}
	return [...days].map(([day, said]) => `on ${day}: ${said.join(", ")}`);
}

const words: {
	readonly [Name in keyof ServiceFacts]: (value: ServiceFacts[Name]) => string;
} = {
	model: (id) => `an image of ${id}`,
	first_status: (status) => `first state ${status}`,
	outputs_at: (place) => `outputs at ${place ?? "no place that we know"}`,
	link_seconds: (seconds) =>
		seconds === null
			? "links do not say how long they work"
			: `links work for ${formatElapsed(seconds * 1_000)}`,
	ranges: (isHonoured) => (isHonoured ? "ranges honoured" : "no ranges"),
	cost_usd: (usd) => formatCost(usd),
	listing_delay_ms: (ms) =>
		ms === null ? "never listed by reference" : `listed after ${ms} ms`,
	idempotency_key: (what) => `Idempotency-Key ${what}`,
};
