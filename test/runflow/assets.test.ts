import nock from "nock";
import { describe, expect, test } from "vitest";
import { createAssetApi } from "../../src/runflow/assets.ts";
import { ServiceProblem } from "../../src/runflow/problem.ts";
import { apiUrl, nockCaller, useNock } from "./nock-client.ts";

useNock();

const link = "https://storage.test/uploads/1?signature=abc";
const file = { filename: "a.png", mimeType: "image/png", sizeBytes: 12 };

async function api() {
	return createAssetApi(await nockCaller());
}

describe("an upload is announced", () => {
	test("with name, type and size, and the account's key", async () => {
		nock(apiUrl, {
			reqheaders: {
				authorization: "Bearer rf_live_secret",
				"content-type": "application/json",
			},
		})
			.post("/v1/asset-uploads", {
				filename: "a.png",
				mime_type: "image/png",
				size_bytes: 12,
			})
			.reply(201, { asset_id: "asset-1", upload_url: link, more: null });
		expect(await (await api()).announce(file)).toEqual({
			assetId: "asset-1",
			uploadUrl: link,
		});
	});

	test.each([
		[{ id: "asset-1", upload_url: link }],
		[{ asset_id: null, id: "asset-1", upload_url: link }],
	])("and answered in another way: %j", async (body) => {
		nock(apiUrl).post("/v1/asset-uploads").reply(200, body);
		expect((await (await api()).announce(file)).assetId).toBe("asset-1");
	});

	test.each([
		[{ upload_url: link }, "an answer with no `asset_id`"],
		[{ asset_id: 7, upload_url: link }, "an answer with no `asset_id`"],
		[{ asset_id: "a/../b", upload_url: link }, "an answer with no `asset_id`"],
		[{ asset_id: "asset-1" }, "an answer with no `upload_url`"],
		[
			{ asset_id: "asset-1", upload_url: "uploads/1" },
			"an answer with no `upload_url`",
		],
	])("and not understood: %j", async (body, message) => {
		nock(apiUrl).post("/v1/asset-uploads").reply(201, body);
		const error = await (await api()).announce(file).catch((thrown) => thrown);
		expect(error).toBeInstanceOf(ServiceProblem);
		expect(error).toMatchObject({ message, status: 201, fromService: false });
	});
});

describe("an upload is confirmed", () => {
	const confirm = async (body: nock.Body) => {
		nock(apiUrl)
			.post("/v1/asset-uploads/asset%201/confirmations", {})
			.reply(201, body);
		return (await api()).confirm("asset 1");
	};

	test.each<[nock.Body, object]>([
		[{ id: "asset-2", url: link, size_bytes: 12 }, { id: "asset-2" }],
		[{ asset_id: "asset-2" }, { id: "asset-2" }],
		[{ ok: true }, { id: "asset 1" }],
		[
			{ id: "asset-2", expires_at: "2026-11-04T12:00:00Z" },
			{ id: "asset-2", expiresAt: "2026-11-04T12:00:00Z" },
		],
		[{ id: "asset-2", expires_at: 5 }, { id: "asset-2" }],
	])("%j is read as %j", async (body, asset) => {
		expect(await confirm(body)).toEqual(asset);
	});

	test("a page in place of the answer confirms nothing", async () => {
		await expect(confirm("<html></html>")).rejects.toMatchObject({
			status: 201,
			fromService: false,
		});
	});

	test("an error has the service's words", async () => {
		nock(apiUrl)
			.post("/v1/asset-uploads/asset-1/confirmations")
			.reply(409, { code: "CONFLICT", message: "no bytes yet" });
		await expect((await api()).confirm("asset-1")).rejects.toMatchObject({
			status: 409,
			code: "CONFLICT",
			message: "no bytes yet",
		});
	});
});
