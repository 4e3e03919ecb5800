export type OnProgress = (done: number, total: number) => void;

/**
 * Work that several may ask for at the same time, and that is done once for all of them: joins the work of a key that is under way, or
 * starts it. Progress is told to all who have joined, a failure too.
 */
export function createSingleFlight<T>() {
	const flights = new Map<
		string,
		{ readonly result: Promise<T>; readonly watchers: OnProgress[] }
	>();
	return (
		key: string,
		work: (onProgress: OnProgress) => Promise<T>,
		onProgress?: OnProgress,
	): Promise<T> => {
		let flight = flights.get(key);
		if (flight === undefined) {
			const watchers: OnProgress[] = [];
			const result = work((done, total) => {
				for (const watch of watchers) watch(done, total);
			}).finally(() => flights.delete(key));
			flight = { result, watchers };
			flights.set(key, flight);
		}
		if (onProgress) flight.watchers.push(onProgress);
		return flight.result;
	};
}
