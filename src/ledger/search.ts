import { type LedgerLine, parseLedgerLine } from "./ledger.ts";
import { followLedger } from "./tail.ts";

/**
 * The lines whose bytes hold one of these texts, newest first; no other line is parsed, so that 100,000 of them are looked
 * through in a moment.
 * @throws {Failure} `disk`
 */
export async function findLines(
	folder: string,
	texts: readonly string[],
): Promise<readonly LedgerLine[]> {
	const wanted = texts.map((text) => Buffer.from(text));
	const found: LedgerLine[] = [];
	const tail = await followLedger(folder);
	await tail.before((bytes) => {
		const line = wanted.some((text) => bytes.includes(text))
			? parseLedgerLine(bytes.toString("utf8"))
			: undefined;
		if (line) found.push(line);
		return true;
	});
	return found;
}
