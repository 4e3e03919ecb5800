import {
	type Bytes,
	checkedDimensions,
	type Dimensions,
	damaged,
	type Metadata,
	PART_START_BYTES,
	type Scan,
} from "./bytes.ts";

const TEM = 0x01;
const SOF0 = 0xc0;
const SOF15 = 0xcf;
const DHT = 0xc4;
const JPG = 0xc8;
const DAC = 0xcc;
const RST0 = 0xd0;
const RST7 = 0xd7;
const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const DNL = 0xdc;
const APP1 = 0xe1;
const APP11 = 0xeb;

/** What every frame header has: precision, height, width, number of components. */
const FRAME_BYTES = 6;

/**
 * Walks a JPEG (ITU-T T.81, annex B) from behind its start marker to its end marker, through the compressed data of
 * every scan. Finds any cut and any break in the chain of markers; damage inside the compressed data stays unseen.
 * @throws Failure `bad_image`
 */
export function* scanJpeg(bytes: Bytes): Scan<Dimensions> {
	bytes.lacking = "its end marker is missing";
	let width = 0;
	let height = 0;
	let hasFrame = false;
	let hasScan = false;
	let marker = yield* nextMarker(bytes);
	while (marker !== EOI) {
		if (!standsAlone(marker)) {
			const header = yield* readSegment(bytes, marker);
			const carried = metadataIn(marker, header.toString("latin1"));
			if (carried) bytes.carries(carried, header);
			if (isFrame(marker) && !hasFrame) {
				height = header.readUInt16BE(1);
				width = header.readUInt16BE(3);
				hasFrame = true;
			}
			// A height of 0 is legal before the first scan: this marker behind it then gives the lines.
			if (marker === DNL && height === 0) height = header.readUInt16BE(0);
		}
		if (marker === SOS) {
			if (width === 0) checkedDimensions("JPEG", width, height);
			hasScan = true;
		}
		marker = yield* marker === SOS
			? skipCompressedData(bytes)
			: nextMarker(bytes);
	}
	if (!hasScan)
		throw damaged("The JPEG ends before any image data: it has headers only");
	return checkedDimensions("JPEG", width, height);
}

/** The code of the marker that must stand here; any number of fill bytes FF may come before it. */
function* nextMarker(bytes: Bytes): Scan<number> {
	const at = bytes.position;
	if ((yield* bytes.byte()) !== 0xff)
		throw damaged(`The JPEG is damaged: no marker at byte ${at}`);
	return checkedMarker(bytes, yield* codeAfterFill(bytes));
}

/** Passes over the data of a scan; gives the marker that ends it. */
function* skipCompressedData(bytes: Bytes): Scan<number> {
	for (;;) {
		yield* bytes.skipPast(0xff, 0x00);
		const code = yield* codeAfterFill(bytes);
		const isData = code === 0x00 || (code >= RST0 && code <= RST7);
		if (!isData) return checkedMarker(bytes, code);
	}
}

function* codeAfterFill(bytes: Bytes): Scan<number> {
	let code = yield* bytes.byte();
	while (code === 0xff) code = yield* bytes.byte();
	return code;
}

function checkedMarker(bytes: Bytes, code: number): number {
	const at = bytes.position - 2;
	// Two downloads glued together: the first of them was cut.
	if (code === SOI)
		throw damaged(
			`The JPEG is damaged: another image starts inside it, at byte ${at}`,
		);
	if (code !== TEM && code < SOF0)
		throw damaged(
			`The JPEG is damaged: ${hex(code)} at byte ${at} is no marker`,
		);
	return code;
}

/** Passes over the segment of a marker; gives its first bytes, as many as may be wanted. */
function* readSegment(bytes: Bytes, marker: number): Scan<Buffer> {
	const at = bytes.position - 2;
	const length = (yield* bytes.take(2)).readUInt16BE(0);
	// The two bytes of the length count themselves.
	const least = isFrame(marker) ? FRAME_BYTES + 2 : marker === DNL ? 4 : 2;
	if (length < least)
		throw damaged(
			`The JPEG is damaged: segment ${hex(marker)} at byte ${at} says that it is ${length} bytes long`,
		);
	const start = yield* bytes.take(Math.min(length - 2, PART_START_BYTES));
	yield* bytes.skip(length - 2 - start.length);
	return start;
}

/** EXIF (CIPA DC-008) and XMP (ISO 16684-1) in APP1, C2PA as a JUMBF box in APP11 (ISO 19566-5, C2PA 2.1 A.3). */
function metadataIn(marker: number, start: string): Metadata | undefined {
	if (marker === APP11)
		return start.startsWith("JP") && start.includes("c2pa")
			? "c2pa"
			: undefined;
	if (marker !== APP1) return undefined;
	if (start.startsWith("Exif\0")) return "exif";
	return start.startsWith("http://ns.adobe.com/xap/") ? "xmp" : undefined;
}

/** Whether the marker comes without a length and a payload. */
function standsAlone(marker: number): boolean {
	return marker === TEM || (marker >= RST0 && marker <= RST7);
}

function isFrame(marker: number): boolean {
	const isInRange = marker >= SOF0 && marker <= SOF15;
	return isInRange && marker !== DHT && marker !== JPG && marker !== DAC;
}

function hex(code: number): string {
	return `FF${code.toString(16).toUpperCase().padStart(2, "0")}`;
}
