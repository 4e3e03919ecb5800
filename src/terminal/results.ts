import type { ErrorRecord, ImageRecord } from "../record.ts";
import type { OutputStream } from "../runtime.ts";
import { escaped, escapedJson } from "../system/escape.ts";

/** What goes to stdout, and nothing else does. */
export interface Results {
	record(record: ImageRecord): void;
	error(record: ErrorRecord): void;
}

export function createResults(
	stdout: OutputStream,
	options: { readonly json: boolean; readonly silent: boolean },
): Results {
	const print = (line: string) => void stdout.write(`${line}\n`);
	if (options.json) {
		const json = (record: unknown) => print(escapedJson(record));
		return { record: json, error: json };
	}
	if (options.silent) return { record: () => {}, error: () => {} };
	return {
		record(record) {
			const line = resultOf(record);
			// A script needs the name as it is; a terminal must not obey it.
			if (line) print(stdout.isTTY ? escaped(line) : line);
		},
		error: () => {},
	};
}

function resultOf(record: ImageRecord): string | undefined {
	switch (record.status) {
		case "saved":
		case "skipped":
			return record.file;
		case "submitted":
			// The images of one run share its id.
			return (record.output ?? 1) === 1
				? (record.run_id ?? undefined)
				: undefined;
		case "pending":
		case "failed":
		case "planned":
			return undefined;
		default:
			return record satisfies never;
	}
}
