import { openLink } from "../../purchase/deliver/link.ts";
import type { ServiceFacts } from "../../purchase/service-facts.ts";
import { placeOfOutputs, type Run } from "../../runflow/schemas.ts";
import { service } from "../../runflow/service.ts";
import { formatUsd, microsToUsd, usdToMicros } from "../../system/money.ts";
import { formatElapsed } from "../../terminal/format.ts";
import { callService } from "../session/call-service.ts";
import type { Connection } from "../session/connect.ts";
import { note, ok, Skipped, type Verdict } from "./finding.ts";

interface Bought {
	/** The answer to its order; undefined where this command did not see it. */
	readonly first: Run | undefined;
	/** Read anew after its end. */
	readonly ended: Run;
	/** Of one image, in micro-dollars. */
	readonly priceMicros: number | undefined;
	/** In milliseconds; null where the run never was in a listing by its reference. */
	readonly listingDelay: Promise<number | null> | undefined;
	readonly connection: Connection;
	readonly signal: AbortSignal;
}

export const observations: Readonly<
	Record<string, (bought: Bought) => Promise<Verdict>>
> = {
	"first state": observeFirst,
	outputs: observeOutputs,
	"link's life": observeLife,
	ranges: observeRanges,
	cost: observeCost,
	"listed after": observeListing,
};

export const unseen =
	"not seen: an earlier command sent the order, or its answer was lost";

async function observeFirst({ first }: Bought): Promise<Verdict> {
	if (first === undefined) throw new Skipped(unseen);
	const { status, state } = first;
	const seen = facts({ first_status: status });
	return state === "queued"
		? ok(status, seen)
		: note(`${status}, where queued was expected`, undefined, seen);
}

async function observeOutputs({ ended }: Bought): Promise<Verdict> {
	const place = placeOfOutputs(ended);
	const seen = facts({ outputs_at: place ?? null });
	if (place === service.run.outputs[0]) return ok(place, seen);
	return note(place ?? "found by a search only", undefined, seen);
}

async function observeLife({ ended }: Bought): Promise<Verdict> {
	const { host, searchParams } = linkOf(ended);
	// Of S3 and R2, or of Google.
	const text =
		searchParams.get("X-Amz-Expires") ?? searchParams.get("X-Goog-Expires");
	const seconds = text !== null && /^\d+$/.test(text) ? Number(text) : null;
	const seen = { ...facts({ link_seconds: seconds }), host };
	return seconds === null
		? note(`the link does not say (${host})`, undefined, seen)
		: ok(`${formatElapsed(seconds * 1_000)} (${host})`, seen);
}

async function observeRanges({
	ended,
	connection: { transport },
	signal,
}: Bought): Promise<Verdict> {
	const range = { range: "bytes=0-15" };
	const link = linkOf(ended).href;
	const { status, body, headers } = await callService(() =>
		openLink(link, range, { transport, signal }),
	);
	for await (const _ of body) break;
	const ranges = status === 206;
	const etag = headers.etag !== undefined;
	const seen = { ...facts({ ranges }), http_status: status, etag };
	return ranges
		? ok("a download that was cut goes on where it was", seen)
		: note(
				`none (HTTP ${status}): a download that was cut begins anew`,
				undefined,
				seen,
			);
}

function linkOf({ outputs: [output] }: Run): URL {
	if (output === undefined)
		throw new Skipped("the run shows no output any more");
	const url = new URL(output.url);
	if (url.protocol === "data:")
		throw new Skipped("the image came in the answer itself, without a link");
	return url;
}

async function observeCost({ ended, priceMicros }: Bought): Promise<Verdict> {
	const micros = usdToMicros(ended.costText ?? "");
	if (micros === undefined)
		return note("the run does not say", undefined, facts({ cost_usd: null }));
	const seen = facts({ cost_usd: microsToUsd(micros) });
	if (micros === priceMicros) return ok(formatUsd(micros), seen);
	const ours = priceMicros === undefined ? "no price" : formatUsd(priceMicros);
	return note(
		`${formatUsd(micros)}, where our table has ${ours}: limits go by bills from now on`,
		undefined,
		seen,
	);
}

async function observeListing({ listingDelay }: Bought): Promise<Verdict> {
	if (listingDelay === undefined) throw new Skipped(unseen);
	const delay = await callService(() => listingDelay);
	const seen = facts({ listing_delay_ms: delay });
	if (delay !== null) return ok(`${delay} ms, by its reference`, seen);
	return note(
		"not within a minute: from now on an order whose answer is lost ends with exit 8, as nobody can tell whether it was taken",
		"tell us: flux-ultra doctor --live --report doctor.json",
		seen,
	);
}

/** Holds the names to those that are kept. */
function facts(seen: Partial<ServiceFacts>): Partial<ServiceFacts> {
	return seen;
}
