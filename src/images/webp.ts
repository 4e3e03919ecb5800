import {
	type Bytes,
	checkedDimensions,
	type Dimensions,
	damaged,
	type Metadata,
	PART_START_BYTES,
	type Scan,
} from "./bytes.ts";

const metadataChunks: Readonly<Record<string, Metadata>> = {
	// C2PA 2.1, A.3.7
	C2PA: "c2pa",
	EXIF: "exif",
	"XMP ": "xmp",
};

/** Chunks that hold pixels: lossy, lossless, a frame of an animation. */
const pixelChunks = new Set(["VP8 ", "VP8L", "ANMF"]);

/**
 * Walks a WebP from behind its file header through all chunks, to the end that the header names.
 * @param header "RIFF", the bytes of the file after this field, "WEBP"
 * @throws Failure `bad_image`
 */
export function* scanWebp(bytes: Bytes, header: Buffer): Scan<Dimensions> {
	const end = header.readUInt32LE(4) + 8;
	bytes.lacking = `its header promises ${end} bytes`;
	if (end < header.length)
		throw damaged("The WebP is damaged: its header says that it is empty");
	let size: Dimensions | undefined;
	let hasPixels = false;
	while (bytes.position < end) {
		const { type, start } = yield* readChunk(bytes, end);
		size ??= dimensionsIn(type, start);
		const carried = metadataChunks[type];
		if (carried) bytes.carries(carried, start);
		hasPixels ||= pixelChunks.has(type);
	}
	if (size === undefined || !hasPixels)
		throw damaged(
			"The WebP has no image data (no chunk VP8, VP8L or ANMF, or no dimensions in it)",
		);
	return size;
}

function* readChunk(
	bytes: Bytes,
	end: number,
): Scan<{ type: string; start: Buffer }> {
	const at = bytes.position;
	const head = yield* bytes.take(8);
	const length = head.readUInt32LE(4);
	if (bytes.position + length > end)
		throw damaged(
			`The WebP is damaged: the chunk at byte ${at} is longer than the file says it is`,
		);
	const start = yield* bytes.take(Math.min(length, PART_START_BYTES));
	// Chunks are padded to an even length; some writers leave the padding of the last one out.
	const padding = bytes.position - start.length + length < end ? length % 2 : 0;
	yield* bytes.skip(length - start.length + padding);
	return { type: head.toString("latin1", 0, 4), start };
}

function dimensionsIn(type: string, start: Buffer): Dimensions | undefined {
	if (type === "VP8X" && start.length >= 10)
		return {
			width: start.readUIntLE(4, 3) + 1,
			height: start.readUIntLE(7, 3) + 1,
		};
	if (type === "VP8 " && start.length >= 10) {
		if (start.readUIntBE(3, 3) !== 0x9d012a)
			throw damaged("The WebP is damaged: its image data has no start code");
		// The upper two bits of each field are a hint for scaling.
		return checkedDimensions(
			"WebP",
			start.readUInt16LE(6) & 0x3fff,
			start.readUInt16LE(8) & 0x3fff,
		);
	}
	if (type === "VP8L" && start.length >= 5) {
		if (start[0] !== 0x2f)
			throw damaged("The WebP is damaged: its image data has no signature");
		const packed = start.readUInt32LE(1);
		return {
			width: (packed & 0x3fff) + 1,
			height: ((packed >>> 14) & 0x3fff) + 1,
		};
	}
	return undefined;
}
