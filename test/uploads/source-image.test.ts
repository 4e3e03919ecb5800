import { createHash } from "node:crypto";
import { mkdir, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { service } from "../../src/runflow/service.ts";
import { lookAtImage } from "../../src/uploads/source-image.ts";
import { failureOf } from "../purchase/job-world.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { tinyJpeg } from "../tiny-jpeg.ts";
import { noisePng } from "./noise-png.ts";

/** A file of this name, looked at. */
async function look(bytes: Uint8Array | string, name = "photo.jpg") {
	const file = path.join(temporaryFolder(), name);
	await writeFile(file, bytes);
	return lookAtImage(file, (shown) => path.basename(shown));
}

async function refusalOf(bytes: Uint8Array | string) {
	const { code, charged, message, hint } = await failureOf(look(bytes));
	expect([code, charged]).toEqual(["usage", "no"]);
	return [message, hint];
}

const picture = sharp({
	create: { width: 9, height: 5, channels: 3, background: "#fa0" },
});

test.each([
	["image/jpeg", () => picture.clone().jpeg().toBuffer()],
	["image/png", () => picture.clone().png().toBuffer()],
	["image/webp", () => picture.clone().webp().toBuffer()],
])(
	"a whole %s is what its bytes say, whatever its name",
	async (type, make) => {
		const bytes = await make();
		const { path: file, ...facts } = await look(bytes, "photo.gif");

		expect(path.basename(file)).toBe("photo.gif");
		expect(facts).toEqual({
			mimeType: type,
			sha256: createHash("sha256").update(bytes).digest("hex"),
			sizeBytes: bytes.length,
			width: 9,
			height: 5,
		});
	},
);

describe("what is no image that can be used is refused in words", () => {
	const convert = "convert it to JPEG, PNG or WebP first";
	const ftyp = (brand: string) => `\0\0\0\x18ftyp${brand}\0\0\0\0mif1miaf`;

	test.each([
		["a GIF", "GIF89a\x01\0\x01\0"],
		["a GIF", "GIF87a\x01\0\x01\0"],
		["a BMP", "BM\x9a\0\0\0\0\0\0\0"],
		["a TIFF or a camera's raw file", "II*\0\x08\0\0\0"],
		["a TIFF or a camera's raw file", "MM\0*\0\0\0\x08"],
		["a JPEG XL", "\xff\x0a\xfa\x7f"],
		["a JPEG XL", "\0\0\0\x0cJXL \r\n\x87\n"],
		["a JPEG 2000", "\0\0\0\x0cjP  \r\n\x87\n"],
		["an icon (ICO)", "\0\0\x01\0\x01\0"],
		["a Photoshop file", "8BPS\0\x01"],
		["a PDF", "%PDF-1.7\n"],
		["a PostScript file", "%!PS-Adobe-3.0 EPSF-3.0\n"],
		["a ZIP archive", "PK\x03\x04\x14\0"],
		["an AVIF", ftyp("avif")],
		["a HEIC", ftyp("heic")],
		["a HEIC", ftyp("mif1")],
		["a camera's raw file", ftyp("crx ")],
		["a video", ftyp("isom")],
		["an SVG", '<?xml version="1.0"?>\n<!-- a drawing -->\n<svg xmlns="x">'],
		["an SVG", "<svg>"],
		["an HTML page", "\n<!DOCTYPE html><html>"],
		["an HTML page", "<html><body>"],
	])("%s: %j", async (found, text) => {
		expect(await refusalOf(Buffer.from(text, "latin1"))).toEqual([
			`photo.jpg is ${found}, which cannot be an input here`,
			convert,
		]);
	});

	test.each<[string, Uint8Array | string, string]>([
		[
			"half a JPEG",
			tinyJpeg().subarray(0, 20),
			"the JPEG is cut at byte 20: its end marker is missing",
		],
		[
			"half a PNG",
			noisePng(8, 8).subarray(0, 60),
			"the PNG is cut at byte 60: its end chunk is missing",
		],
		[
			"a PNG with a wrong byte",
			noisePng(8, 8).fill(9, 60, 61),
			"the PNG is damaged: chunk IDAT at byte 33 does not match its checksum",
		],
		["a text", "a serene japanese garden", "this is not an image"],
	])("%s", async (_what, bytes, message) => {
		expect(await refusalOf(bytes)).toEqual([
			`photo.jpg cannot be used: ${message}`,
			"give a whole JPEG, PNG or WebP",
		]);
	});

	test("an empty file", async () => {
		const [message] = await refusalOf("");
		expect(message).toBe("photo.jpg is empty");
	});
});

describe("the size of a file", () => {
	/** A whole JPEG with so many bytes more behind it, which cost no room on the disk. */
	async function lookAtSize(sizeBytes: number) {
		const file = path.join(temporaryFolder(), "photo.jpg");
		await writeFile(file, tinyJpeg());
		await truncate(file, sizeBytes);
		return lookAtImage(file, () => "photo.jpg");
	}

	test("may be 50 MiB", async () => {
		const { sizeBytes } = await lookAtSize(service.limits.assetBytes);
		expect(sizeBytes).toBe(52_428_800);
	});

	test("may not be a byte more", async () => {
		const failure = await failureOf(lookAtSize(52_428_801));
		expect([failure.code, failure.message]).toEqual([
			"usage",
			"photo.jpg is larger than 50 MiB, the most that the service takes",
		]);
	});
});

describe("what cannot be read", () => {
	const nothing = (name: string) => `there is no file ${name}`;

	test.each<[string, string, string]>([
		["nothing.jpg", nothing("nothing.jpg"), "give the path of an image"],
		["file/photo.jpg", nothing("photo.jpg"), "give the path of an image"],
		["folder", "folder is a folder", "name one image in it"],
	])("%s", async (name, message, hint) => {
		const folder = temporaryFolder();
		await mkdir(path.join(folder, "folder"));
		await writeFile(path.join(folder, "file"), "");
		const failure = await failureOf(
			lookAtImage(path.join(folder, name), (file) => path.basename(file)),
		);

		expect(failure).toMatchObject({ code: "usage", message, charged: "no" });
		expect(failure.hint).toContain(hint);
	});

	test.skipIf(process.platform === "win32")(
		"a device, whose bytes come but once",
		async () => {
			const failure = await failureOf(lookAtImage("/dev/null", (name) => name));
			expect([failure.message, failure.hint]).toEqual([
				"/dev/null is not a file",
				"give bytes that come from elsewhere on stdin, as -",
			]);
		},
	);

	test.skipIf(process.platform === "win32")(
		"a path that is too long for the disk",
		async () => {
			const file = path.join(temporaryFolder(), "a".repeat(300));
			const failure = await failureOf(lookAtImage(file, () => "long.jpg"));
			expect([failure.code, failure.message]).toEqual([
				"usage",
				"long.jpg cannot be read: its name is too long",
			]);
		},
	);
});
