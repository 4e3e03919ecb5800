import { crc32 } from "node:zlib";
import sharp from "sharp";
import { expect, it } from "vitest";
import { ImageScanner } from "../../src/images/scanner.ts";

const picture = () =>
	sharp({ create: { width: 9, height: 5, channels: 3, background: "red" } });
const xmp = '<x:xmpmeta xmlns:x="adobe:ns:meta/"/>';
const told = () =>
	picture()
		.withExif({ IFD0: { Artist: "x" } })
		.withXmp(xmp);

/** A JUMBF superbox whose description says that it is a C2PA manifest store (ISO 19566-5). */
const jumbf = box(
	"jumb",
	box(
		"jumd",
		Buffer.from("63327061001100108000" + "00aa00389b71", "hex"),
		Buffer.from("\x03c2pa\0"),
	),
);

it.each([
	["a plain JPEG", picture().jpeg(), same, []],
	["a plain PNG", picture().png(), same, []],
	["a plain WebP", picture().webp(), same, []],
	["a JPEG", told().jpeg(), credentialsInJpeg, ["c2pa", "exif", "xmp"]],
	["a PNG", told().png(), credentialsInPng, ["c2pa", "exif", "xmp"]],
	["a WebP", told().webp(), credentialsInWebp, ["c2pa", "exif", "xmp"]],
] as const)(
	"of %s it is told what it carries, however it is cut into chunks",
	async (_, image, add, expected) => {
		const bytes = add(await image.toBuffer());
		for (const size of [1, 7, bytes.length])
			expect(metadataOf(bytes, size)).toEqual(expected);
	},
);

it("takes no other JUMBF box for content credentials", async () => {
	const other = Buffer.from(
		jumbf.toString("latin1").replaceAll("c2pa", "jp2 "),
		"latin1",
	);
	const bytes = withSegment(await picture().jpeg().toBuffer(), other);
	expect(metadataOf(bytes, 64)).toEqual([]);
});

function metadataOf(bytes: Buffer, chunkBytes: number): readonly string[] {
	const scanner = new ImageScanner();
	for (let at = 0; at < bytes.length; at += chunkBytes)
		scanner.push(bytes.subarray(at, at + chunkBytes));
	scanner.end();
	return [...scanner.metadata].sort();
}

function same(bytes: Buffer): Buffer {
	return bytes;
}

function credentialsInJpeg(jpeg: Buffer): Buffer {
	return withSegment(jpeg, jumbf);
}

/** A segment APP11 behind the start. */
function withSegment(jpeg: Buffer, content: Buffer): Buffer {
	const head = Buffer.from([0xff, 0xeb, 0, 0]);
	const payload = Buffer.concat([Buffer.from("JP\0\x01\0\0\0\x01"), content]);
	head.writeUInt16BE(payload.length + 2, 2);
	return Buffer.concat([jpeg.subarray(0, 2), head, payload, jpeg.subarray(2)]);
}

/** Behind the chunk IHDR. */
function credentialsInPng(png: Buffer): Buffer {
	const sum = Buffer.alloc(4);
	sum.writeUInt32BE(crc32(jumbf, crc32("caBX")));
	const length = Buffer.alloc(4);
	length.writeUInt32BE(jumbf.length);
	const chunk = [length, Buffer.from("caBX"), jumbf, sum];
	return Buffer.concat([png.subarray(0, 33), ...chunk, png.subarray(33)]);
}

/** At the end. */
function credentialsInWebp(webp: Buffer): Buffer {
	const length = Buffer.alloc(4);
	length.writeUInt32LE(jumbf.length);
	const padding = Buffer.alloc(jumbf.length % 2);
	const longer = Buffer.concat([
		webp,
		Buffer.from("C2PA"),
		length,
		jumbf,
		padding,
	]);
	longer.writeUInt32LE(longer.length - 8, 4);
	return longer;
}

function box(type: string, ...content: readonly Buffer[]): Buffer {
	const body = Buffer.concat(content);
	const head = Buffer.alloc(8);
	head.writeUInt32BE(body.length + 8);
	head.write(type, 4);
	return Buffer.concat([head, body]);
}
