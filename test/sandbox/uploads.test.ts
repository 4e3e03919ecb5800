import { expect, test } from "vitest";
import type { Paint, PictureRequest } from "../../src/sandbox/pictures.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import {
	buyLink,
	call,
	fakeNow,
	type Json,
	list,
	start,
	ultra,
} from "./start.ts";

const bytes = Buffer.from("twelve bytes");
const request = { filename: "a.png", mime_type: "image/png", size_bytes: 12 };

async function announce(sandbox: Sandbox): Promise<Json> {
	const { json } = await call(sandbox, "/v1/asset-uploads", { body: request });
	return json;
}

function put(
	upload: Json,
	body: Uint8Array = bytes,
	headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
	return fetch(String(upload.upload_url), {
		method: "PUT",
		body: Buffer.from(body),
		headers: { "content-type": "image/png", ...headers },
	});
}

function confirm(sandbox: Sandbox, id: unknown) {
	const path = `/v1/asset-uploads/${id}/confirmations`;
	return call(sandbox, path, { body: {} });
}

/** A painter that keeps what it was given to start from. */
function rememberingPaint() {
	const seen: (readonly Buffer[])[] = [];
	const paint: Paint = async ({ inputs = [] }) => {
		seen.push(inputs);
		return Buffer.from("painted");
	};
	return { paint, seen };
}

test("three steps: announced, put to the storage without a key, confirmed, and then an input", async () => {
	const { paint, seen } = rememberingPaint();
	const sandbox = await start({ paint });
	const upload = await announce(sandbox);
	const stored = await put(upload);
	const confirmed = await confirm(sandbox, upload.asset_id);
	const { json } = await call(sandbox, `${ultra}/edit/runs`, {
		body: {
			input: {
				prompt: "x",
				image_url: `runflow://assets/${upload.asset_id}`,
				image_urls: [String(confirmed.json.url)],
			},
		},
	});
	const run = await call(sandbox, `/v1/runs/${json.id}`);
	await fetch(String(run.json.output?.outputs?.[0]?.url));

	expect(String(upload.upload_url)).toContain(`${sandbox.storageUrl}/uploads/`);
	expect(stored.status).toBe(200);
	expect(confirmed.status).toBe(201);
	const links = { url: "", thumbnail_url: "" };
	expect(confirmed.json).toMatchObject({
		id: upload.asset_id,
		mime_type: "image/png",
		size_bytes: 12,
		name: "a.png",
		asset_type: "image",
		thumbnail_url: confirmed.json.url,
		created_at: expect.any(String),
	});
	const later = await call(sandbox, `/v1/assets/${upload.asset_id}`);
	expect({ ...later.json, ...links }).toEqual({ ...confirmed.json, ...links });
	expect((await fetch(String(later.json.url))).status).toBe(200);
	expect(seen).toEqual([[bytes, bytes]]);
	const back = await fetch(String(confirmed.json.url));
	expect(await back.text()).toBe("twelve bytes");
});

test("an output of ours and data in the address are inputs too; other addresses are not fetched", async () => {
	const { paint, seen } = rememberingPaint();
	const sandbox = await start({ paint });
	const { json } = await call(sandbox, `${ultra}/edit/runs`, {
		body: {
			input: {
				prompt: "x",
				image_urls: [
					await buyLink(sandbox),
					`data:image/png;base64,${bytes.toString("base64")}`,
					"https://storage.invalid/a.png",
				],
			},
		},
	});
	const run = await call(sandbox, `/v1/runs/${json.id}`);
	await fetch(String(run.json.output?.outputs?.[0]?.url));

	expect(seen.at(-1)).toEqual([Buffer.from("painted"), bytes]);
	const stored = String(list(run.json.input?.image_urls)[1]);
	expect(stored).toContain(`${sandbox.storageUrl}/assets/`);
	expect(await (await fetch(stored)).text()).toBe("twelve bytes");
	const listed = await call(sandbox, "/v1/runs?fields=input&limit=1");
	expect(list(listed.json.items?.[0]?.input?.image_urls)).toHaveLength(3);
	expect(listed.text).not.toContain("base64");
});

test.each([
	[{ ...request, filename: "" }, "filename"],
	[{ ...request, mime_type: "png" }, "mime_type"],
	[{ ...request, size_bytes: 0 }, "size_bytes"],
	[{ ...request, size_bytes: 52_428_801 }, "size_bytes"],
	[{ ...request, size_bytes: "12" }, "size_bytes"],
])("%j is refused", async (body, field) => {
	const sandbox = await start();
	const { status, json } = await call(sandbox, "/v1/asset-uploads", { body });

	expect(status).toBe(422);
	expect(json.errors).toMatchObject([{ loc: ["body", field] }]);
});

test("bytes of another type, another length, or with a key are not taken", async () => {
	const sandbox = await start();
	const upload = await announce(sandbox);
	const otherType = await put(upload, bytes, { "content-type": "image/jpeg" });
	const shorter = await put(upload, bytes.subarray(1));
	const withKey = await put(upload, bytes, { authorization: "Bearer x" });
	const confirmed = await confirm(sandbox, upload.asset_id);

	expect([otherType.status, shorter.status, withKey.status]).toEqual([
		403, 400, 400,
	]);
	expect([confirmed.status, confirmed.json.code]).toEqual([409, "CONFLICT"]);
});

test("a link to upload to expires", async () => {
	const time = fakeNow();
	const sandbox = await start({ now: time.now, linkTtlMs: 1_000 });
	const upload = await announce(sandbox);
	time.advance(1_001);

	expect((await put(upload)).status).toBe(403);
});

test("an asset that nobody announced, or that is not confirmed, is no input", async () => {
	const sandbox = await start();
	const { asset_id } = await announce(sandbox);
	const image_url = `runflow://assets/${asset_id}`;
	const refused = await call(sandbox, `${ultra}/edit/runs`, {
		body: { input: { prompt: "x", image_url } },
	});

	expect(refused.status).toBe(422);
	expect((await confirm(sandbox, "nothing")).status).toBe(404);
	expect((await call(sandbox, `/v1/assets/${asset_id}`)).status).toBe(404);
});

test.each([
	["put:expire", 403],
	["put:500", 500],
	["put:503", 503],
	["upload:500@2", 500],
	["put:slow=10ms", 200],
])("%s: the bytes are answered with %i", async (fault, status) => {
	const sandbox = await start({ faults: [fault] });

	expect((await put(await announce(sandbox))).status).toBe(status);
});

test.each([
	["put:reset-before", 409],
	["put:reset-after", 201],
])("%s: no answer, and the confirmation is %i", async (fault, status) => {
	const sandbox = await start({ faults: [fault] });
	const upload = await announce(sandbox);

	await expect(put(upload)).rejects.toThrow();
	expect((await confirm(sandbox, upload.asset_id)).status).toBe(status);
});

/** An edit that starts from an asset. */
function edit(sandbox: Sandbox, ...ids: readonly unknown[]) {
	const image_urls = ids.map((id) => `runflow://assets/${id}`);
	return call(sandbox, `${ultra}/edit/runs`, {
		body: { input: { prompt: "x", image_urls } },
	});
}

/** What the outputs of a new run are, by their ids. */
async function buyAssets(
	sandbox: Sandbox,
	input: Readonly<Record<string, unknown>> = { prompt: "a garden" },
): Promise<readonly Json[]> {
	const model = "/v1/models/openai/gpt-image-2/runs";
	const { json } = await call(sandbox, model, { body: { input } });
	const run = await call(sandbox, `/v1/runs/${json.id}`);
	return list(run.json.output?.outputs).map(({ asset_id }) => asset_id as Json);
}

test("an output is an asset: named as an input, it hangs in the next picture like an upload", async () => {
	const painted: PictureRequest[] = [];
	const paint: Paint = async (request) => {
		painted.push(request);
		return Buffer.from(`painted ${request.seed}`);
	};
	const sandbox = await start({ paint });
	const assets = await buyAssets(sandbox, {
		prompt: "a garden",
		num_images: 2,
	});
	const { status, json } = await edit(sandbox, assets[1], assets[0]);
	const run = await call(sandbox, `/v1/runs/${json.id}`);
	await fetch(String(run.json.output?.outputs?.[0]?.url));

	expect(status).toBe(201);
	const [second, first, last] = painted;
	expect(Number(second?.seed)).toBe(Number(first?.seed) + 1);
	expect(last?.inputs?.map(String)).toEqual([
		`painted ${second?.seed}`,
		`painted ${first?.seed}`,
	]);
});

test("an output is no asset before its run has ended, nor one that was never made", async () => {
	const time = fakeNow();
	const sandbox = await start({ now: time.now, latencyMs: 1_000 });
	const { json } = await call(sandbox, `${ultra}/runs`, {
		body: { input: { prompt: "a garden" } },
	});
	const early = await edit(sandbox, `${json.id}-0`);
	time.advance(1_000);
	const there = await edit(sandbox, `${json.id}-0`);
	const beyond = await edit(sandbox, `${json.id}-1`);

	expect([early.status, there.status, beyond.status]).toEqual([422, 201, 422]);
});

test("run:no-asset-ids: the outputs have no id, and the one that they would have is none", async () => {
	const sandbox = await start({ faults: ["run:no-asset-ids"] });
	const { json } = await call(sandbox, `${ultra}/runs`, {
		body: { input: { prompt: "a garden" } },
	});
	const run = await call(sandbox, `/v1/runs/${json.id}`);

	expect(run.json.output?.outputs?.[0]).not.toHaveProperty("asset_id");
	expect((await edit(sandbox, `${json.id}-0`)).status).toBe(422);
});

test("post:asset-gone: an asset that was confirmed, and one that is an output, are refused with their field", async () => {
	const sandbox = await start({ faults: ["post:asset-gone@2-3"] });
	const [output] = await buyAssets(sandbox);
	const upload = await announce(sandbox);
	await put(upload);
	await confirm(sandbox, upload.asset_id);
	const refused = [
		await edit(sandbox, upload.asset_id),
		await edit(sandbox, output),
	];

	expect(refused.map(({ status, json }) => [status, json.errors])).toEqual(
		[upload.asset_id, output].map((id) => [
			422,
			[
				{
					loc: ["body", "input", "image_urls"],
					msg: `Asset ${id} was not found`,
				},
			],
		]),
	);
	expect((await edit(sandbox, upload.asset_id, output)).status).toBe(201);
});
