import type { RecordedExchange, Recording } from "./recording.ts";

/** A request to be answered from a recording. */
interface Asked {
	readonly method: string;
	/** Path of the API, or host and path of the storage, as in the recording. */
	readonly place: string;
	readonly query: URLSearchParams;
	/** Where it is JSON. */
	readonly body: unknown;
}

export type Tracks = ReturnType<typeof createTracks>;

/** Where a recorded request went. */
export function placeOf(
	{ origin, host, pathname }: URL,
	{ apiOrigin }: Pick<Recording, "apiOrigin">,
): string {
	return origin === apiOrigin ? pathname : `/${host}${pathname}`;
}

/** Hands out what was recorded, by method, place and order. */
export function createTracks(recording: Recording) {
	const tracks = new Map<string, Track>();
	for (const exchange of recording.exchanges) {
		const { method, url, asked } = exchange;
		const place = placeOf(url, recording);
		for (const key of keysOf({
			method,
			place,
			query: url.searchParams,
			body: asked,
		})) {
			const track = tracks.get(key) ?? { exchanges: [], passed: 0 };
			track.exchanges.push(exchange);
			tracks.set(key, track);
		}
	}
	const used = new Set<RecordedExchange>();
	const ours = new Map<string, string>();
	const recorded = new Map<string, string>();

	const take = (track: Track | undefined, mayRepeat: boolean) => {
		if (track === undefined) return undefined;
		const { exchanges } = track;
		while (used.has(exchanges[track.passed] as RecordedExchange))
			track.passed += 1;
		return (
			exchanges[track.passed] ?? (mayRepeat ? exchanges.at(-1) : undefined)
		);
	};

	return {
		/** A text of the recording, with this client's references in the place of those that were recorded. */
		rename: (text: string) => replaceNames(text, ours),
		/**
		 * Each exchange once; of those of a place first one that asked for the same, as requests that are under way at once come in any
		 * order. Beyond the recording a question (GET) is given what was answered last, and nothing else is given anything.
		 */
		next(request: Asked) {
			const found = keysOf(request)
				.map((key) => tracks.get(replaceNames(key, recorded)))
				.map((track) => take(track, request.method === "GET"))
				.find((exchange) => exchange !== undefined);
			if (found === undefined) return undefined;
			for (const [was, is] of renamed(found.asked, request.body)) {
				ours.set(was, is);
				recorded.set(is, was);
			}
			const isRepeated = used.has(found);
			used.add(found);
			return { exchange: found, isRepeated };
		},
	};
}

interface Track {
	readonly exchanges: RecordedExchange[];
	/** How many of them are used, from the first. */
	passed: number;
}

/**
 * What a request is looked for by, the closest first: all that was asked, apart from references that are new in each command; the same but
 * for a seed that was made for it; its place.
 */
function keysOf({ method, place, query, body }: Asked): readonly string[] {
	const key = `${method} ${place}`;
	if (!isObject(body)) return [`${key}?${query}`, key];
	const { client_ref: _, metadata: __, input, ...rest } = body;
	const { seed, ...others } = isObject(input) ? input : {};
	const request = JSON.stringify({ ...rest, ...others });
	return [`${key} ${request} ${seed}`, `${key} ${request}`, key];
}

/** The references of an order, each as it was recorded and as it is now. */
function* renamed(
	was: unknown,
	is: unknown,
	isReference = false,
): Generator<[string, string]> {
	if (typeof was === "string" && typeof is === "string" && isReference)
		yield [was, is];
	if (!isObject(was) || !isObject(is)) return;
	for (const name of Object.keys(was))
		yield* renamed(
			was[name],
			is[name],
			isReference || name === "client_ref" || name === "metadata",
		);
}

function replaceNames(
	text: string,
	names: ReadonlyMap<string, string>,
): string {
	// References are made of such letters; none is so short that it could be a word of the API.
	return text.replace(/[\w.-]{8,}/g, (name) => names.get(name) ?? name);
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null;
}
