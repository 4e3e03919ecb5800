import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as undici from "undici";
import { expect, test } from "vitest";
import type { PictureRequest } from "../../src/sandbox/pictures.ts";
import { fakeNow, type StartOptions, start } from "../sandbox/start.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { codeOf } from "./page.ts";
import { createSdk, type SdkOptions, type SdkRun } from "./sdk.ts";

/*
 * The sandbox needs none of flux-ultra's habits: whoever talks to the service as its official SDK does, can talk to the
 * sandbox unchanged.
 */

const ultra = "black-forest-labs/flux-1-1-pro-ultra";
const input = { prompt: "a garden", seed: 42 };

/** The SDK beside a sandbox that shares its clock: time passes only while the SDK sleeps. */
async function startWithSdk({
	fetch,
	...options
}: StartOptions & Pick<SdkOptions, "fetch"> = {}) {
	const time = fakeNow();
	const sleeps: number[] = [];
	const requests: string[] = [];
	const wishes: PictureRequest[] = [];
	const sandbox = await start({
		now: time.now,
		anyKey: true,
		latencyMs: 8_000,
		paint: async (wish) => {
			wishes.push(wish);
			return Buffer.from(`picture ${wishes.length}`);
		},
		onRequest: ({ method, path }) => requests.push(`${method} ${path}`),
		...options,
	});
	const sdk = createSdk({
		baseUrl: sandbox.apiUrl,
		apiKey: "rfk_of_somebody_else",
		...(fetch && { fetch }),
		sleep: async (ms) => {
			sleeps.push(ms);
			time.advance(ms);
		},
	});
	return { sandbox, sdk, time, sleeps, requests, wishes };
}

function linksOf(run: SdkRun): readonly string[] {
	return run.output?.outputs?.map(({ url }) => url) ?? [];
}

async function download(url: string | undefined) {
	const response = await fetch(String(url));
	return {
		status: response.status,
		type: response.headers.get("content-type"),
		text: await response.text(),
	};
}

test("a run is made, looked at each 2 s until it has succeeded, and its picture downloaded", async () => {
	const { sandbox, sdk, sleeps, requests } = await startWithSdk();
	const run = await sdk.runs.create(ultra, { input });
	const image = await download(run.output?.outputs?.[0]?.url);

	expect(run.cost).toBe("0.060");
	expect(sleeps).toEqual([2_000, 2_000, 2_000, 2_000]);
	expect(image).toEqual({ status: 200, type: "image/jpeg", text: "picture 1" });
	expect(requests).toEqual([
		`POST /v1/models/${ultra}/runs`,
		...Array(4).fill(`GET /v1/runs/${run.id}`),
		`GET /outputs/${run.id}/0.jpg`,
	]);
	expect(sandbox.summary()).toMatchObject({ bought: 1, spentUsd: 0.06 });
});

test.each<
	[string, Record<string, unknown>, number, string, Partial<PictureRequest>]
>([
	["black-forest-labs/flux-1-1-pro", { seed: 1 }, 1, "0.040", { seed: 1 }],
	[
		"bytedance/sd-xl-lightning",
		{ negative_prompt: "people", steps: 8, width: 512, height: 768 },
		1,
		"0.003",
		{ width: 512, height: 768, format: "jpeg" },
	],
	[
		"openai/gpt-image-2",
		{
			num_images: 2,
			image_size: { width: 1536, height: 1024 },
			quality: "high",
		},
		2,
		"0.266",
		{ width: 1536, height: 1024, format: "png" },
	],
	[
		"black-forest-labs/flux-2-klein-9b",
		{ image_size: "landscape_16_9", num_images: 3, output_format: "webp" },
		3,
		"0.010617",
		{ width: 1024, height: 576, format: "webp" },
	],
])(
	"%s with %j: %i pictures for $%s",
	async (model, more, count, cost, wish) => {
		const { sdk, wishes } = await startWithSdk();
		const run = await sdk.runs.create(model, {
			input: { prompt: "a garden", ...more },
		});
		const images = await Promise.all(linksOf(run).map(download));

		expect(images.map(({ status }) => status)).toEqual(Array(count).fill(200));
		expect(run.cost).toBe(cost);
		expect(wishes).toHaveLength(count);
		expect(wishes[0]).toMatchObject({ model, prompt: "a garden", ...wish });
	},
);

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

/** A key and its certificate, by the command of the page. */
function makePem(): Buffer {
	const cwd = temporaryFolder();
	const lines = codeOf("sandbox.md").flatMap(({ code }) => code.split("\n"));
	const command = lines.find((line) => line.startsWith("openssl ")) ?? "";
	execFileSync("sh", ["-c", command], { cwd, stdio: "ignore" });
	return readFileSync(join(cwd, "sandbox.pem"));
}

/** What `NODE_EXTRA_CA_CERTS` makes of the global one. */
function fetchTrusting(ca: Buffer): typeof fetch {
	const dispatcher = new undici.Agent({ connect: { ca } });
	return ((url: string, init: object) =>
		undici.fetch(url, { ...init, dispatcher })) as unknown as typeof fetch;
}

test.skipIf(!hasOpenssl)(
	"an edit starts from a picture that was uploaded, over https",
	async () => {
		const pem = makePem();
		const fetch = fetchTrusting(pem);
		const { sdk, wishes } = await startWithSdk({ tls: pem, fetch });
		const photo = Buffer.from("a photo");
		const image_url = await sdk.upload("photo.png", "image/png", photo);
		const run = await sdk.runs.create(`${ultra}/edit`, {
			input: { prompt: "at night", image_url },
		});
		const { status } = await fetch(String(linksOf(run)[0]));

		expect(status).toBe(200);
		expect(wishes[0]?.inputs).toEqual([photo]);
	},
);

test("without a certificate the links are http, and no file is uploaded", async () => {
	const { sdk } = await startWithSdk();
	const upload = sdk.upload("photo.png", "image/png", Buffer.from("a photo"));

	await expect(upload).rejects.toThrow("upload_url must be https");
});

test("a picture of an earlier run is an input by its link", async () => {
	const { sdk, wishes } = await startWithSdk();
	const first = await sdk.runs.create(ultra, { input });
	const second = await sdk.runs.create("openai/gpt-image-2/edit", {
		input: { prompt: "at night", image_urls: linksOf(first) },
	});
	await download(linksOf(second)[0]);

	expect(wishes.at(-1)?.inputs).toEqual([Buffer.from("picture 1")]);
});

test("runs are listed by their client_ref, with links to their pictures", async () => {
	const { sdk } = await startWithSdk();
	const client_ref = "poster 7/é";
	const ours = await sdk.runs.create(ultra, { input, client_ref });
	await sdk.runs.create(ultra, { input });
	const found = await sdk.runs.list(client_ref);

	expect(found).toMatchObject([
		{ id: ours.id, status_code: "succeeded", client_ref },
	]);
	expect((await download(found[0] && linksOf(found[0])[0])).status).toBe(200);
});
