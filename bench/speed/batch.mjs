import { runBatch } from "./batch-run.mjs";
import { pause } from "./numbers.mjs";
import { hasCurl } from "./programs.mjs";

/**
 * Short runs show what a place costs that is refilled late, long ones an end that is noticed late. Those of one line go side by side,
 * half a wave apart: neither is busy for more than a moment at the ends of its waves.
 */
const batches = [
	[{ width: 64, takesMs: 1_500, waves: 8, atLeast: 0.92 }],
	[
		{ width: 64, takesMs: 10_000, waves: 3, atLeast: 0.97 },
		{ width: 64, takesMs: 5_000, waves: 5, atLeast: 0.965 },
	],
	[{ width: 256, takesMs: 1_500, waves: 4, atLeast: 0.5 }],
	[{ width: 256, takesMs: 5_000, waves: 3, atLeast: 0.91 }],
	[{ width: 256, takesMs: 10_000, waves: 2, atLeast: 0.95 }],
];

/** Whole commands over equal runs: the time of the runs alone, wave after wave, ÷ the time from start to exit. */
export async function run(bench) {
	const xargs =
		hasCurl &&
		(await runBatch("xargs", { width: 64, takesMs: 1_500, waves: 1 }, bench));
	const figures = [];
	for (const [batch, beside] of batches) {
		const runs = [runBatch("flux", batch, bench)];
		if (beside) {
			await pause(2_500);
			runs.push(runBatch("flux", beside, bench));
		}
		const [ours, besideIt] = await Promise.all(runs);
		const isShort = batch.takesMs === 1_500;
		const ideal = isShort && (await runBatch("ideal", batch, bench));
		const isShown = isShort && batch.width === 64;
		figures.push(
			toFigure(batch, ours, ideal, isShown && xargs),
			...(isShown ? costs({ ours, ideal, xargs }) : []),
			...(beside ? [toFigure(beside, besideIt)] : []),
		);
	}
	return figures;
}

function toFigure({ width, takesMs, atLeast }, ours, ideal, xargs) {
	return {
		name: `batch ${width} wide, runs of ${takesMs / 1_000} s`,
		...{ unit: "× ideal", digits: 3, value: ours.efficiency, atLeast },
		...(ideal && { limit: ideal.efficiency }),
		...(xargs && { peers: { "xargs -P": xargs.efficiency } }),
	};
}

/** What an image of a batch costs, by the one of many short runs. */
function costs({ ours, ideal, xargs }) {
	const peersBy = (name) => xargs && { peers: { "xargs -P": xargs[name] } };
	return [
		{
			...{ name: "CPU of an image in a batch", unit: "ms", digits: 1 },
			...{ value: ours.cpuMs, atMost: 14, limit: ideal.cpuMs },
			...peersBy("cpuMs"),
		},
		{
			...{ name: "requests an image in a batch", digits: 2 },
			...{ value: ours.requests, atMost: 2.4, limit: 2 },
			...peersBy("requests"),
		},
		{
			...{ name: "peak memory, 64 wide", unit: "MiB" },
			...{ value: ours.peakMiB, atMost: 140, limit: ideal.peakMiB },
		},
	];
}
