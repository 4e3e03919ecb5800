import type { IncomingMessage } from "node:http";
import { performance } from "node:perf_hooks";
import type { RequestEntry } from "./options.ts";

/** Notes a request; `done` tells what was sent, and is called once. */
export type LogRequest = (
	port: RequestEntry["port"],
	request: Pick<IncomingMessage, "method" | "url">,
) => {
	readonly note: (text: string) => void;
	readonly done: (status: number) => void;
};

export function createLog(
	now: () => number,
	tell: ((entry: RequestEntry) => void) | undefined,
): LogRequest {
	return (port, { method = "GET", url = "/" }) => {
		const at = now();
		const startedAt = performance.now();
		const notes: string[] = [];
		// The query of a link to the storage is as good as a key, and so may be that of a callback address.
		const path = port === "api" ? url : withoutSecrets(url);
		return {
			note: (text) => {
				notes.push(text);
			},
			done: (status) =>
				tell?.({
					at,
					port,
					method,
					path,
					status,
					durationMs: Math.round(performance.now() - startedAt),
					...(notes.length > 0 && { note: notes.join(", ") }),
				}),
		};
	};
}

function withoutSecrets(url: string): string {
	return url.replace(/\?.*$/s, "").replace(/^(https?:\/\/)[^/]*@/, "$1");
}
