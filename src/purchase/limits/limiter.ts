/** At most so many pieces of work at once; the others wait in the order in which they came. */
export interface Limiter {
	/** Starts the work when there is room for it. */
	run<T>(work: () => Promise<T>): Promise<T>;
}

export function createLimiter(most: number): Limiter {
	const waiting: (() => void)[] = [];
	let running = 0;
	return {
		async run(work) {
			// Whoever ends hands its room over, so that nobody who comes meanwhile takes it.
			if (running >= most)
				await new Promise<void>((start) => waiting.push(start));
			else running += 1;
			try {
				return await work();
			} finally {
				const next = waiting.shift();
				if (next) next();
				else running -= 1;
			}
		},
	};
}
