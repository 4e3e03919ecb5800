import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { service } from "../../src/runflow/service.ts";
import { call, ultra } from "../sandbox/start.ts";
import { tinyJpeg } from "../tiny-jpeg.ts";
import { noisePng } from "./noise-png.ts";
import { apiKey, once, taken, uploadWorld } from "./upload-world.ts";

test("an image is announced, sent and confirmed, and then is an input", async () => {
	const { open, image, steps, sandbox, painted } = await uploadWorld();
	const bytes = tinyJpeg({ sizeBytes: 300_000 });
	const url = await open().urlFor(await image(bytes));
	const { status, json } = await call(sandbox, `${ultra}/edit/runs`, {
		body: { input: { prompt: "x", image_url: url } },
	});
	const run = await call(sandbox, `/v1/runs/${json.id}`);
	await fetch(String(run.json.output?.outputs?.[0]?.url));

	expect(url).toMatch(/^runflow:\/\/assets\/[\w-]+$/);
	expect(steps()).toEqual(once);
	expect(status).toBe(201);
	expect(painted).toEqual([[bytes]]);
});

test("the key goes to the service and never to the storage", async () => {
	const { open, image, sent, sandbox } = await uploadWorld();
	await open().urlFor(await image());
	const keyless = sent.filter(
		(request) => !JSON.stringify(request).includes(apiKey),
	);

	expect(sent.map(({ url }) => url.origin)).toEqual([
		sandbox.apiUrl,
		sandbox.storageUrl,
		sandbox.apiUrl,
	]);
	expect(keyless.map(({ method, headers }) => [method, headers])).toEqual([
		[
			"PUT",
			{
				"user-agent": "flux-ultra/0.0.0",
				"accept-encoding": "identity",
				"content-type": "image/jpeg",
				"content-length": expect.any(String),
			},
		],
	]);
});

test("what is told of a file is its real type, with an ending that goes with it", async () => {
	const { open, image, sent } = await uploadWorld();
	const png = noisePng(4, 4);
	await open().urlFor(await image(png, "summer 桜.jpeg"));

	expect(JSON.parse(sent[0]?.body ?? "")).toEqual({
		filename: "summer 桜.png",
		mime_type: "image/png",
		size_bytes: png.length,
	});
});

test("a file may have a very long name", async () => {
	const { open, image, sent } = await uploadWorld();
	const name = `${"🌸".repeat(60)}.jpg`;
	await open().urlFor(await image(tinyJpeg(), name));
	const { filename } = JSON.parse(sent[0]?.body ?? "");

	expect(filename).toBe(`${"🌸".repeat(50)}.jpeg`);
});

describe("the same content is uploaded once", () => {
	test("for ten images that start from a PNG of 12 MB at the same time", async () => {
		const { open, image, steps } = await uploadWorld();
		const source = await image(noisePng(2_000, 2_000), "photo.png");
		const uploads = open();
		const urls = await Promise.all(
			Array.from({ length: 10 }, () => uploads.urlFor(source)),
		);

		expect(source.sizeBytes).toBeGreaterThan(12_000_000);
		expect(new Set(urls).size).toBe(1);
		expect(steps()).toEqual(once);
	});

	test("for one image after the other, under whatever name", async () => {
		const { open, image, steps } = await uploadWorld();
		const uploads = open();
		const first = await uploads.urlFor(await image());
		const copy = await image(tinyJpeg(), "copy.jpg");

		expect(await uploads.urlFor(copy)).toBe(first);
		expect(steps()).toEqual(once);
	});

	test("for a later command", async () => {
		const { open, image, steps } = await uploadWorld();
		const first = await open().urlFor(await image());

		expect(await open().urlFor(await image())).toBe(first);
		expect(steps()).toEqual(once);
	});

	test.each([
		["another account", { account: "account-2" }],
		["another service", { service: "https://other.test" }],
	])("but not for %s", async (_whose, own) => {
		const { open, image, steps } = await uploadWorld();
		const first = await open().urlFor(await image());

		expect(await open(own).urlFor(await image())).not.toBe(first);
		expect(steps()).toEqual([...once, ...once]);
	});

	test("but not for another content of the same name", async () => {
		const { open, image, steps } = await uploadWorld();
		const uploads = open();
		await uploads.urlFor(await image());
		await uploads.urlFor(await image(tinyJpeg({ shade: 1 })));

		expect(steps()).toEqual([...once, ...once]);
	});
});

describe("what is remembered on disk", () => {
	test("is for its owner's eyes, and tells neither path nor key nor account", async () => {
		const { open, image, memory, folder } = await uploadWorld();
		await open().urlFor(await image());
		const [name = "", ...more] = await readdir(memory);
		const text = await readFile(path.join(memory, name), "utf8");

		expect(more).toEqual([]);
		expect(name).toMatch(/^[0-9a-f]{64}\.json$/);
		for (const secret of [apiKey, "account-1", folder, "photo"])
			expect(text).not.toContain(secret);
		if (process.platform === "win32") return;
		const { mode } = await stat(path.join(memory, name));
		expect((mode & 0o777).toString(8)).toBe("600");
		expect(((await stat(memory)).mode & 0o777).toString(8)).toBe("700");
	});

	test("that cannot be read costs one more upload", async () => {
		const { open, image, memory, steps } = await uploadWorld();
		await open().urlFor(await image());
		for (const text of ["", "null", '{"assetId":7}', '{"assetId":"a"}']) {
			const [name = ""] = await readdir(memory);
			await writeFile(path.join(memory, name), text);
			await open().urlFor(await image());
		}

		expect(steps()).toEqual(Array.from({ length: 5 }, () => once).flat());
	});

	test("that cannot be written is told, and the image is used all the same", async () => {
		const { open, image, folder, notes, steps } = await uploadWorld();
		const source = await image();
		const uploads = open({ folder: path.join(folder, "photo.jpg", "uploads") });
		const url = await uploads.urlFor(source);

		expect(await uploads.urlFor(source)).toBe(url);
		expect(notes).toEqual([
			expect.stringMatching(
				/cannot be written: .*; the image will be uploaded again next time$/,
			),
		]);
		expect(steps()).toEqual(once);
	});

	test("goes when it is too old, whosever it was", async () => {
		const { open, image, memory, clock } = await uploadWorld();
		await open({ account: "account-2" }).urlFor(await image());
		const [old = ""] = await readdir(memory);
		clock.advance(service.assets.lifeMs);
		await open().urlFor(await image());

		expect(await readdir(memory)).toHaveLength(1);
		expect(await readdir(memory)).not.toContain(old);
	});

	test("stays while it is good, whosever it is", async () => {
		const { open, image, memory } = await uploadWorld();
		await open({ account: "account-2" }).urlFor(await image());
		await open().urlFor(await image());

		expect(await readdir(memory)).toHaveLength(2);
	});
});

describe("an asset that expires", () => {
	const { lifeMs, marginMs } = service.assets;
	const minute = 60_000;

	/** How long an asset is used of which the service tells this end. */
	async function uploadsAfter(
		ms: number,
		expiresAt?: (now: number) => string,
	): Promise<number> {
		const { open, image, clock } = await uploadWorld();
		let announced = 0;
		const assets = {
			announce: async () => {
				announced += 1;
				return taken.assets.announce();
			},
			confirm: async () => ({
				id: "a",
				...(expiresAt && { expiresAt: expiresAt(clock.now()) }),
			}),
		};
		const uploads = open({ ...taken, assets });
		await uploads.urlFor(await image());
		clock.advance(ms);
		await uploads.urlFor(await image());
		await open({ ...taken, assets }).urlFor(await image());
		return announced;
	}
	const inMs = (ms: number) => (now: number) =>
		new Date(now + ms).toISOString();

	test.each<[string, number, ((now: number) => string) | undefined, number]>([
		["no date, early", lifeMs - marginMs - 1, undefined, 1],
		["no date, late", lifeMs - marginMs, undefined, 2],
		["a date, early", 44 * minute, inMs(60 * minute), 1],
		["a date, late", 45 * minute, inMs(60 * minute), 2],
		["a short life, in its first half", 4 * minute, inMs(10 * minute), 1],
		["a short life, in its second half", 5 * minute, inMs(10 * minute), 2],
		["a date of a clock that is wrong", minute, inMs(-60 * minute), 1],
		["a date that is none", minute, () => "tomorrow", 1],
	])(
		"%s, after %i ms: used or uploaded again",
		async (_told, ms, date, uploads) => {
			expect(await uploadsAfter(ms, date)).toBe(uploads);
		},
	);
});

describe("a reference that the service refuses", () => {
	test("is forgotten, and the image uploaded again", async () => {
		const world = await uploadWorld({ faults: ["post:asset-gone@1"] });
		const { open, image, sandbox, steps } = world;
		const uploads = open();
		const order = async () => {
			const image_url = await uploads.urlFor(await image());
			const body = { input: { prompt: "x", image_url } };
			const path = `${ultra}/edit/runs`;
			return { image_url, ...(await call(sandbox, path, { body })) };
		};
		const first = await order();
		await uploads.forget(await image(), first.image_url);
		const second = await order();

		expect([first.status, second.status]).toEqual([422, 201]);
		expect(steps()).toEqual([...once, ...once]);
		expect(await open().urlFor(await image())).toBe(second.image_url);
	});

	test("is forgotten on disk as well", async () => {
		const { open, image, steps } = await uploadWorld();
		const uploads = open();
		await uploads.forget(await image(), await uploads.urlFor(await image()));
		await open().urlFor(await image());

		expect(steps()).toEqual([...once, ...once]);
	});

	test("is not taken from the disk again, whoever put it there", async () => {
		const { open, image, memory, steps } = await uploadWorld();
		const uploads = open();
		const old = await uploads.urlFor(await image());
		const [name = ""] = await readdir(memory);
		const text = await readFile(path.join(memory, name));
		await uploads.forget(await image(), old);
		await writeFile(path.join(memory, name), text);

		expect(await uploads.urlFor(await image())).not.toBe(old);
		expect(steps()).toEqual([...once, ...once]);
	});

	test("does not take with it what another process uploaded since", async () => {
		const { open, image, steps } = await uploadWorld();
		const [mine, other] = [open(), open()];
		const source = await image();
		const old = await mine.urlFor(source);
		await other.forget(source, old);
		const fresh = await other.urlFor(source);
		await mine.forget(source, old);

		expect(await mine.urlFor(source)).toBe(fresh);
		expect(await open().urlFor(source)).toBe(fresh);
		expect(steps()).toEqual([...once, ...once]);
	});

	test("does not take its successor with it when ten runs were refused at once", async () => {
		const { open, image, steps } = await uploadWorld();
		const uploads = open();
		const source = await image();
		const old = await uploads.urlFor(source);
		for (let run = 0; run < 10; run += 1) {
			await uploads.forget(source, old);
			expect(await uploads.urlFor(source)).not.toBe(old);
		}

		expect(steps()).toEqual([...once, ...once]);
	});
});

describe("progress", () => {
	test("is told to each who waits, up to the whole file", async () => {
		const { open, image } = await uploadWorld();
		const source = await image(noisePng(400, 400), "photo.png");
		const told: [number, number][][] = [[], []];
		const uploads = open();
		await Promise.all(
			told.map((mine) =>
				uploads.urlFor(source, (sent, total) => mine.push([sent, total])),
			),
		);
		const [first = [], second] = told;

		expect(first.length).toBeGreaterThan(5);
		expect(first.at(-1)).toEqual([source.sizeBytes, source.sizeBytes]);
		expect(first.map(([sent]) => sent)).toEqual(
			first.map(([sent]) => sent).sort((a, b) => a - b),
		);
		expect(second).toEqual(first);
	});

	test("starts again where the bytes are sent again", async () => {
		const { open, image } = await uploadWorld({ faults: ["put:500@1"] });
		const source = await image();
		const told: number[] = [];
		await open().urlFor(source, (sent) => told.push(sent));

		expect(told).toEqual([source.sizeBytes, source.sizeBytes]);
	});
});
