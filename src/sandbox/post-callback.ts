import { request as httpRequest } from "node:http";

/** Sends one callback; `done` gets the status of its answer, or 0 and what went wrong. */
export function postCallback(
	url: string,
	headers: Readonly<Record<string, string>>,
	body: Buffer,
	signal: AbortSignal,
	done: (status: number, note: string) => void,
): void {
	const send = async () => {
		const request = url.startsWith("https:")
			? (await import("node:https")).request
			: httpRequest;
		const status = await new Promise<number>((resolve, reject) => {
			const sent = request(url, {
				method: "POST",
				headers,
				agent: false,
				signal: AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]),
			});
			sent.on("error", reject);
			sent.on("socket", (socket) => socket.unref());
			sent.on("response", (answer) => {
				answer.resume();
				resolve(answer.statusCode ?? 0);
			});
			sent.end(body);
		});
		done(status, "");
	};
	send().catch((error: unknown) =>
		done(0, error instanceof Error ? error.message : String(error)),
	);
}

/** "A few seconds" (vendor documentation). */
const answerWithinMs = 5_000;
