import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { createPlace, flux, measure, peers } from "./programs.mjs";

/**
 * Writes a file of prompts, one a row.
 * @param takesMs of each run, or a range: `9000-11000`
 * @returns its path
 */
export async function writePrompts(folder, count, takesMs) {
	const file = path.join(folder, `${count}.txt`);
	const rows = Array.from(
		{ length: count },
		(_, at) => `lighthouse ${at}, takes ${takesMs} ms\n`,
	);
	await writeFile(file, rows.join(""));
	return file;
}

/**
 * A whole batch of equal runs, by flux-ultra, by the ideal client, or by `xargs -P` over the loop of curl.
 * @returns beside what `measure` tells, `efficiency`: the time of the runs alone ÷ the time that it took;
 * `requests` and `cpuMs` an image
 */
export async function runBatch(program, { width, takesMs, waves }, bench) {
	const place = await createPlace(bench);
	const images = width * waves;
	const measured = await programs[program](place, { width, takesMs, images });
	const { requests, runs } = await place.report();
	// Gigabytes, over all batches.
	await rm(place.folder, { recursive: true });
	if (runs.length !== images)
		throw new Error(`${program} bought ${runs.length} of ${images} images`);
	return {
		...measured,
		efficiency: (waves * takesMs) / measured.wallMs,
		cpuMs: measured.cpuMs / images,
		requests: requests / images,
	};
}

const programs = {
	async flux(place, { width, takesMs, images }) {
		const file = await writePrompts(place.folder, images, takesMs);
		// Not under a limit: there a batch waits for the first bill before it goes wide.
		const wide = ["-p", String(width), "--yes"];
		const argv = ["batch", file, "-o", "out/", ...wide, "-q"];
		return flux(place, argv, { peak: true });
	},
	ideal(place, { width, takesMs, images }) {
		const prompt = `lighthouse {index}, takes ${takesMs} ms`;
		const counts = [String(width), String(images)];
		const argv = [...peers.ideal, place.folder, ...counts, prompt];
		return measure(place, argv, { peak: true });
	},
	xargs(place, { width, takesMs, images }) {
		const script = `seq "$1" | xargs -P "$2" -I{} sh "$3" "lighthouse {}, takes $4 ms" {}.jpg`;
		const counts = [String(images), String(width)];
		const words = ["sh", ...counts, ...peers.curl.slice(1), String(takesMs)];
		return measure(place, ["sh", "-c", script, ...words]);
	},
};

/** A place from which twenty such runs were made, so that what is remembered of them is there. */
export async function makeHistory(bench, takesMs) {
	const place = await createPlace(bench);
	const file = await writePrompts(place.folder, 20, takesMs);
	const limits = ["-p", "20", "--max-cost", "1000"];
	await flux(place, ["batch", file, "-o", "out/", ...limits, "-q"]);
	return place;
}
