import { writePrompts } from "./batch-run.mjs";
import { createPlace, flux } from "./programs.mjs";

const few = 100;
const some = 10_000;
const many = 100_000;

/** Rows that are only planned, by `--dry-run`: what a row costs and whether memory grows with them; and a large batch at work. */
export async function run(bench) {
	const planned = {};
	for (const count of [few, some, many])
		planned[count] = await plan(count, bench);
	return [
		{
			...{ name: "planning a row", unit: "ms of CPU", digits: 3, atMost: 0.1 },
			value: (planned[many].cpuMs - planned[few].cpuMs) / (many - few),
		},
		...[few, some, many].map((count) => ({
			name: `peak memory, ${count.toLocaleString("en")} planned rows`,
			unit: "MiB",
			value: planned[count].peakMiB,
			atMost: 140,
		})),
		{
			name: "peak memory, 10,000 rows, 64 wide",
			...{ unit: "MiB", value: await buySome(bench), atMost: 140 },
		},
	];
}

async function plan(count, bench) {
	const place = await createPlace(bench);
	const file = await writePrompts(place.folder, count, 1_500);
	const argv = ["batch", file, "-o", "out/", "--dry-run", "-q"];
	return flux(place, argv, { peak: true });
}

/** All rows are read and looked up, and those of the first seconds bought: the rest would only be more of it. */
async function buySome(bench) {
	const place = await createPlace(bench);
	const file = await writePrompts(place.folder, some, 1_500);
	const limits = ["-p", "64", "--max-cost", "1000000"];
	const argv = ["batch", file, "-o", "out/", ...limits, "-q"];
	const { peakMiB } = await flux(place, argv, {
		...{ peak: true, interruptAfterMs: 12_000, codes: [130] },
	});
	return peakMiB;
}
