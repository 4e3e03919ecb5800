/**
 * Works on items as they come, at most `most` of them at once; takes the next only when there is room.
 * The first error, of an item or of what they come from, ends it, after what is under way.
 * @param noWait once aborted, the rest is taken without waiting for room: there is nothing to do for it but to say so
 */
export async function forEachAtOnce<T>(
	items: Iterable<T> | AsyncIterable<T>,
	most: number,
	work: (item: T, at: number) => Promise<void>,
	noWait?: AbortSignal,
): Promise<void> {
	let underWay = 0;
	let failure: { readonly error: unknown } | undefined;
	let at = 0;
	let wake = () => {};
	// A race of what is under way with one promise for all would leave something at that promise for each item.
	const change = () =>
		new Promise<void>((resolve) => {
			wake = resolve;
		});
	noWait?.addEventListener("abort", () => wake(), { once: true });
	const fail = (error: unknown) => {
		failure ??= { error };
	};
	const begin = async () => {
		for await (const item of items) {
			if (failure) break;
			underWay += 1;
			work(item, at)
				.catch(fail)
				.finally(() => {
					underWay -= 1;
					wake();
				});
			at += 1;
			if (underWay >= most && !noWait?.aborted) await change();
		}
	};
	await begin().catch(fail);
	while (underWay > 0) await change();
	if (failure) throw failure.error;
}
