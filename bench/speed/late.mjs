import { makeHistory } from "./batch-run.mjs";
import { median, pause } from "./numbers.mjs";
import { createPlace, flux, measure, peers } from "./programs.mjs";

const clients = 20;
/** Between starts, in milliseconds: those that start do not hold up those that wait. */
const apartMs = 600;
const takesMs = "9000-11000";
const prompt = `a lighthouse, takes ${takesMs} ms`;

/**
 * How late the end of a run of 10 s ± 1 s is noticed: from the end to the request for the picture, by the service's clock. Each
 * client is a process with a state of its own that waits for real; they wait side by side, so that all take a minute.
 */
export async function measureLate(bench) {
	const [history, first, sdk] = await Promise.all([
		makeHistory(bench, takesMs),
		buyEach(bench),
		buyAsSdk(bench),
	]);
	const later = await buyEach(bench, history);
	const requests = (reports) => median(reports.map((one) => one.requests));
	return [
		{
			...{ name: "end noticed late, with history", unit: "ms" },
			...{ value: lateMs(later), atMost: 150 },
			peers: { "SDK's way": lateMs([sdk]) },
		},
		{
			...{ name: "end noticed late, the first time", unit: "ms" },
			...{ value: lateMs(first), atMost: 300 },
		},
		{
			...{ name: "requests of a run of 10 s, with history", digits: 1 },
			...{ value: requests(later), atMost: 14 },
			peers: { "SDK's way": sdk.requests / clients },
		},
		{
			...{ name: "requests of a run of 10 s, the first time", digits: 1 },
			value: requests(first),
		},
	];
}

function lateMs(reports) {
	const runs = reports.flatMap((report) => report.runs);
	return median(runs.map((run) => run.pictureAtMs - run.endsAtMs));
}

async function buyEach(bench, history) {
	const buy = async (_, at) => {
		const place = await createPlace(bench, history);
		await pause(at * apartMs);
		await flux(place, [prompt, "-o", "x.jpg"]);
		return place.report();
	};
	return Promise.all(Array.from({ length: clients }, buy));
}

/** All from one process. */
async function buyAsSdk(bench) {
	const place = await createPlace(bench);
	const counts = [String(clients), String(clients)];
	const words = [place.folder, ...counts, prompt, String(apartMs)];
	await measure(place, [...peers.sdk, ...words]);
	return place.report();
}

/** A run that takes longer, left when it is a minute old. */
export async function measureFirstMinute(bench) {
	const place = await createPlace(bench);
	await flux(place, ["a lighthouse, takes 90000 ms", "-o", "x.jpg"], {
		...{ interruptAfterMs: 60_500, codes: [130] },
	});
	const { requests } = await place.report();
	const name = "requests in the first minute of a run";
	return [{ name, value: requests, atMost: 30 }];
}
