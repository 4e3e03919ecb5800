import { crc32, deflateSync } from "node:zlib";

/** A whole PNG of noise in which nothing is compressed: three bytes a pixel, and a little beside. */
export function noisePng(width: number, height: number): Buffer {
	const rows = Buffer.alloc(height * (1 + width * 3));
	let state = 1;
	for (let at = 0; at < rows.length; at += 1) {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		// Each row begins with the name of its filter: none.
		rows[at] = at % (1 + width * 3) === 0 ? 0 : state >>> 24;
	}
	const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]);
	header.writeUInt32BE(width, 0);
	header.writeUInt32BE(height, 4);
	return Buffer.concat([
		Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
		chunk("IHDR", header),
		chunk("IDAT", deflateSync(rows, { level: 0 })),
		chunk("IEND", Buffer.alloc(0)),
	]);
}

function chunk(type: string, data: Buffer): Buffer {
	const named = Buffer.concat([Buffer.from(type, "latin1"), data]);
	const length = Buffer.alloc(4);
	const sum = Buffer.alloc(4);
	length.writeUInt32BE(data.length);
	sum.writeUInt32BE(crc32(named));
	return Buffer.concat([length, named, sum]);
}
