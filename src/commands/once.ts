/** Asks once, at the first call. `begun` is the answer where there was one. */
export function once<T>(
	ask: () => Promise<T>,
): (() => Promise<T>) & { readonly begun: Promise<T> | undefined } {
	let begun: Promise<T> | undefined;
	const get = () => {
		begun ??= ask();
		return begun;
	};
	return Object.defineProperty(get, "begun", {
		get: () => begun,
	}) as ReturnType<typeof once<T>>;
}
