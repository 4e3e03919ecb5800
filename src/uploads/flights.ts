/** Who waits for something. */
export interface Passenger {
	/** Aborts when this one waits no longer. */
	readonly signal: AbortSignal;
	readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** What the work is given, which all who wait share. */
export interface Shared {
	/** Aborts when nobody waits any more. */
	readonly signal: AbortSignal;
	readonly onProgress: (done: number, total: number) => void;
}

/** Work that several may ask for at the same time, and that is done once for all of them. */
export interface Flights<T> {
	/** Rejects for one who leaves with the reason of its signal; the work itself ends when the last one has left. */
	join(
		key: string,
		work: (shared: Shared) => Promise<T>,
		passenger: Passenger,
	): Promise<T>;
}

interface Flight<T> {
	readonly result: Promise<T>;
	readonly controller: AbortController;
	readonly passengers: Set<Passenger>;
}

export function createFlights<T>(): Flights<T> {
	const flights = new Map<string, Flight<T>>();

	function start(key: string, work: (shared: Shared) => Promise<T>): Flight<T> {
		const controller = new AbortController();
		const passengers = new Set<Passenger>();
		const onProgress = (done: number, total: number) => {
			for (const each of passengers) each.onProgress?.(done, total);
		};
		const result = work({ signal: controller.signal, onProgress });
		const flight = { result, controller, passengers };
		flights.set(key, flight);
		const land = () => {
			if (flights.get(key) === flight) flights.delete(key);
		};
		result.then(land, land);
		return flight;
	}

	return {
		async join(key, work, passenger) {
			const { signal } = passenger;
			signal.throwIfAborted();
			const flight = flights.get(key) ?? start(key, work);
			const { result, controller, passengers } = flight;
			passengers.add(passenger);
			try {
				return await until(result, signal);
			} finally {
				passengers.delete(passenger);
				if (passengers.size === 0) {
					// Whoever comes now must not share what is being given up.
					if (flights.get(key) === flight) flights.delete(key);
					controller.abort(signal.reason);
				}
			}
		},
	};
}

function until<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
	return new Promise((resolve, reject) => {
		const leave = () => reject(signal.reason);
		signal.addEventListener("abort", leave, { once: true });
		result
			.then(resolve, reject)
			.finally(() => signal.removeEventListener("abort", leave));
	});
}
