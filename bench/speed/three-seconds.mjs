import { makeHistory } from "./batch-run.mjs";
import { median, pause } from "./numbers.mjs";
import { createPlace, flux, hasCurl, measure, peers } from "./programs.mjs";

const rounds = 5;
const takesMs = 3_000;
/** Between starts, in milliseconds. While one waits for its run the next one starts: in turns, and no two busy at once. */
const apartMs = 1_000;
const prompt = `a lighthouse, takes ${takesMs} ms`;

/** Whole commands, each buying one image whose run takes 3 s, in turns. */
export async function measureThreeSeconds(bench) {
	const history = await makeHistory(bench, takesMs);
	const contenders = {
		first: (place) => flux(place, [prompt, "-o", "x.jpg"]),
		later: (place) => flux(place, [prompt, "-o", "x.jpg"]),
		sdk: (place) => measure(place, peerWords("sdk", place)),
		ideal: (place) => measure(place, peerWords("ideal", place)),
		...(hasCurl && {
			curl: (place) => measure(place, [...peers.curl, prompt, "x.jpg"]),
		}),
	};
	const results = [];
	for (let round = 0; round < rounds; round++)
		for (const [name, buy] of Object.entries(contenders)) {
			const start = name === "later" ? history : undefined;
			const place = await createPlace(bench, start);
			results.push(buy(place).then((result) => ({ name, ...result })));
			await pause(apartMs);
		}
	return toFigures(await Promise.all(results));
}

function peerWords(name, { folder }) {
	return [...peers[name], folder, "1", "1", prompt];
}

function toFigures(results) {
	const of = (name, field) => {
		const some = results.filter((result) => result.name === name);
		return some.length > 0
			? median(some.map((result) => result[field]))
			: undefined;
	};
	const beyond = (name) => of(name, "wallMs") - takesMs;
	const curl = (value) => hasCurl && { "curl + jq": value };
	return [
		{
			...{ name: "one image of 3 s, beyond its run, with history", unit: "ms" },
			...{ value: beyond("later"), atMost: 250, limit: beyond("ideal") },
			peers: { "SDK's way": beyond("sdk"), ...curl(beyond("curl")) },
		},
		{
			...{ name: "one image of 3 s, beyond its run, the first time" },
			...{ unit: "ms", value: beyond("first"), atMost: 700 },
		},
		{
			...{ name: "CPU of one image", unit: "ms" },
			...{ value: of("later", "cpuMs"), atMost: 350 },
			limit: of("ideal", "cpuMs"),
			peers: { "SDK's way": of("sdk", "cpuMs"), ...curl(of("curl", "cpuMs")) },
		},
	];
}
