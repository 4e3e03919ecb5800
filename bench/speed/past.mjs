import { createWriteStream } from "node:fs";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { median } from "./numbers.mjs";
import { createPlace, flux } from "./programs.mjs";

const pairs = 3;
const pastRuns = 100_000;
const manyPastRuns = 1_000_000;
const prompt = "a lighthouse, takes 300 ms";

/** One image under a limit of the day, which adds up what was spent, with and without a long past. */
export async function run(bench) {
	const [empty, long, longest] = [
		await createPlace(bench),
		await createPlace(bench),
		await createPlace(bench),
	];
	await buy(empty);
	const line = await readLine(empty);
	await writePast(line, pastRuns, long);
	const results = [];
	for (let pair = 0; pair < pairs; pair++)
		results.push({ without: await buy(empty), with: await buy(long) });
	await writePast(line, manyPastRuns, longest);
	const [fails, atAll] = await buy(longest).then(
		(result) => [0, `${Math.round(result.wallMs)} ms in all`],
		(error) => [1, String(error.message).slice(-200)],
	);
	// Nearly a gigabyte.
	await rm(longest.folder, { recursive: true });
	const beyond = (field) =>
		median(results.map((one) => one.with[field] - one.without[field]));
	return [
		{
			...{ name: "100,000 past runs and a limit of the day", atMost: 50 },
			...{ unit: "ms of CPU more", value: beyond("cpuMs") },
		},
		{
			...{ name: "the same in memory", unit: "MiB more", atMost: 20 },
			value: beyond("peakMiB"),
		},
		{
			...{ name: "1,000,000 past runs: purchases that fail", value: fails },
			...{ atMost: 0, note: atAll },
		},
	];
}

function buy(place) {
	const { env } = place;
	const limit = { FLUX_ULTRA_MAX_COST_PER_DAY: "1000000" };
	const output = `${performance.now()}.jpg`;
	const limited = { ...place, env: { ...env, ...limit } };
	return flux(limited, [prompt, "-o", output], { peak: true });
}

const ledgerOf = ({ folder }) => path.join(folder, "state", "ledger");

async function readLine(place) {
	const [name] = await readdir(ledgerOf(place));
	const text = await readFile(path.join(ledgerOf(place), name), "utf8");
	return JSON.parse(text.split("\n")[0]);
}

/** The same line with other names and times, evenly over this month until now. */
async function writePast(line, count, place) {
	const now = new Date();
	const month = now.toISOString().slice(0, 7);
	const firstMs = Date.parse(`${month}-01T00:00:00.000Z`);
	function* lines() {
		for (let at = 0; at < count; at += 1_000) {
			const some = Array.from({ length: 1_000 }, (_, more) =>
				renamed(
					line,
					at + more,
					firstMs + (now - firstMs) * ((at + more) / count),
				),
			);
			yield `${some.join("\n")}\n`;
		}
	}
	await mkdir(ledgerOf(place), { recursive: true });
	const file = path.join(ledgerOf(place), `${month}.jsonl`);
	await pipeline(Readable.from(lines()), createWriteStream(file));
}

function renamed(line, number, ms) {
	const at = new Date(ms).toISOString();
	const names = { client_ref: `past-${number}`, run_id: `past${number}` };
	return JSON.stringify({
		...line,
		record: { ...line.record, ...names, submitted_at: at },
		key: `${String(number).padStart(12, "0")}${line.key.slice(12)}`,
		path: `${line.path}-${number}.jpg`,
		finishedAt: at,
	});
}
