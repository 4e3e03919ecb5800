import { Failure } from "../errors.ts";
import { sourceName } from "./shown.ts";

/**
 * Refuses a file as a whole where to name its lines one by one would help nobody.
 * @param head its first bytes
 * @throws {Failure} `usage` for UTF-16, what is no text at all, and line ends that are not ours
 */
export function checkIsText(
	head: Buffer,
	name: string,
	{ nulSeparated }: { readonly nulSeparated: boolean },
): void {
	const source = sourceName(name);
	const mark = head.subarray(0, 2).toString("hex");
	if (mark === "fffe" || mark === "feff")
		throw new Failure("usage", `${source} is UTF-16, not UTF-8`, {
			hint: "save it as UTF-8, or: iconv -f utf-16 -t utf-8",
		});
	// A zip, as xlsx and ods are, and the older xls.
	if (/^(504b0304|d0cf11e0)/.test(head.subarray(0, 4).toString("hex")))
		throw new Failure("usage", `${source} is a spreadsheet, not text`, {
			hint: "save it as CSV (UTF-8), and give that",
		});
	if (nulSeparated) return;
	if (head.includes(0))
		throw new Failure("usage", `${source} holds NUL bytes: it is no text`, {
			hint: "prompts that are parted by NUL: -0",
		});
	// One long line with returns in it: what spreadsheets of old Macs saved.
	if (!head.includes("\n") && /\r[^\r]/.test(head.toString("latin1")))
		throw new Failure(
			"usage",
			`the lines of ${source} end in a carriage return alone`,
			{ hint: "convert it: tr '\\r' '\\n'" },
		);
}
