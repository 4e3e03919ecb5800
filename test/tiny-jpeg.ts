/** A whole JPEG of `sizeBytes` at least: start, frame header, one scan of grey, end. No decoder would show it, each walk over its markers passes it. */
export function tinyJpeg({
	width = 64,
	height = 32,
	sizeBytes = 0,
	shade = 0x55,
} = {}): Buffer {
	const frame = Buffer.from([0xff, 0xc0, 0, 11, 8, 0, 0, 0, 0, 1, 1, 0x11, 0]);
	frame.writeUInt16BE(height, 5);
	frame.writeUInt16BE(width, 7);
	const start = Buffer.concat([
		Buffer.from([0xff, 0xd8]),
		frame,
		Buffer.from([0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0]),
	]);
	const data = Buffer.alloc(Math.max(sizeBytes - start.length - 2, 4), shade);
	return Buffer.concat([start, data, Buffer.from([0xff, 0xd9])]);
}
