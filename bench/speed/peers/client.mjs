import { createWriteStream } from "node:fs";
import { Agent, get, request } from "node:http";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";

/*
 * node sdk.mjs|ideal.mjs FOLDER WIDTH COUNT PROMPT [GAP]: COUNT images, WIDTH at once, the first ones started GAP ms apart. The least
 * that a Node program can do: no checks, nothing kept for a crash.
 */

const api = process.env.FLUX_ULTRA_API_URL;
const agent = new Agent({ keepAlive: true });
const headers = { authorization: `Bearer ${process.env.RUNFLOW_API_KEY}` };

/** @param waitForEnd takes the answer to the order and how to read the run; resolves to the run at its end */
export async function buyAll(waitForEnd) {
	const [, , folder, width, count, prompt, gap = "0"] = process.argv;
	let next = 0;
	const lane = async (_, at) => {
		await pause(at * Number(gap));
		while (next < Number(count)) {
			const number = next++;
			const text = prompt.replace("{index}", String(number));
			const order = await post({ input: { prompt: text } });
			const read = () => readJson(`${api}/v1/runs/${order.run.id}`);
			const run = await waitForEnd(order, read);
			const file = path.join(folder, `${number}.jpg`);
			const picture = await open(run.output.outputs[0].url);
			await pipeline(picture, createWriteStream(file));
		}
	};
	await Promise.all(Array.from({ length: Number(width) }, lane));
	agent.destroy();
}

async function post(body) {
	const url = `${api}/v1/models/black-forest-labs/flux-1-1-pro-ultra/runs`;
	const response = await new Promise((resolve, reject) => {
		const options = { agent, method: "POST", headers };
		request(url, options, resolve)
			.on("error", reject)
			.end(JSON.stringify(body));
	});
	const endsAtMs = Number(response.headers["x-bench-ends-at"]);
	return { run: await json(response), endsAtMs };
}

async function readJson(url) {
	return json(await open(url));
}

function open(url) {
	return new Promise((resolve, reject) => {
		get(url, { agent, headers }, resolve).on("error", reject);
	});
}

async function json(response) {
	let text = "";
	for await (const chunk of response) text += chunk;
	return JSON.parse(text);
}
