import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { service } from "../../src/runflow/service.ts";
import { spoolImage } from "../../src/uploads/spool-image.ts";
import { failureOf } from "../purchase/job-world.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { tinyJpeg } from "../tiny-jpeg.ts";

const megabyte = Buffer.alloc(1024 * 1024);

/** Spools what comes in these chunks, into a folder that is not there yet. */
function spool(chunks: Iterable<Uint8Array | string>) {
	const folder = path.join(temporaryFolder(), "state", "uploads");
	const image = spoolImage(Readable.from(chunks), folder);
	image.catch(() => {});
	return { image, folder };
}

test("an image on stdin is kept whole, for its owner's eyes", async () => {
	const bytes = tinyJpeg({ sizeBytes: 200_000 });
	const chunks = [bytes.subarray(0, 7), bytes.subarray(7)];
	const { image, folder } = spool(chunks);
	const { path: file, ...facts } = await image;

	expect(facts).toMatchObject({ mimeType: "image/jpeg", sizeBytes: 200_000 });
	expect(await readdir(folder)).toEqual([path.basename(file)]);
	expect(await readFile(file)).toEqual(bytes);
	if (process.platform === "win32") return;
	expect(((await stat(file)).mode & 0o777).toString(8)).toBe("600");
	expect(((await stat(folder)).mode & 0o777).toString(8)).toBe("700");
});

test("what killed commands left is taken away by the next, and nobody else's", async () => {
	const folder = temporaryFolder();
	const next = () => spoolImage(Readable.from([tinyJpeg()]), folder);
	const mine = path.basename((await next()).path);
	// A number that no process has any more, on this machine and on another.
	const dead = mine.replace(/^\d+/, "4999999");
	const foreign = dead.replace(/-[0-9a-f]{8}-/, "-00000000-");
	for (const name of [dead, foreign, ".flux-ultra-x.part"])
		await writeFile(path.join(folder, name), "");
	const another = path.basename((await next()).path);
	expect((await readdir(folder)).sort()).toEqual(
		[mine, another, foreign, ".flux-ultra-x.part"].sort(),
	);
});

describe("what is refused leaves no file", () => {
	test("more than 50 MiB, and no more of it is read", async () => {
		let given = 0;
		function* endless() {
			yield tinyJpeg();
			for (; ; given += 1) yield megabyte;
		}
		const { image, folder } = spool(endless());

		expect(await failureOf(image)).toMatchObject({
			code: "usage",
			message:
				"the image on stdin is larger than 50 MiB, the most that the service takes",
			charged: "no",
		});
		const most = service.limits.assetBytes / megabyte.length;
		expect(given).toBeLessThan(most + 20);
		expect(await readdir(folder)).toEqual([]);
	});

	test.each([
		["nothing", [], "the image on stdin is empty"],
		[
			"a GIF",
			["GIF89a", "\x01"],
			"the image on stdin is a GIF, which cannot be an input here",
		],
		[
			"half an image",
			[tinyJpeg().subarray(0, 20)],
			"the image on stdin cannot be used: the JPEG is cut at byte 20: its end marker is missing",
		],
	])("%s", async (_what, chunks, message) => {
		const { image, folder } = spool(chunks);
		const failure = await failureOf(image);

		expect([failure.code, failure.message]).toEqual(["usage", message]);
		expect(await readdir(folder)).toEqual([]);
	});

	test("what breaks off", async () => {
		function* broken() {
			yield tinyJpeg();
			throw new Error("EIO");
		}
		const { image, folder } = spool(broken());
		const failure = await failureOf(image);

		expect([failure.code, failure.message]).toEqual([
			"usage",
			`the image on stdin broke off after ${tinyJpeg().length} bytes`,
		]);
		expect(await readdir(folder)).toEqual([]);
	});
});

test("a terminal is not waited for", async () => {
	const stdin = Object.assign(new Readable({ read() {} }), { isTTY: true });
	const folder = path.join(temporaryFolder(), "uploads");

	expect(await failureOf(spoolImage(stdin, folder))).toMatchObject({
		code: "usage",
		message: "an image is to come on stdin, which is a terminal",
	});
	await expect(readdir(folder)).rejects.toMatchObject({ code: "ENOENT" });
});

test("a disk that takes no file is the disk's failure", async () => {
	const file = path.join(temporaryFolder(), "file");
	await writeFile(file, "");
	const image = spoolImage(Readable.from([tinyJpeg()]), `${file}/uploads`);

	expect((await failureOf(image)).code).toBe("disk");
});
