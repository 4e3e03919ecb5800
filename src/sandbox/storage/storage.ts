import type {
	IncomingMessage,
	RequestListener,
	ServerResponse,
} from "node:http";
import { type Effect, serverErrorStatus } from "../faults/effects.ts";
import type { ActiveFaults } from "../faults/injector.ts";
import {
	type Answer,
	pause,
	readBody,
	sendEffect,
	storageError,
} from "../server/answers.ts";
import type { LogRequest } from "../server/listener.ts";
import { Problem } from "../server/problems.ts";
import type { Service } from "../service.ts";
import { maxUploadBytes } from "../state/files.ts";
import { requestId } from "../state/ids.ts";

/** The port of the storage, which stands for S3 and its like: presigned links, no key, errors as XML. */
export function createStorage(
	service: Service,
	log: LogRequest,
): RequestListener {
	return (request, response) => {
		const entry = log("storage", request);
		response.setHeader("x-amz-request-id", requestId());
		serve(request, response, service, entry.note).then(entry.done, (error) => {
			if (response.headersSent || response.destroyed) return response.destroy();
			const message = error instanceof Error ? error.message : String(error);
			entry.note(message);
			const answer = storageError(500, "InternalError", message);
			entry.done(sendEffect({ kind: "answer", answer }, response));
		});
	};
}

/** Returns the status that was sent. */
async function serve(
	request: IncomingMessage,
	response: ServerResponse,
	service: Service,
	note: (text: string) => void,
): Promise<number> {
	const isPut = request.method === "PUT";
	const url = new URL(request.url ?? "/", "http://127.0.0.1");
	const faults = service.injector.next(
		isPut ? ["any", "put", "upload"] : ["any", "image"],
	);
	faults.told.forEach(note);
	const reply = (answer: Answer) =>
		sendEffect({ kind: "answer", answer }, response);

	const slowMs = faults.timeOf("slow");
	if (isPut && slowMs) await pause(slowMs);
	const effect = storageFault(faults, isPut);
	if (effect) return sendEffect(effect, response);
	const refusal = checkRequest(request, url, service, faults);
	if (refusal) {
		note(/<Code>(\w+)/.exec(refusal.body.toString())?.[1] ?? "");
		return reply(refusal);
	}
	service.store.refresh();
	if (isPut) {
		const answer = await takeUpload(request, url, service);
		return sendEffect(
			connectionFault(faults, "after") ?? { kind: "answer", answer },
			response,
		);
	}
	const output = /^\/outputs\/([^/]+)\/(\d+)\.\w+$/.exec(url.pathname);
	const run = service.store.runs.get(output?.[1] ?? "");
	if (!run) return reply(await readAsset(url, service));
	const { sendPicture } = await import("./downloads.ts");
	return sendPicture(
		{ request, response, faults, url },
		{ run, index: Number(output?.[2]), pictures: service.pictures },
	);
}

function storageFault(
	faults: ActiveFaults,
	isPut: boolean,
): Effect | undefined {
	// A download changes nothing: before or after is the same for it.
	const effect =
		connectionFault(faults, "before") ??
		(isPut ? undefined : connectionFault(faults, "after"));
	const status = serverErrorStatus(faults);
	if (effect || status === undefined) return effect;
	const code = status === 503 ? "SlowDown" : "InternalError";
	const answer = storageError(status, code, "Try again later");
	return { kind: "answer", answer };
}

function connectionFault(
	faults: ActiveFaults,
	when: "before" | "after",
): Effect | undefined {
	if (faults.has(`reset-${when}`)) return { kind: "reset" };
	return faults.has(`hang-${when}`) ? { kind: "hang" } : undefined;
}

/** What the storage does not accept; undefined where all is well. */
function checkRequest(
	{ method = "GET", headers }: IncomingMessage,
	url: URL,
	{ links }: Service,
	faults: ActiveFaults,
): Answer | undefined {
	if (method !== "GET" && method !== "PUT")
		return storageError(405, "MethodNotAllowed", `${method} is not allowed`);
	// A key that was sent here has left the service: S3 refuses two ways to sign in just so.
	if (headers.authorization !== undefined)
		return storageError(
			400,
			"InvalidArgument",
			"Either a signed link or an Authorization header, not both: the API key must not be sent to the storage",
		);
	const state = faults.has("expire")
		? "expired"
		: links.check(url, method, headers["content-type"] ?? "");
	switch (state) {
		case "good":
			return faults.has("404") ? noSuchKey() : undefined;
		case "expired":
			return storageError(403, "AccessDenied", "Request has expired");
		case "unsigned":
			return storageError(403, "AccessDenied", "Access denied");
		case "forged":
			return storageError(
				403,
				"SignatureDoesNotMatch",
				"The signature does not fit this method, path and content type",
			);
		default:
			return state satisfies never;
	}
}

async function takeUpload(
	request: IncomingMessage,
	{ pathname }: URL,
	{ store, assets }: Service,
): Promise<Answer> {
	const id = /^\/uploads\/([^/]+)$/.exec(pathname)?.[1] ?? "";
	const asset = store.assets.get(id);
	if (!asset) return noSuchKey();
	let body: Buffer;
	try {
		body = await readBody(request, maxUploadBytes);
	} catch (error) {
		if (!(error instanceof Problem)) throw error;
		return storageError(400, "EntityTooLarge", error.message);
	}
	if (body.length !== asset.sizeBytes)
		return storageError(
			400,
			"IncompleteBody",
			`${body.length} bytes came, ${asset.sizeBytes} were announced`,
		);
	await assets.write(id, body);
	const { etagOf } = await import("./downloads.ts");
	const headers = { etag: etagOf(body) };
	return { status: 200, headers, body: Buffer.alloc(0) };
}

async function readAsset(
	{ pathname }: URL,
	{ store, assets }: Service,
): Promise<Answer> {
	const id = /^\/assets\/([^/]+)$/.exec(pathname)?.[1] ?? "";
	const asset = store.assets.get(id);
	const body = asset && (await assets.read(id));
	if (!body) return noSuchKey();
	const headers = { "content-type": asset.mimeType };
	return { status: 200, headers, body };
}

function noSuchKey(): Answer {
	return storageError(404, "NoSuchKey", "The key does not exist");
}
