import { expect, test } from "vitest";
import type { RequestEntry } from "../../src/sandbox/options.ts";
import { buy, call, start } from "../sandbox/start.ts";
import { openReceiver } from "./open-receiver.ts";

/** A sandbox that calls a receiver back, which knows the secret that signs. */
async function world(...faults: readonly string[]) {
	const answered: { count: number; readonly wake: Set<() => void> } = {
		count: 0,
		wake: new Set(),
	};
	const deliveries: RequestEntry[] = [];
	const sandbox = await start({
		faults,
		callbackRetryMs: [1, 1],
		onRequest(entry) {
			if (entry.port !== "callback") return;
			deliveries.push(entry);
			answered.count += 1;
			for (const wake of answered.wake) wake();
		},
	});
	const body = { label: "test" };
	const { json } = await call(sandbox, "/v1/callback-secrets", { body });
	const opened = await openReceiver({ secret: String(json.plain_secret) });
	const callback_url = `${opened.receiver.url}/hook`;
	return {
		...opened,
		/** Makes a run and waits for its end. */
		async buy() {
			const { json } = await buy(sandbox, { callback_url });
			opened.expectEnds(String(json.id));
			return String(json.id);
		},
		/** The statuses of so many callbacks, once they are answered. */
		async statuses(count: number) {
			while (answered.count < count)
				await new Promise<void>((resolve) => answered.wake.add(resolve));
			return deliveries.map(({ status }) => status);
		},
	};
}

test("the sandbox's callbacks are understood", async () => {
	const { buy, statuses, ends, notes } = await world();
	const id = await buy();
	expect(await statuses(1)).toEqual([204]);
	expect(ends).toEqual([id]);
	expect(notes).toEqual([]);
});

test.each(["moderated", "cancelled", "errored", "timeout", "partial"])(
	"an end as %s is told",
	async (fault) => {
		const { buy, statuses, ends } = await world(`run:${fault}`);
		const id = await buy();
		await statuses(1);
		expect(ends).toEqual([id]);
	},
);

test("callback:forged changes nothing, however often it is tried, and is told", async () => {
	const { buy, statuses, ends, notes } = await world("callback:forged@1");
	await buy();
	expect(await statuses(3)).toEqual([401, 401, 401]);
	expect(ends).toEqual([]);
	expect(notes).toEqual([
		expect.stringMatching(/^a callback with a wrong signature was refused: /),
	]);
});

test("callback:bare changes nothing and is told", async () => {
	const { buy, statuses, ends, notes } = await world("callback:bare");
	await buy();
	expect(await statuses(3)).toEqual([401, 401, 401]);
	expect(ends).toEqual([]);
	expect(notes).toEqual([
		expect.stringMatching(/^a callback without a signature was refused: /),
	]);
});

test("callback:garbage changes nothing and is told", async () => {
	const { buy, statuses, ends, notes } = await world("callback:garbage");
	await buy();
	expect(await statuses(3)).toEqual([400, 400, 400]);
	expect(ends).toEqual([]);
	expect(notes).toEqual([
		"a signed callback was refused: it is not a JSON object",
	]);
});

test("callback:twice is told twice", async () => {
	const { buy, statuses, ends } = await world("callback:twice");
	const id = await buy();
	expect(await statuses(2)).toEqual([204, 204]);
	expect(ends).toEqual([id, id]);
});

test("callback:lost is told by nobody, and the next run is", async () => {
	const { buy, statuses, ends } = await world("callback:lost@1");
	await buy();
	const second = await buy();
	expect(await statuses(1)).toEqual([204]);
	expect(ends).toEqual([second]);
});

test("callback:late is told when it comes", async () => {
	const { buy, statuses, ends } = await world("callback:late=20ms");
	const id = await buy();
	expect(ends).toEqual([]);
	expect(await statuses(1)).toEqual([204]);
	expect(ends).toEqual([id]);
});
