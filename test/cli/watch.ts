import type { IncomingHttpHeaders } from "node:http";
import { Agent, DecoratorHandler, type Dispatcher, errors } from "undici";

/** One request that the program sent, with what came back. */
export interface Sent {
	readonly method: string;
	readonly url: URL;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string | undefined;
}

/**
 * undici on real sockets, with every request noted. `silenceMs` takes the place of the time-outs for a
 * head and for silence in a body, so that a server that hangs costs a test no half minute.
 */
export function watchedAgent(
	sent: Sent[],
	signatures: Set<string>,
	silenceMs: number | undefined,
): Dispatcher {
	return new Agent().compose((dispatch) => (options, handler) => {
		sent.push(describe(options));
		return dispatch(options, new Watched(handler, signatures, silenceMs));
	});
}

function describe({
	origin,
	path,
	method,
	headers,
	body,
}: Dispatcher.DispatchOptions): Sent {
	return {
		method,
		url: new URL(path, String(origin)),
		headers: (headers ?? {}) as Record<string, string>,
		body: typeof body === "string" ? body : undefined,
	};
}

type Controller = Dispatcher.DispatchController;

/** undici's types leave out what its base class passes on. */
const Passing = DecoratorHandler as unknown as new (
	handler: Dispatcher.DispatchHandler,
) => {
	onRequestStart(controller: Controller, context: object): void;
	onResponseData(controller: Controller, chunk: Buffer): void;
	onResponseEnd(controller: Controller, trailers: IncomingHttpHeaders): void;
	onResponseError(controller: Controller, error: Error): void;
};

class Watched extends Passing {
	readonly #secrets: Set<string>;
	readonly #silenceMs: number | undefined;
	#silence: NodeJS.Timeout | undefined;
	#text = "";

	constructor(
		handler: Dispatcher.DispatchHandler,
		secrets: Set<string>,
		silenceMs: number | undefined,
	) {
		super(handler);
		this.#secrets = secrets;
		this.#silenceMs = silenceMs;
	}

	override onRequestStart(controller: Controller, context: object): void {
		this.#arm(controller, () => new errors.HeadersTimeoutError());
		super.onRequestStart(controller, context);
	}

	override onResponseData(controller: Controller, chunk: Buffer): void {
		this.#arm(controller, () => new errors.BodyTimeoutError());
		if (this.#text.length < 100_000) this.#text += chunk.toString("latin1");
		super.onResponseData(controller, chunk);
	}

	override onResponseEnd(
		controller: Controller,
		trailers: IncomingHttpHeaders,
	): void {
		clearTimeout(this.#silence);
		const signatures = this.#text.matchAll(/X-Amz-Signature=([0-9a-f]+)/g);
		for (const [, signature = ""] of signatures) this.#secrets.add(signature);
		super.onResponseEnd(controller, trailers);
	}

	override onResponseError(controller: Controller, error: Error): void {
		clearTimeout(this.#silence);
		super.onResponseError(controller, error);
	}

	#arm(controller: Controller, error: () => Error): void {
		clearTimeout(this.#silence);
		if (this.#silenceMs === undefined) return;
		// In two steps: where the test itself kept the process busy, what has come is read between them.
		this.#silence = setTimeout(() => {
			this.#silence = setTimeout(() => controller.abort(error()), 50);
		}, this.#silenceMs);
	}
}
