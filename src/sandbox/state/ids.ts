import { createHash, randomBytes, randomUUID } from "node:crypto";

/** Ids as the service makes them: UUIDs of version 7, which sort by their time of creation (vendor documentation). */
export function createIds(now: () => number): () => string {
	let lastMs = 0;
	let turn = 0;
	return () => {
		// The 12 bits after the time count within a millisecond, so that creation order stays id order.
		const ms = Math.max(now(), lastMs);
		turn = ms === lastMs ? turn + 1 : 0;
		lastMs = ms;
		if (turn > 0xfff) {
			lastMs = ms + 1;
			turn = 0;
		}
		const bytes = randomBytes(16);
		bytes.writeUIntBE(lastMs, 0, 6);
		bytes.writeUInt16BE(0x7000 | turn, 6);
		bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
		return dashed(bytes.toString("hex"));
	};
}

/** The same id for the same name, on every machine: for things that the catalogue fixes. */
export function idOf(name: string): string {
	const known = named.get(name);
	if (known !== undefined) return known;
	const hex = createHash("sha256").update(name).digest("hex").slice(0, 32);
	const id = dashed(
		`${hex.slice(0, 12)}4${hex.slice(13, 16)}8${hex.slice(17)}`,
	);
	named.set(name, id);
	return id;
}

// A listing shows the model's id thousands of times.
const named = new Map<string, string>();

/** An id that only has to differ from every other. */
export function requestId(): string {
	return `req_${randomUUID().replaceAll("-", "")}`;
}

function dashed(hex: string): string {
	return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
