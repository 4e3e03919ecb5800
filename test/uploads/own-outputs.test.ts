import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { LedgerLine } from "../../src/ledger/ledger.ts";
import { ledgerLine } from "../purchase/sample-line.ts";
import { call, list } from "../sandbox/start.ts";
import { tinyJpeg } from "../tiny-jpeg.ts";
import { once, uploadWorld } from "./upload-world.ts";

interface Setting {
	readonly faults?: readonly string[];
	readonly service?: string;
	/** Which of the two images of the run it is, from 1. */
	readonly output?: 1 | 2;
	readonly runId?: string;
}

/** An image that came from the service and that the ledger knows, as a source of another. */
async function ownImage({ faults, service, output = 1, runId }: Setting = {}) {
	const ledger: LedgerLine[] = [];
	const world = await uploadWorld({ ledger, ...(faults && { faults }) });
	const model = "/v1/models/openai/gpt-image-2/runs";
	const { json } = await call(world.sandbox, model, {
		body: { input: { prompt: "a garden", num_images: 2 } },
	});
	const path = `/v1/runs/${json.id}`;
	const run = await call(world.sandbox, path);
	const { url, asset_id } =
		list(run.json.output?.outputs)[output - 1] ?? expect.fail("no output");
	const bytes = Buffer.from(await (await fetch(String(url))).arrayBuffer());
	const sha256 = createHash("sha256").update(bytes).digest("hex");
	ledger.push(
		ledgerLine(
			{ service: service ?? world.sandbox.apiUrl },
			{
				sha256,
				run_id: runId ?? String(json.id),
				...(output === 2 && { output }),
			},
		),
	);
	const image = await world.image(bytes);
	return { ...world, image, path, assetUrl: `runflow://assets/${asset_id}` };
}

describe("an output of ours", () => {
	test.each([1, 2] as const)(
		"is used without an upload: image %i of its run",
		async (output) => {
			const { open, image, assetUrl, steps, path } = await ownImage({ output });
			const uploads = open();

			expect(await uploads.urlFor(image)).toBe(assetUrl);
			expect(await uploads.urlFor(image)).toBe(assetUrl);
			expect(await open().urlFor(image)).toBe(assetUrl);
			expect(steps()).toEqual([`GET ${path}`]);
		},
	);

	test.each<[string, Setting]>([
		["the service names no asset", { faults: ["run:no-asset-ids"] }],
		["its run cannot be read", { faults: ["poll:500@2"] }],
		["its run does not answer", { faults: ["poll:reset-before@2"] }],
		["its run is not known any more", { runId: "run-of-another-account" }],
	])("is uploaded where %s", async (_why, setting) => {
		const { open, image, steps, notes } = await ownImage(setting);
		await open().urlFor(image);

		expect(steps()).toEqual([expect.stringMatching(/^GET /), ...once]);
		expect(notes).toEqual([]);
	});

	test("is uploaded where it was bought at another service", async () => {
		const { open, image, steps } = await ownImage({
			service: "https://other.test",
		});
		await open().urlFor(image);

		expect(steps()).toEqual(once);
	});

	test("is uploaded where the service does not know the asset any more", async () => {
		const { open, image, assetUrl, steps, path } = await ownImage();
		const uploads = open();
		await uploads.forget(image, await uploads.urlFor(image));
		const second = await uploads.urlFor(image);
		await uploads.forget(image, second);
		const third = await uploads.urlFor(image);

		expect(new Set([assetUrl, second, third]).size).toBe(3);
		expect(steps()).toEqual([`GET ${path}`, ...once, ...once]);
	});
});

test("the ledger is read once, and only when an image is to be uploaded", async () => {
	const { open, image } = await uploadWorld();
	let readings = 0;
	const ledger = {
		async *lines() {
			readings += 1;
			yield ledgerLine();
		},
	};
	const uploads = open({ ledger });
	const before = readings;
	await uploads.urlFor(await image());
	await uploads.urlFor(await image(tinyJpeg({ shade: 1 })));

	expect([before, readings]).toEqual([0, 1]);
});

test("a ledger that cannot be read costs an upload and nothing else", async () => {
	const { open, image, steps } = await uploadWorld();
	const ledger = {
		// biome-ignore lint/correctness/useYield: it breaks before its first line
		async *lines(): AsyncGenerator<LedgerLine> {
			throw Object.assign(new Error("not allowed"), { code: "EACCES" });
		},
	};
	await open({ ledger }).urlFor(await image());

	expect(steps()).toEqual(once);
});
