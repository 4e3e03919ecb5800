import { crc32 } from "node:zlib";

/** A JUMBF superbox whose description says that it is a C2PA manifest store (ISO 19566-5). */
export const jumbf = box(
	"jumb",
	box(
		"jumd",
		Buffer.from("63327061001100108000" + "00aa00389b71", "hex"),
		Buffer.from("\x03c2pa\0"),
	),
);

export function credentialsInJpeg(jpeg: Buffer): Buffer {
	return withSegment(jpeg, jumbf);
}

/** A segment APP11 behind the start. */
export function withSegment(jpeg: Buffer, content: Buffer): Buffer {
	const head = Buffer.from([0xff, 0xeb, 0, 0]);
	const payload = Buffer.concat([Buffer.from("JP\0\x01\0\0\0\x01"), content]);
	head.writeUInt16BE(payload.length + 2, 2);
	return Buffer.concat([jpeg.subarray(0, 2), head, payload, jpeg.subarray(2)]);
}

/** Behind the chunk IHDR. */
export function credentialsInPng(png: Buffer): Buffer {
	const sum = Buffer.alloc(4);
	sum.writeUInt32BE(crc32(jumbf, crc32("caBX")));
	const length = Buffer.alloc(4);
	length.writeUInt32BE(jumbf.length);
	const chunk = [length, Buffer.from("caBX"), jumbf, sum];
	return Buffer.concat([png.subarray(0, 33), ...chunk, png.subarray(33)]);
}

/** At the end. */
export function credentialsInWebp(webp: Buffer): Buffer {
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
