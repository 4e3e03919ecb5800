import { crc32 } from "node:zlib";
import {
	type Bytes,
	checkedDimensions,
	type Dimensions,
	damaged,
	type Metadata,
	PART_START_BYTES,
	type Scan,
} from "./bytes.ts";

/** The largest length that a chunk may have (PNG specification, 5.3). */
const MAX_CHUNK_BYTES = 0x7fffffff;
const IHDR_BYTES = 13;
/** The keyword of XMP in a chunk of text: iTXt (ISO 16684-1), or zTXt as ImageMagick and libvips write it. */
const XMP_KEYWORD = "XML:com.adobe.xmp";

interface Chunk {
	readonly type: string;
	/** The first bytes, as many as may be wanted. */
	readonly start: Buffer;
}

/**
 * Walks a PNG from behind its signature to its end chunk and proves the checksum of each chunk.
 * @throws Failure `bad_image`
 */
export function* scanPng(bytes: Bytes): Scan<Dimensions> {
	bytes.lacking = "its end chunk is missing";
	const header = yield* readChunk(bytes);
	if (header.type !== "IHDR" || header.start.length < IHDR_BYTES)
		throw damaged(
			`The PNG has no dimensions: it begins with chunk ${header.type}, not with a whole IHDR`,
		);
	const size = checkedDimensions(
		"PNG",
		header.start.readUInt32BE(0),
		header.start.readUInt32BE(4),
	);
	let hasData = false;
	for (;;) {
		const { type, start } = yield* readChunk(bytes);
		const carried = metadataIn(type, start);
		if (carried) bytes.carries(carried, start);
		if (type === "IDAT") hasData = true;
		if (type === "IEND") break;
	}
	if (!hasData) throw damaged("The PNG has no image data (no chunk IDAT)");
	return size;
}

/** Chunk caBX: C2PA 2.1, A.4. */
function metadataIn(type: string, start: Buffer): Metadata | undefined {
	if (type === "caBX") return "c2pa";
	if (type === "eXIf") return "exif";
	const isXmp = type.endsWith("TXt") && start.indexOf(XMP_KEYWORD) === 0;
	return isXmp ? "xmp" : undefined;
}

function* readChunk(bytes: Bytes): Scan<Chunk> {
	const at = bytes.position;
	const head = yield* bytes.take(8);
	const length = head.readUInt32BE(0);
	const name = head.subarray(4);
	const type = name.toString("latin1");
	if (!/^[A-Za-z]{4}$/.test(type) || length > MAX_CHUNK_BYTES)
		throw damaged(`The PNG is damaged: no chunk at byte ${at}`);
	const start = yield* bytes.take(Math.min(length, PART_START_BYTES));
	let sum = crc32(start, crc32(name));
	yield* bytes.skip(length - start.length, (piece) => {
		sum = crc32(piece, sum);
	});
	const expected = (yield* bytes.take(4)).readUInt32BE(0);
	if (sum !== expected)
		throw damaged(
			`The PNG is damaged: chunk ${type} at byte ${at} does not match its checksum`,
		);
	return { type, start };
}
