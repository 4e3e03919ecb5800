import sharp from "sharp";
import { expect, it } from "vitest";
import { derivedMarks } from "../../src/images/bytes.ts";
import { ImageScanner } from "../../src/images/scanner.ts";
import {
	credentialsInJpeg,
	credentialsInPng,
	credentialsInWebp,
	jumbf,
	withSegment,
} from "./credentials.ts";

const picture = () =>
	sharp({ create: { width: 9, height: 5, channels: 3, background: "red" } });
const xmp = '<x:xmpmeta xmlns:x="adobe:ns:meta/"/>';
const told = () =>
	picture()
		.withExif({ IFD0: { Artist: "x" } })
		.withXmp(xmp);

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

it.each(["jpeg", "png", "webp"] as const)(
	"tells of a %s that this program made of others, and of none by another program",
	async (format) => {
		const by = async (Software: string) =>
			metadataOf(
				await picture()
					.withIccProfile("srgb")
					.withExif({ IFD0: { Artist: "x".repeat(90), Software } })
					.toFormat(format)
					.toBuffer(),
				64,
			);
		for (const mark of Object.values(derivedMarks))
			expect(await by(mark)).toEqual(["derived", "exif"]);
		expect(await by("flux-ultra")).toEqual(["exif"]);
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
