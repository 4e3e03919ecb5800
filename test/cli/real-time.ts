import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Clock, systemClock } from "../../src/runtime.ts";
import {
	createWorld,
	type Json,
	type RunOptions,
	type WorldOptions,
	walk,
} from "./world.ts";

/** Real time without limits of seconds: a busy machine passes none of them. A test says when one is over, and from which length on it says so. */
export function patientClock(
	isOver = (_ms: number): Promise<void> => new Promise(() => {}),
	fromMs = 5_000,
): Clock {
	const pass = (ms: number, signal?: AbortSignal) =>
		new Promise<void>((resolve, reject) => {
			signal?.throwIfAborted();
			signal?.addEventListener("abort", () => reject(signal.reason));
			void isOver(ms).then(resolve);
		});
	const { sleep } = systemClock;
	return {
		...systemClock,
		sleep: (ms, signal) => (ms < fromMs ? sleep : pass)(ms, signal),
	};
}

/** A machine whose time is the service's, for doctor: `found` is what it tells, by its check. */
export async function realTime(options: WorldOptions = {}) {
	const world = await createWorld({
		latencyMs: 50,
		now: () => Date.now(),
		...options,
	});
	return {
		...world,
		async run(argv: readonly string[], given: RunOptions = {}) {
			// Connects twice, for the free checks and for the purchase.
			const runtime = { clock: patientClock(), dispatcher: undefined };
			const outcome = await world.run(argv, {
				...given,
				runtime: { ...runtime, ...given.runtime },
			});
			const found: Record<string, Json> = Object.fromEntries(
				outcome.records.map((record) => [record.check, record]),
			);
			const of = (status: string) =>
				Object.values(found).flatMap((one) =>
					one.status === status ? [one.check] : [],
				);
			return {
				...outcome,
				found,
				failed: of("failed"),
				skipped: of("skipped"),
			};
		},
		/** What later commands know of the service. */
		facts(): Json {
			const [file = ""] = walk(join(world.state, "service-facts"));
			const { facts } = JSON.parse(readFileSync(file, "utf8"));
			return Object.fromEntries(
				Object.entries(facts).map(([name, seen]) => [
					name,
					(seen as Json).value,
				]),
			);
		},
	};
}
