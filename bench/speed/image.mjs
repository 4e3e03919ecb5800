import { measureFirstMinute, measureLate } from "./late.mjs";
import { measureThreeSeconds } from "./three-seconds.mjs";

/** One image at a time, and beside all of it one process that waits for a long run and does next to nothing. */
export async function run(bench) {
	const minute = measureFirstMinute(bench);
	const figures = [
		...(await measureLate(bench)),
		...(await measureThreeSeconds(bench)),
	];
	return [...figures, ...(await minute)];
}
