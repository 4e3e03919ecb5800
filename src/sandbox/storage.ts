import type {
	IncomingMessage,
	RequestListener,
	ServerResponse,
} from "node:http";
import { type Answer, storageError } from "./answers.ts";
import { maxUploadBytes } from "./asset-bytes.ts";
import type { Strikes } from "./dice.ts";
import type { Effect } from "./effects.ts";
import { requestId } from "./ids.ts";
import type { Point } from "./points.ts";
import { Problem } from "./problems.ts";
import type { LogRequest } from "./request-log.ts";
import type { Service } from "./service.ts";
import { carryOut, pause, readBody } from "./wire.ts";

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
			entry.done(carryOut({ kind: "answer", answer }, response));
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
	const method = request.method ?? "GET";
	const url = new URL(request.url ?? "/", "http://127.0.0.1");
	const points: readonly Point[] =
		method === "PUT" ? ["any", "put", "upload"] : ["any", "image"];
	const strikes = service.dice.roll(points);
	strikes.names.forEach(note);
	const refuse = (answer: Answer) =>
		carryOut({ kind: "answer", answer }, response);

	const slowMs = strikes.timeOf("slow");
	if (method === "PUT" && slowMs) await pause(slowMs);
	const struck = storageEffect(strikes, method);
	if (struck) return carryOut(struck, response);
	const refusal = checkRequest(request, url, service, strikes);
	if (refusal) {
		note(/<Code>(\w+)/.exec(refusal.body.toString())?.[1] ?? "");
		return refuse(refusal);
	}
	service.store.refresh();
	if (method === "PUT") {
		const answer = await takeUpload(request, url, service);
		if (strikes.has("reset-after"))
			return carryOut({ kind: "reset" }, response);
		if (strikes.has("hang-after")) return carryOut({ kind: "hang" }, response);
		return refuse(answer);
	}
	const output = /^\/outputs\/([^/]+)\/(\d+)\.\w+$/.exec(url.pathname);
	const run = service.store.runs.get(output?.[1] ?? "");
	if (run) {
		const { sendPicture } = await import("./downloads.ts");
		return sendPicture(
			{ request, response, strikes, url },
			{ run, index: Number(output?.[2]), pictures: service.pictures },
		);
	}
	const assetId = /^\/assets\/([^/]+)$/.exec(url.pathname)?.[1] ?? "";
	const asset = service.store.assets.get(assetId);
	const body = asset && (await service.assets.read(asset.id));
	if (!body) return refuse(noSuchKey());
	const headers = { "content-type": asset.mimeType };
	return refuse({ status: 200, headers, body });
}

function storageEffect(strikes: Strikes, method: string): Effect | undefined {
	// A download changes nothing: before or after is the same for it.
	const isRead = method !== "PUT";
	if (strikes.has("reset-before") || (isRead && strikes.has("reset-after")))
		return { kind: "reset" };
	if (strikes.has("hang-before") || (isRead && strikes.has("hang-after")))
		return { kind: "hang" };
	const turn = strikes.turnOf("5xx");
	const status =
		turn > 0
			? serverErrors[(turn - 1) % serverErrors.length]
			: serverErrors.find((each) => strikes.has(each));
	if (status === undefined) return undefined;
	const code = status === "503" ? "SlowDown" : "InternalError";
	const answer = storageError(Number(status), code, "Try again later");
	return { kind: "answer", answer };
}

const serverErrors = ["500", "502", "503", "504"] as const;

/** What the storage does not accept; undefined where all is well. */
function checkRequest(
	{ method = "GET", headers }: IncomingMessage,
	url: URL,
	{ links }: Service,
	strikes: Strikes,
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
	const expired = () =>
		storageError(403, "AccessDenied", "Request has expired");
	if (strikes.has("expire")) return expired();
	const type = headers["content-type"] ?? "";
	const state = links.check(url, method, type);
	switch (state) {
		case "good":
			return strikes.has("404") ? noSuchKey() : undefined;
		case "expired":
			return expired();
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
	return {
		status: 200,
		headers: { etag: etagOf(body) },
		body: Buffer.alloc(0),
	};
}

function noSuchKey(): Answer {
	return storageError(404, "NoSuchKey", "The key does not exist");
}
