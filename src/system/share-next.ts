/**
 * An action that is taken for all who ask: once at a time, and whoever asks meanwhile shares the next one, which begins after the
 * question and so answers it.
 */
export function shareNext<T>(action: () => Promise<T>): () => Promise<T> {
	let last: Promise<unknown> = Promise.resolve();
	let next: Promise<T> | undefined;
	return () => {
		if (next) return next;
		const begin = () => {
			next = undefined;
			return action();
		};
		next = last.then(begin, begin);
		last = next;
		return next;
	};
}
