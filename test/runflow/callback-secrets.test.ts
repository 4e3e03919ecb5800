import nock from "nock";
import { expect, test } from "vitest";
import { ServiceProblem } from "../../src/runflow/problem.ts";
import { apiUrl, nockClient, useNock } from "./nock-client.ts";

useNock();

async function create(status: number, answer: nock.Body) {
	nock(apiUrl, { reqheaders: { "content-type": "application/json" } })
		.post("/v1/callback-secrets", { label: "flux-ultra on rose" })
		.reply(status, answer);
	const client = await nockClient();
	return client.createCallbackSecret("flux-ultra on rose");
}

test.each([
	[201, { id: "1", plain_secret: "whsec_abc", label: "x" }],
	[200, { plain_secret: " whsec_abc\n", more: null }],
])(
	"a secret is made under its label, and its text is read: %i",
	async (status, answer) => {
		expect(await create(status, answer)).toBe("whsec_abc");
	},
);

test.each([
	["{}", "an answer with no `plain_secret`"],
	['{"plain_secret":""}', "an answer with no `plain_secret`"],
	['{"plain_secret":null}', "an answer with no `plain_secret`"],
	["<html>", "an answer that is not the API's"],
])("an answer without one is a problem: %s", async (answer, message) => {
	const problem = await create(201, answer).catch((error: unknown) => error);
	expect(problem).toBeInstanceOf(ServiceProblem);
	expect(problem).toMatchObject({
		status: 201,
		fromService: false,
		message: expect.stringContaining(message),
	});
});

test("a refusal is told in the service's words", async () => {
	const body = { code: "PERMISSION_DENIED", message: "not with this key" };
	await expect(create(403, body)).rejects.toMatchObject({
		status: 403,
		code: "PERMISSION_DENIED",
		message: "not with this key",
	});
});
