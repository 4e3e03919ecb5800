import nock from "nock";
import { expect, test } from "vitest";
import { apiUrl, nockClient, useNock } from "./nock-client.ts";

useNock();

const documented = "/v1/billing/balance";
const official = "/v1/credit-balances";

async function readBalance(...answers: [string, number, nock.Body][]) {
	for (const [path, status, body] of answers)
		nock(apiUrl).get(path).reply(status, body);
	return (await nockClient()).readBalance();
}

test.each<[nock.Body, number | undefined]>([
	[{ balance: "12.45" }, 12.45],
	[{ balance_cents: 1245, currency: "USD" }, 12.45],
	[{ balance_usd: "12.45" }, 12.45],
	[{ items: [{ balance_usd: 12 }, { balance_usd: "0.45" }] }, 12.45],
	[{ credit: "12.45" }, undefined],
])("the documented route is asked first: %j", async (body, balance) => {
	expect(await readBalance([documented, 200, body])).toBe(balance);
});

test.each([403, 404, 405])(
	"where that answers %i, the route of official code is asked",
	async (status) => {
		const body = { items: [{ balance_usd: "12.45" }] };
		expect(
			await readBalance([documented, status, {}], [official, 200, body]),
		).toBe(12.45);
	},
);

test("where both are refused, the documented one says why", async () => {
	const refused = { code: "PERMISSION_DENIED", message: "no scope" };
	await expect(
		readBalance([documented, 403, refused], [official, 404, {}]),
	).rejects.toMatchObject({ status: 403, code: "PERMISSION_DENIED" });
});

test.each([401, 500])("%i is no reason to ask elsewhere", async (status) => {
	await expect(readBalance([documented, status, {}])).rejects.toMatchObject({
		status,
	});
});
