import { once } from "node:events";
import { connect } from "node:net";
import { expect, it, vi } from "vitest";

const harness = (file: string) =>
	import(new URL(`../../bench/chaos/${file}`, import.meta.url).href);
const { comeToRest } = await harness("commands.mjs");
const { createRandom } = await harness("random.mjs");
const { startService } = await harness("service.mjs");
const order = JSON.stringify({ input: { prompt: "p" } });

/** An order by a connection that is gone before it is taken, as that of a killed process. */
async function orderAndDie(url: string): Promise<void> {
	const socket = connect(Number(new URL(url).port), "127.0.0.1");
	await once(socket, "connect");
	const head = `POST /v1/models/a/b/runs HTTP/1.1\r\nhost: x\r\ncontent-length: ${order.length}\r\n\r\n`;
	await new Promise((sent) => socket.write(head + order, sent));
	socket.destroy();
}

/** What is found wrong where `resume` does so, and all other processes end well. */
async function wrongAfter(resume: (service: Service) => Promise<unknown>) {
	const faults = { slow: 1, runMs: [0, 0], linkMs: 60_000, billRatio: 1 };
	const service = await startService(createRandom(1), faults);
	await orderAndDie(service.url);
	await service.acceptAll();
	const wrong: string[] = [];
	const run = async ([word]: readonly string[]) => {
		if (word === "resume") await resume(service);
		return { code: 0, stderr: "" };
	};
	const machine = { command: { argv: ["p"] }, service, wrong, run };
	await comeToRest(machine, { keys: ["k"] });
	service.stop();
	return wrong;
}

interface Service {
	readonly url: string;
	readonly account: { readonly runs: ReadonlyMap<string, unknown> };
}

it("an order of a killed process that is taken while resume runs is not resume's", async () => {
	const wrong = await wrongAfter(({ account }) =>
		vi.waitFor(() => expect(account.runs.size).toBe(1), 60_000),
	);
	expect(wrong).toEqual([]);
});

it("an order that resume sends is found", async () => {
	let sent = 0;
	const wrong = await wrongAfter(async ({ url }) => {
		if (sent++ > 0) return;
		await fetch(`${url}/v1/models/a/b/runs`, { method: "POST", body: order });
	});
	expect(wrong).toEqual(["resume sent an order"]);
});
