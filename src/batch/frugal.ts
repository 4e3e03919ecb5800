import v8 from "node:v8";
import vm from "node:vm";

/** Rows between two looks at the heap. */
const rowsBetween = 250;
/** Garbage that may pile up, in bytes. */
const slackBytes = 15 * 1024 * 1024;

/**
 * Keeps the heap near what a batch really holds. Left alone, V8 lets garbage of ten thousand rows pile
 * up to three times that before it collects: on a small machine, many batches side by side notice.
 * A collection takes some 10 ms, and comes every few thousand rows.
 * @returns to be called for each row
 */
export function createFrugality(): () => void {
	let collect: (() => void) | undefined;
	let liveBytes = process.memoryUsage().heapUsed;
	let rows = 0;
	return () => {
		rows += 1;
		if (rows % rowsBetween !== 0) return;
		if (process.memoryUsage().heapUsed < liveBytes + slackBytes) return;
		collect ??= exposedCollector();
		collect();
		liveBytes = process.memoryUsage().heapUsed;
	};
}

/** What `node --expose-gc` gives; a shebang cannot pass flags everywhere. */
function exposedCollector(): () => void {
	v8.setFlagsFromString("--expose-gc");
	return vm.runInNewContext("gc") as () => void;
}
