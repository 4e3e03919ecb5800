/**
 * Works on items as they come, at most `most` of them at once; takes the next only when there is room.
 * The first error ends it, after what is under way.
 */
export async function forEachAtOnce<T>(
	items: Iterable<T> | AsyncIterable<T>,
	most: number,
	work: (item: T, at: number) => Promise<void>,
): Promise<void> {
	const underWay = new Set<Promise<void>>();
	let failure: { readonly error: unknown } | undefined;
	let at = 0;
	for await (const item of items) {
		if (failure) break;
		const one = work(item, at)
			.catch((error) => {
				failure ??= { error };
			})
			.finally(() => underWay.delete(one));
		at += 1;
		underWay.add(one);
		if (underWay.size >= most) await Promise.race(underWay);
	}
	await Promise.all(underWay);
	if (failure) throw failure.error;
}
