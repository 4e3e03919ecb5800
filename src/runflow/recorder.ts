import type { Readable } from "node:stream";

/** One request as it is sent; with its secrets. */
export interface SentRequest {
	readonly method: string;
	readonly url: URL;
	/** Whether it is presigned, so that its query is a secret. */
	readonly isLink: boolean;
	/** Lower-case names, without those that the connection adds. */
	readonly headers: Readonly<Record<string, string>>;
	/** Undefined where there is none, and where it is a file. */
	readonly body: string | undefined;
}

/** The head of an answer. */
export interface AnswerHead {
	readonly status: number;
	readonly statusText: string;
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Hears what becomes of one request, in this order, each at the moment when it happens. */
export interface ExchangeRecorder {
	answered(head: AnswerHead): void;
	/** Bytes of the body as they came, still packed where the head says so. */
	received(chunk: Uint8Array): void;
	/** The end, once. @param failure why there is no answer, or not the whole of it */
	ended(failure?: string): void;
	/** In its place where we left: interrupted, out of patience, or not interested in the rest. */
	left(): void;
}

/** Called before each request leaves, those that are tried again and redirects included. */
export type RecordExchange = (request: SentRequest) => ExchangeRecorder;

/** The chunks of a body, told to the recorder; one that is not read to its end has ended as well. */
export async function* recordBody(
	body: Readable,
	recorder: ExchangeRecorder | undefined,
	signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
	let isOver = false;
	try {
		for await (const chunk of body) {
			recorder?.received(chunk);
			yield chunk;
		}
		isOver = true;
		recorder?.ended();
	} catch (error) {
		isOver = signal?.aborted !== true;
		if (isOver) recorder?.ended((error as Error).message);
		throw error;
	} finally {
		if (!isOver) recorder?.left();
	}
}
