import type { Recording } from "./recording.ts";
import { placeOf } from "./tracks.ts";

export type RecordedLinks = ReturnType<typeof createLinks>;

/**
 * Leads the addresses in recorded answers to this sandbox.
 * @param pictures by place, as far as answers show them
 */
export function createLinks(
	recording: Recording,
	pictures: ReadonlyMap<string, unknown>,
	storageOrigin: () => string,
) {
	const places = new Set([
		...pictures.keys(),
		...recording.exchanges.map(({ url }) => placeOf(url, recording)),
	]);
	/** Undefined for what is no link of the service: the address of a page in a message, an address of the user's own. */
	const lead = (url: URL, apiHost: string | undefined): string | undefined => {
		if (url.origin === recording.apiOrigin)
			return `http://${apiHost}${url.pathname}${url.search}`;
		const place = placeOf(url, recording);
		const isPresigned = url.search === "?redacted";
		return isPresigned || places.has(place)
			? `${storageOrigin()}${place}`
			: undefined;
	};
	return {
		/** A text with its addresses of the API and of the storage led here. @param apiHost where the API is now: `host:port` */
		repoint: (text: string, apiHost: string | undefined) =>
			text.replace(address, (written) => {
				const plain = written.replaceAll("\\/", "/");
				if (!URL.canParse(plain)) return written;
				return lead(new URL(plain), apiHost) ?? written;
			}),
		/** The target of a redirect, led here. @param from what was asked for */
		follow(location: string, from: URL, apiHost: string | undefined) {
			if (!URL.canParse(location, from.href)) return location;
			return lead(new URL(location, from), apiHost) ?? location;
		},
	};
}

/** In JSON slashes may be escaped. */
const address = /https?:(?:\\?\/){2}(?:[^\s"'<>\\]|\\\/)+/g;
