import {
	ledgerFiles,
	linesIn,
	type Place,
	readBackwards,
	readPieces,
} from "./files.ts";

/** The ledger in two parts: what was there when this began, and what has been appended since. */
export interface LedgerTail {
	/** Lines that were there, newest first, some hundreds at a time. Reads as much of the files as is asked for. */
	before(): AsyncGenerator<readonly Buffer[]>;
	/** Lines appended since the last call, each once and whole. Not to be called again before it has ended. */
	next(visit: (line: Buffer, place: Place) => void): Promise<void>;
}

/** Follows the ledger from where it ends now. @param folder one file a month, whose names sort by time */
export async function followLedger(folder: string): Promise<LedgerTail> {
	const began = await ledgerFiles(folder);
	const readTo = new Map(began);

	return {
		async *before() {
			for (const [file, size] of [...began].reverse())
				yield* readBackwards(file, size);
		},
		async next(visit) {
			for (const [file, size] of await ledgerFiles(folder)) {
				const since = readTo.get(file) ?? 0;
				if (since >= size) continue;
				for await (const { bytes, from } of readPieces(file, since, size)) {
					// The end of a line that is being written comes with the next reading.
					const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
					for (const line of linesIn(whole)) {
						const start = from + line.byteOffset - whole.byteOffset;
						visit(line, { file, from: start, to: start + line.length });
					}
					readTo.set(file, from + whole.length);
				}
			}
		},
	};
}
