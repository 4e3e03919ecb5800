import type { IncomingHttpHeaders } from "node:http";
import { Agent, DecoratorHandler, type Dispatcher, errors } from "undici";
import type { RequestEntry } from "../../src/sandbox/options.ts";

/** One request that the program sent, with what came back. */
export interface Sent {
	readonly method: string;
	readonly url: URL;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string | undefined;
}

/** Requests that were sent and have not ended. */
export type UnderWay = Set<Watched>;

/** undici on real sockets, with every request noted. */
export function watchedAgent(
	sent: Sent[],
	signatures: Set<string>,
	underWay: UnderWay = new Set(),
): Dispatcher {
	return new Agent().compose((dispatch) => (options, handler) => {
		const request = describe(options);
		sent.push(request);
		return dispatch(
			options,
			new Watched(handler, request, signatures, underWay),
		);
	});
}

/**
 * For the log of a sandbox: the request that it falls silent at times out at once, which costs a test no half minute,
 * and no other one, however slow the machine is.
 */
export function timeOutSilent(underWay: UnderWay) {
	return ({ method, path, note = "" }: RequestEntry): void => {
		const [, fault] = /\b(hang|stall)\b/.exec(note) ?? [];
		if (fault === undefined) return;
		const silent = [...underWay].find(
			({ request }) =>
				request.method === method &&
				request.url.pathname === path.replace(/\?.*/, ""),
		);
		silent?.timeOut(fault === "stall");
	};
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
	readonly request: Sent;
	readonly #secrets: Set<string>;
	readonly #underWay: UnderWay;
	#controller: Controller | undefined;
	#stalls = false;
	#text = "";

	constructor(
		handler: Dispatcher.DispatchHandler,
		request: Sent,
		secrets: Set<string>,
		underWay: UnderWay,
	) {
		super(handler);
		this.request = request;
		this.#secrets = secrets;
		this.#underWay = underWay;
	}

	/** @param inBody behind the part of the body that is on its way */
	timeOut(inBody: boolean): void {
		if (inBody) this.#stalls = true;
		else this.#abort(new errors.HeadersTimeoutError());
	}

	override onRequestStart(controller: Controller, context: object): void {
		this.#controller = controller;
		this.#underWay.add(this);
		super.onRequestStart(controller, context);
	}

	override onResponseData(controller: Controller, chunk: Buffer): void {
		if (this.#text.length < 100_000) this.#text += chunk.toString("latin1");
		super.onResponseData(controller, chunk);
		if (this.#stalls) this.#abort(new errors.BodyTimeoutError());
	}

	override onResponseEnd(
		controller: Controller,
		trailers: IncomingHttpHeaders,
	): void {
		this.#underWay.delete(this);
		const signatures = this.#text.matchAll(/X-Amz-Signature=([0-9a-f]+)/g);
		for (const [, signature = ""] of signatures) this.#secrets.add(signature);
		super.onResponseEnd(controller, trailers);
	}

	override onResponseError(controller: Controller, error: Error): void {
		this.#underWay.delete(this);
		super.onResponseError(controller, error);
	}

	#abort(error: Error): void {
		// Not inside what undici or the sandbox is at.
		setImmediate(() => {
			if (this.#underWay.has(this)) this.#controller?.abort(error);
		});
	}
}
