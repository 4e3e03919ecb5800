/**
 * Works on items as they come, at most `most` of them at once; takes the next only when there is room.
 * The first error ends it, after what is under way.
 * @param noWait once aborted, the rest is taken without waiting for room: there is nothing to do for it but to say so
 */
export async function forEachAtOnce<T>(
	items: Iterable<T> | AsyncIterable<T>,
	most: number,
	work: (item: T, at: number) => Promise<void>,
	noWait?: AbortSignal,
): Promise<void> {
	const stopped = new Promise<void>((resolve) => {
		if (noWait?.aborted) resolve();
		noWait?.addEventListener("abort", () => resolve(), { once: true });
	});
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
		if (underWay.size >= most) await Promise.race([...underWay, stopped]);
	}
	await Promise.all(underWay);
	if (failure) throw failure.error;
}
