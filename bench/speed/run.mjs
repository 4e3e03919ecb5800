import { rmSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { hasCurl, stopAll } from "./programs.mjs";
import { startService } from "./service-process.mjs";
import { describeMachine, isMet, toTable } from "./table.mjs";

/** Each takes `{service, folder}` and gives figures: name, unit, value, `atMost` or `atLeast` as its target, `peers`, `limit`, a note. */
export const measurements = {
	start: () => import("./start.mjs"),
	image: () => import("./image.mjs"),
	batch: () => import("./batch.mjs"),
	rows: () => import("./rows.mjs"),
	past: () => import("./past.mjs"),
	download: () => import("./download.mjs"),
	gallery: () => import("./gallery.mjs"),
};

/**
 * Takes the figures, one measurement after the other, and prints them beside their targets.
 * @param words `--json <file>`
 * @returns the exit code: 0 where all could be measured, whether or not the targets are met
 */
export async function measureSpeed(names, words) {
	const { values } = parseArgs({
		args: words,
		options: { json: { type: "string" } },
	});
	// A certificate to be read at each start triples what a bare Node takes, and flatters every ratio.
	delete process.env.NODE_EXTRA_CA_CERTS;
	const folder = await mkdtemp(path.join(tmpdir(), "flux-ultra-bench-"));
	process.once("exit", () => {
		stopAll();
		rmSync(folder, { recursive: true, force: true });
	});
	process.once("SIGINT", () => process.exit(130));
	const machine = describeMachine(folder);
	console.log(JSON.stringify(machine, undefined, 1));
	if (!hasCurl) console.log("curl, jq or xargs is missing: left out");
	const service = await startService(folder);
	const figures = [];
	const failed = [];
	try {
		for (const name of names) {
			const startedAtMs = performance.now();
			const { run } = await measurements[name]();
			try {
				figures.push(...(await run({ folder, service })));
			} catch (error) {
				// The others are worth having all the same.
				console.error(error);
				failed.push(name);
			}
			const seconds = (performance.now() - startedAtMs) / 1_000;
			console.error(`${name}: ${seconds.toFixed(0)} s`);
		}
	} finally {
		await service.stop();
	}
	console.log(`\n${toTable(figures)}`);
	if (values.json !== undefined) {
		const judged = figures.map((one) => ({ ...one, isMet: isMet(one) }));
		const text = JSON.stringify({ machine, figures: judged }, undefined, "\t");
		await writeFile(values.json, `${text}\n`);
	}
	if (failed.length > 0) console.log(`\nfailed: ${failed.join(", ")}`);
	return failed.length === 0 ? 0 : 1;
}
