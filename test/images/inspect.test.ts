import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Failure } from "../../src/errors.ts";
import { inspectImage } from "../../src/images/inspect.ts";
import { ImageScanner } from "../../src/images/scanner.ts";

let folder: string;
const samples: Record<string, Buffer> = {};

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "inspect-"));
	Object.assign(samples, {
		baseline: await picture().jpeg().toBuffer(),
		progressive: await picture().jpeg({ progressive: true }).toBuffer(),
		withThumbnail: withSegment(
			await picture().jpeg().toBuffer(),
			await sharp(noise(9, 9), raw(9, 9)).jpeg().toBuffer(),
		),
		withRestarts: handMade(),
		png: await picture().png().toBuffer(),
		lossyWebp: await picture().webp().toBuffer(),
		losslessWebp: await picture().webp({ lossless: true }).toBuffer(),
		extendedWebp: await picture()
			.keepExif()
			.webp()
			.withExif({ IFD0: { Artist: "x" } })
			.toBuffer(),
	});
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const names = [
	"baseline",
	"progressive",
	"withThumbnail",
	"withRestarts",
	"png",
	"lossyWebp",
	"losslessWebp",
	"extendedWebp",
];

describe.each(names)("a whole image (%s)", (name) => {
	const sample = () => samples[name] as Buffer;
	const format = name.endsWith("ebp")
		? "webp"
		: name === "png"
			? "png"
			: "jpeg";
	const facts = { format, width: 21, height: 11 };

	test("gives the same facts however it is cut into chunks", () => {
		const answers = new Set<string>();
		for (let size = 1; size <= sample().length; size++)
			answers.add(JSON.stringify(scan(sample(), size)));
		expect([...answers].map((text) => JSON.parse(text))).toEqual([facts]);
	});

	test("is refused when cut at any byte, whatever the chunks", () => {
		const unexpected: string[] = [];
		for (let length = 1; length < sample().length; length++) {
			const start = sample().subarray(0, length);
			for (const size of [length % 9 || 1, 64, length]) {
				const problem = problemOf(() => scan(start, size));
				if (!problem.includes(` is cut at byte ${length}: `))
					unexpected.push(`${length} in chunks of ${size}: ${problem}`);
			}
		}
		expect(unexpected).toEqual([]);
	});

	test("may have more bytes behind its end", () => {
		const longer = Buffer.concat([sample(), Buffer.from("anything")]);
		for (const size of [1, 5, longer.length])
			expect(scan(longer, size)).toEqual(facts);
	});

	test("survives a reader that uses its buffer again", () => {
		const scanner = new ImageScanner();
		const buffer = Buffer.alloc(5);
		for (let at = 0; at < sample().length; at += 5) {
			const length = sample().copy(buffer, 0, at, at + 5);
			scanner.push(buffer.subarray(0, length));
		}
		expect(scanner.end()).toEqual(facts);
	});
});

describe("inspectImage", () => {
	test("gives format, pixels, bytes and sha256 of a file", async () => {
		const bytes = samples.baseline as Buffer;
		expect(await inspectImage(await file("whole.jpg", bytes))).toEqual({
			format: "jpeg",
			width: 21,
			height: 11,
			sizeBytes: bytes.length,
			sha256: createHash("sha256").update(bytes).digest("hex"),
			metadata: [],
		});
	});

	test("reads a file of several megabytes through in chunks", async () => {
		const big = await sharp(noise(1400, 900), raw(1400, 900))
			.jpeg({ quality: 95 })
			.toBuffer();
		expect(big.length).toBeGreaterThan(1_000_000);
		expect(await inspectImage(await file("big.jpg", big))).toMatchObject({
			width: 1400,
			height: 900,
			sizeBytes: big.length,
		});
		const cut = await file("cut.jpg", big.subarray(0, 900_001));
		await expect(inspectImage(cut)).rejects.toMatchObject({
			code: "bad_image",
			message: "The JPEG is cut at byte 900001: its end marker is missing",
		});
	});

	test.each([
		["no-such-file.jpg", "there is no such file"],
		[".", "it is a folder"],
	])("calls %s a failure of the disk", async (name, reason) => {
		const path = join(folder, name);
		const failure = await inspectImage(path).catch((error) => error);
		expect(failure).toBeInstanceOf(Failure);
		expect(failure).toMatchObject({
			code: "disk",
			message: `Cannot read ${path}: ${reason}`,
		});
	});
});

describe("what is wrong is said exactly:", () => {
	const jpeg = () => Buffer.from(samples.baseline as Buffer);
	const png = () => Buffer.from(samples.png as Buffer);
	const webp = () => Buffer.from(samples.lossyWebp as Buffer);
	const problem = (bytes: Buffer) => problemOf(() => scan(bytes, 64));

	test("nothing at all", () => {
		expect(problem(Buffer.alloc(0))).toBe("The file is empty");
	});

	test("an error page", () => {
		expect(problem(Buffer.from("<html>\n<body>502 Bad Gateway"))).toBe(
			'This is not an image: it begins with "<html>\\n<body>502 Bad Gateway"',
		);
	});

	test("text that would act on a terminal", () => {
		const bytes = Buffer.from('{"title": "\x1b]0;gotcha\x07\x1b[2J"}');
		const message = problem(bytes);
		expect(message).toContain("\\x1b]0;gotcha\\x07\\x1b[2J");
		expect(message).not.toMatch(/\p{Cc}/u);
	});

	test("other binary data", () => {
		expect(problem(Buffer.alloc(40, 0xee))).toMatch(
			/^This is not an image: it begins with the bytes ee ee/,
		);
		expect(problem(Buffer.from("II*\0\x08\0\0\0"))).toBe(
			"This is not an image in JPEG, PNG or WebP: it is a TIFF or a camera's raw file",
		);
		const sound = Buffer.from("RIFF\x10\0\0\0WAVEfmt \x10\0\0\0");
		expect(problem(sound)).toMatch(/^This is not an image: .* 57 41 56 45/);
	});

	test("two JPEGs in one", () => {
		const twice = Buffer.concat([jpeg().subarray(0, 400), jpeg()]);
		expect(problem(twice)).toBe(
			"The JPEG is damaged: another image starts inside it, at byte 400",
		);
	});

	test("a hole in the headers of a JPEG", () => {
		const second = 4 + jpeg().readUInt16BE(4);
		expect(problem(jpeg().fill(0, second, second + 20))).toBe(
			`The JPEG is damaged: no marker at byte ${second}`,
		);
		const noLength = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 1]);
		expect(problem(noLength)).toBe(
			"The JPEG is damaged: segment FFE0 at byte 2 says that it is 1 bytes long",
		);
		const noMarker = Buffer.from([0xff, 0xd8, 0xff, 0x10, 0, 1]);
		expect(problem(noMarker)).toBe(
			"The JPEG is damaged: FF10 at byte 2 is no marker",
		);
	});

	test("a JPEG without pixels", () => {
		const bytes = jpeg();
		const frame = bytes.indexOf(Buffer.from([0xff, 0xc0]));
		expect(problem(bytes.fill(0, frame + 7, frame + 9))).toBe(
			"The JPEG has no dimensions: its header says 0 × 11 pixels",
		);
		const headers = Buffer.from([0xff, 0xd8, 0xff, 0xd9]);
		expect(problem(headers)).toBe(
			"The JPEG ends before any image data: it has headers only",
		);
	});

	test("a JPEG that never says its height", () => {
		const bytes = jpeg();
		const frame = bytes.indexOf(Buffer.from([0xff, 0xc0]));
		bytes.fill(0, frame + 5, frame + 7);
		expect(problem(bytes)).toBe(
			"The JPEG has no dimensions: its header says 21 × 0 pixels",
		);
	});

	test("one flipped bit in any byte of a PNG", () => {
		const unseen: number[] = [];
		for (let at = 8; at < png().length; at++) {
			const bytes = png();
			bytes[at] = (bytes[at] as number) ^ 4;
			if (!/^The PNG (is|has) /.test(problem(bytes))) unseen.push(at);
		}
		expect(unseen).toEqual([]);
		const bytes = png();
		bytes[50] = (bytes[50] as number) ^ 1;
		expect(problem(bytes)).toMatch(
			/^The PNG is damaged: chunk \w+ at byte 33 does not match its checksum$/,
		);
	});

	test("a PNG without a header, without pixels", () => {
		const sign = png().subarray(0, 8);
		const end = chunk("IEND", Buffer.alloc(0));
		const header = png().subarray(8, 33);
		expect(problem(Buffer.concat([sign, end]))).toBe(
			"The PNG has no dimensions: it begins with chunk IEND, not with a whole IHDR",
		);
		expect(problem(Buffer.concat([sign, header, end]))).toBe(
			"The PNG has no image data (no chunk IDAT)",
		);
		const flat = chunk("IHDR", Buffer.from("\0\0\0\x05\0\0\0\0\b\x02\0\0\0"));
		expect(problem(Buffer.concat([sign, flat, end]))).toBe(
			"The PNG has no dimensions: its header says 5 × 0 pixels",
		);
	});

	test("a WebP whose parts contradict each other", () => {
		const long = webp();
		long.writeUInt32LE(0x7fffffff, 16);
		expect(problem(long)).toBe(
			"The WebP is damaged: the chunk at byte 12 is longer than the file says it is",
		);
		expect(problem(webp().fill(0, 23, 26))).toBe(
			"The WebP is damaged: its image data has no start code",
		);
		const foreign = webp();
		foreign.write("junk", 12);
		expect(problem(foreign)).toMatch(/^The WebP has no image data/);
	});
});

function picture(): Sharp {
	return sharp(noise(21, 11), raw(21, 11));
}

function raw(width: number, height: number) {
	return { raw: { width, height, channels: 3 as const } };
}

function noise(width: number, height: number): Buffer {
	const pixels = Buffer.alloc(width * height * 3);
	let state = 1;
	for (let i = 0; i < pixels.length; i++) {
		state = (Math.imul(state, 1103515245) + 12345) >>> 0;
		pixels[i] = state >>> 24;
	}
	return pixels;
}

/** The JPEG with a segment APP1 behind its start that holds another whole JPEG. */
function withSegment(jpeg: Buffer, thumbnail: Buffer): Buffer {
	const head = Buffer.from([0xff, 0xd8, 0xff, 0xe1, 0, 0]);
	head.writeUInt16BE(thumbnail.length + 2, 4);
	return Buffer.concat([head, thumbnail, jpeg.subarray(2)]);
}

/** A JPEG with everything rare: fill bytes, a marker alone, restart markers, stuffed zeros, its height behind the first scan. */
function handMade(): Buffer {
	const start = "ffd8 ffff ff01 ffe0 0004 ffd9";
	const frame = "ffc0 000b 08 0000 0015 01 011100";
	const scan = "ffda 0008 01 0100 003f00";
	const data = "12 ff00 34 ffd0 56 ffff00 ffffd7 78";
	const lines = "ffff dc 0004 000b";
	const hex = [start, frame, scan, data, lines, scan, data, "ffff d9"];
	return Buffer.from(hex.join("").replaceAll(" ", ""), "hex");
}

function chunk(type: string, data: Buffer): Buffer {
	const head = Buffer.alloc(8);
	head.writeUInt32BE(data.length);
	head.write(type, 4);
	const sum = Buffer.alloc(4);
	sum.writeUInt32BE(crc32(data, crc32(type)));
	return Buffer.concat([head, data, sum]);
}

function scan(bytes: Buffer, chunkBytes: number) {
	const scanner = new ImageScanner();
	for (let at = 0; at < bytes.length; at += chunkBytes)
		scanner.push(bytes.subarray(at, at + chunkBytes));
	return scanner.end();
}

function problemOf(work: () => unknown): string {
	try {
		work();
	} catch (error) {
		if (error instanceof Failure && error.code === "bad_image")
			return error.message;
		throw error;
	}
	return "nothing is wrong with it";
}

async function file(name: string, bytes: Buffer): Promise<string> {
	const path = join(folder, name);
	await writeFile(path, bytes);
	return path;
}
