/** What ext4, APFS and NTFS allow for the name of a file or folder. */
export const MAX_NAME_BYTES = 255;

/** A stretch of a file name. */
export interface Part {
	/**
	 * `fixed`: the user's, before any placeholder; `template`: the user's, behind one; `value`: what a placeholder became;
	 * `later`: the name of a placeholder that is still to come.
	 */
	readonly origin: "fixed" | "template" | "value" | "later";
	readonly text: string;
}

/** Left free for a value that comes later: a run id has 36 characters. */
const LATER_BYTES = 40;
/** Values are not shortened below this while a longer one is left: seeds and indexes tell images apart. */
const SPARED_BYTES = 12;

/** The parts as one name that Linux, macOS and Windows take and that is a plain name, not a step to another folder. */
export function safeName(parts: readonly Part[], maxBytes: number): string {
	const whole = safeParts(parts, maxBytes)
		.map(({ text }) => text)
		.join("");
	const name = withoutDevice(cut(whole, maxBytes - 1).replace(/[. ]+$/, ""));
	return name === "" ? "_" : name;
}

/** The parts, each safe inside a name, and short enough for the name to have at most `maxBytes`. */
export function safeParts(
	parts: readonly Part[],
	maxBytes: number,
): readonly Part[] {
	const clean = parts.map((part) => {
		const text = safeText(part);
		return text === part.text ? part : { ...part, text };
	});
	return withPlainStart(shortened(clean, maxBytes));
}

function safeText({ origin, text }: Part): string {
	if (origin === "fixed" || origin === "later" || isPlain(text)) return text;
	const visible = text
		.normalize("NFC")
		.replace(/\s+/g, " ")
		.replace(harmful, "");
	return origin === "value"
		? withoutReserved(withoutSteps(visible)).trim()
		: withoutReserved(visible);
}

/** Most seeds, slugs and endings are: nothing of them has to be made safe. */
function isPlain(text: string): boolean {
	return /^(?:[\w-]*|\.)$/.test(text);
}

/** What Windows keeps for itself in names; the slashes are separators somewhere. */
function withoutReserved(text: string): string {
	return text.replace(/[<>:"/\\|?*]+/g, "_");
}

/** `../../etc/passwd` as `_etc_passwd`. */
function withoutSteps(text: string): string {
	return text.replace(/\.{2,}/g, ".").replace(/\.?[/\\][./\\]*/g, "_");
}

/**
 * Control characters, halves of characters, what Unicode will never assign, and invisible formatting such as a turned reading order, which
 * makes a name look like another; but not the joiners that emoji and Persian or Indic words are spelled with.
 */
const harmful =
	/(?![\u200c\u200d])[\p{Cc}\p{Cs}\p{Cf}\p{Noncharacter_Code_Point}]/gu;

/** Takes what is too much from the longest value first, so that what tells two images apart stays. */
function shortened(parts: readonly Part[], maxBytes: number): readonly Part[] {
	// One byte is kept for a "_" that may have to be put in.
	let excess = parts.reduce((sum, part) => sum + bytesOf(part), 1) - maxBytes;
	if (excess <= 0) return parts;
	const result = [...parts];
	const values = parts
		.map((part, at) => ({ part, at, bytes: bytesOf(part) }))
		.filter(
			({ part, bytes }) => part.origin === "value" && bytes > SPARED_BYTES,
		)
		.sort((a, b) => b.bytes - a.bytes);
	for (const { part, at, bytes } of values) {
		if (excess <= 0) break;
		const target = Math.max(SPARED_BYTES, bytes - excess);
		const text = startOf(part.text, target).trimEnd();
		result[at] = { ...part, text };
		excess -= bytes - Buffer.byteLength(text);
	}
	return result;
}

function bytesOf({ origin, text }: Part): number {
	return origin === "later" ? LATER_BYTES : Buffer.byteLength(text);
}

/** Only the user's own text may hide a file (".") or make it look like an option ("-"). */
function withPlainStart(parts: readonly Part[]): readonly Part[] {
	const first = parts[0];
	if (first === undefined || first.origin !== "value") return parts;
	const next = parts.find(({ text }) => text !== "");
	const isPlain = next?.origin === "later" || /^[^.-]/.test(next?.text ?? "");
	return isPlain ? parts : [{ origin: "value", text: "_" }, ...parts];
}

/** Windows opens a device for these names, whatever ending they have. */
function withoutDevice(name: string): string {
	return name.replace(
		/^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?=\s*(\.|$))/i,
		"$1_",
	);
}

/** At most `maxBytes` of a name, with its extension. */
function cut(name: string, maxBytes: number): string {
	if (Buffer.byteLength(name) <= maxBytes) return name;
	const extension = /(?<=.)\.[^. ]{1,15}$/u.exec(name)?.[0] ?? "";
	const stem = name.slice(0, name.length - extension.length);
	return startOf(stem, maxBytes - Buffer.byteLength(extension)) + extension;
}

/** The longest start of at most `maxBytes` that ends between two characters as people see them, if there is one. */
function startOf(text: string, maxBytes: number): string {
	const near = text.slice(0, maxBytes * 2);
	const graphemes = new Intl.Segmenter().segment(near);
	const start = longestStart(
		Array.from(graphemes, ({ segment }) => segment),
		maxBytes,
	);
	return start === "" ? longestStart(Array.from(near), maxBytes) : start;
}

function longestStart(units: readonly string[], maxBytes: number): string {
	let start = "";
	let left = maxBytes;
	for (const unit of units) {
		left -= Buffer.byteLength(unit);
		if (left < 0) break;
		start += unit;
	}
	return start;
}
