import { Dispatcher } from "undici";

/**
 * The lowest dispatcher for tests: hands each request to the global `fetch`, which is what nock
 * patches; undici's own sockets would pass nock by and reach the network.
 */
export class NockDispatcher extends Dispatcher {
	override dispatch(
		options: Dispatcher.DispatchOptions,
		handler: Dispatcher.DispatchHandler,
	): boolean {
		const controller = new AbortController();
		handler.onConnect?.((reason) => controller.abort(reason));
		forward(options, handler, controller.signal).catch((error) =>
			handler.onError?.(error),
		);
		return true;
	}

	override async close(): Promise<void> {}

	override async destroy(): Promise<void> {}
}

async function forward(
	options: Dispatcher.DispatchOptions,
	handler: Dispatcher.DispatchHandler,
	signal: AbortSignal,
): Promise<void> {
	const response = await fetch(new URL(options.path, String(options.origin)), {
		method: options.method,
		headers: options.headers as Record<string, string>,
		body: options.body as string | null,
		redirect: "manual",
		signal,
	});
	const headers = [...response.headers].flat().map((one) => Buffer.from(one));
	handler.onHeaders?.(response.status, headers, () => {}, response.statusText);
	for await (const chunk of response.body ?? [])
		handler.onData?.(Buffer.from(chunk));
	handler.onComplete?.([]);
}
