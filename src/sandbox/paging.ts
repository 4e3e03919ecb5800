import { invalidField } from "./problems.ts";

/** One page, and the cursors that lead on. A cursor is null where there is nothing further. */
export interface Page<Item> {
	readonly items: readonly Item[];
	readonly next: string | null;
	readonly previous: string | null;
	readonly first: string | null;
}

/** What a cursor carries: the question it goes on with, and the item it goes on from. */
interface Place {
	readonly question: Question;
	/** Sort value and id of the last item of the page before, or the first of the page after. */
	readonly after?: SortKey;
	readonly before?: SortKey;
}

/** The parts of a question that every page must share. */
interface Question {
	readonly q?: string;
	readonly sortBy?: string;
}

export type SortKey = readonly [string, string];

/** Where a reading starts: at the top, or where the cursor of a page says. */
export function readPlace(query: URLSearchParams): Place {
	const cursor = query.get("pq");
	if (cursor !== null) return decode(cursor);
	const q = query.get("q");
	const sortBy = query.get("sort_by");
	return {
		question: { ...(q !== null && { q }), ...(sortBy !== null && { sortBy }) },
	};
}

/** At most 500 (vendor documentation); 50 without a wish is inferred. */
export function readLimit(query: URLSearchParams): number {
	const text = query.get("limit") ?? "50";
	const limit = /^\d+$/.test(text) ? Number(text) : 0;
	if (limit < 1 || limit > 500)
		throw invalidField(["query", "limit"], "Input should be from 1 to 500");
	return limit;
}

/** Cuts a page out of items that are in order. Runs that come meanwhile shift nothing: a place is an item, not a number. */
export function cutPage<Item>(
	items: readonly Item[],
	place: Place,
	limit: number,
	order: {
		readonly keyOf: (item: Item) => SortKey;
		readonly compare: (one: SortKey, other: SortKey) => number;
	},
): Page<Item> {
	const { keyOf, compare } = order;
	const { after, before, question } = place;
	const from = after
		? firstWhere(items, (item) => compare(keyOf(item), after) > 0)
		: before
			? Math.max(
					0,
					firstWhere(items, (item) => compare(keyOf(item), before) >= 0) -
						limit,
				)
			: 0;
	const page = items.slice(from, from + limit);
	const [head, tail] = [page[0], page.at(-1)];
	return {
		items: page,
		next:
			tail && from + limit < items.length
				? encode({ question, after: keyOf(tail) })
				: null,
		previous:
			head && from > 0 ? encode({ question, before: keyOf(head) }) : null,
		first: encode({ question }),
	};
}

function firstWhere<Item>(
	items: readonly Item[],
	claim: (item: Item) => boolean,
): number {
	const index = items.findIndex(claim);
	return index === -1 ? items.length : index;
}

function encode(place: Place): string {
	return Buffer.from(JSON.stringify(place)).toString("base64url");
}

function decode(cursor: string): Place {
	try {
		const value: unknown = JSON.parse(
			Buffer.from(cursor, "base64url").toString("utf8"),
		);
		if (typeof value === "object" && value !== null && "question" in value)
			return value as Place;
	} catch {
		// Not one of ours.
	}
	throw invalidField(["query", "pq"], "This cursor is not known");
}
