import { median } from "./numbers.mjs";
import { createPlace, flux, hasCurl, measure } from "./programs.mjs";
import { startService } from "./service-process.mjs";

const pairs = 3;
const prompt = "a lighthouse, takes 300 ms, large";

/** A picture of 60 MB over 1 Gbit/s: from the request for it to the end of the process, beside `curl -o` and `sync`. */
export async function run({ folder, service: usualService }) {
	const service = await startService(folder, { large: true });
	try {
		const results = [];
		for (let pair = 0; pair < pairs; pair++)
			results.push({
				ours: await buy(prompt, { folder, service }),
				curlMs: hasCurl ? await fetchByCurl({ folder, service }) : undefined,
			});
		const usual = await buy("a lighthouse, takes 300 ms", {
			...{ folder, service: usualService },
		});
		const ours = median(results.map((one) => one.ours.downloadMs));
		const peak = median(results.map((one) => one.ours.peakMiB));
		return [
			hasCurl && {
				...{ name: "download of 60 MB", unit: "× curl -o and sync", digits: 2 },
				value: median(results.map((one) => one.curlMs / one.ours.downloadMs)),
				...{ atLeast: 0.9, note: `${Math.round(ours)} ms` },
			},
			{
				...{ name: "memory for 60 MB instead of 1.8", unit: "MiB more" },
				...{ value: peak - usual.peakMiB, atMost: 20 },
			},
		].filter(Boolean);
	} finally {
		await service.stop();
	}
}

async function buy(text, bench) {
	const place = await createPlace(bench);
	const bought = await flux(place, [text, "-o", "x.jpg"], { peak: true });
	const [{ pictureAtMs }] = (await place.report()).runs;
	return { ...bought, downloadMs: bought.endedAtMs - pictureAtMs };
}

/** Of a run that has ended already. */
async function fetchByCurl({ folder, service }) {
	const place = await createPlace({ folder, service });
	const headers = { authorization: `Bearer ${place.env.RUNFLOW_API_KEY}` };
	const order = await fetch(
		`${service.url}/v1/models/black-forest-labs/flux-1-1-pro-ultra/runs`,
		{ method: "POST", headers, body: JSON.stringify({ input: { prompt } }) },
	);
	const { id } = await order.json();
	let run;
	do
		run = await (
			await fetch(`${service.url}/v1/runs/${id}`, { headers })
		).json();
	while (run.output === null);
	const script = 'curl -sS -f -o x.jpg "$1" && sync x.jpg';
	const words = ["sh", "-c", script, "sh", run.output.outputs[0].url];
	const { endedAtMs } = await measure(place, words);
	const { runs } = await place.report();
	return endedAtMs - runs[0].pictureAtMs;
}
