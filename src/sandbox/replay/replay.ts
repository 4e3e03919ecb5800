import type { IncomingMessage, RequestListener } from "node:http";
import { parseJson } from "../../system/json.ts";
import type { Effect } from "../faults/effects.ts";
import { createPaintQueue, type Paint, type PaintQueue } from "../pictures.ts";
import {
	type Answer,
	json,
	readBody,
	sendEffect,
	storageError,
} from "../server/answers.ts";
import type { LogRequest } from "../server/listener.ts";
import type { PictureFormat } from "../state/records.ts";
import { etagOf, partOf } from "../storage/downloads.ts";
import { createLinks, type RecordedLinks } from "./links.ts";
import type { RecordedExchange, Recording } from "./recording.ts";
import { readShown, type Shown } from "./shown.ts";
import { createTracks, type Tracks } from "./tracks.ts";

/** As large as an upload may be, and room beside it. */
const maxBodyBytes = 64 * 1024 * 1024;
/** Of what is no picture and was left out. */
const mostZeros = 16 * 1024 * 1024;
/** Where nobody says what a picture was. */
const usualPicture = {
	...{ prompt: "", seed: 0, model: "" },
	...{ width: 2_752, height: 1_536 },
};

/** What a recorded answer says of its connection, its bytes and its day, none of which is ours. */
const notOurs =
	/^(connection|keep-alive|transfer-encoding|content-(length|encoding|range|md5)|etag|date|set-cookie|x-amz-checksum.*)$/;

interface ReplayOptions {
	readonly paint: Paint | undefined;
	readonly log: LogRequest;
	readonly storageOrigin: () => string;
}

interface Replay {
	readonly recording: Recording;
	readonly tracks: Tracks;
	readonly shown: Shown;
	readonly links: RecordedLinks;
	readonly painted: PaintQueue;
}

/**
 * Both ports of a sandbox that says again what was recorded: by method, path and order. What was left out is painted, what is not in the
 * recording is 404 where no other answer shows it, and a request that got no answer has its connection reset.
 */
export function createReplay(
	recording: Recording,
	{ paint, log, storageOrigin }: ReplayOptions,
): Readonly<Record<"api" | "storage", RequestListener>> {
	const shown = readShown(recording);
	const replay: Replay = {
		...{ recording, shown },
		tracks: createTracks(recording),
		links: createLinks(recording, shown.pictures, storageOrigin),
		painted: createPaintQueue(paint),
	};
	const listener =
		(port: "api" | "storage"): RequestListener =>
		(request, response) => {
			const entry = log(port, request);
			decide(port, request, replay, entry.note).then(
				(effect) => entry.done(sendEffect(effect, response)),
				// The client left while it was still talking.
				() => response.destroy(),
			);
		};
	return { api: listener("api"), storage: listener("storage") };
}

async function decide(
	port: "api" | "storage",
	request: IncomingMessage,
	replay: Replay,
	note: (text: string) => void,
): Promise<Effect> {
	const { method = "GET", headers } = request;
	const { pathname: place, searchParams: query } = new URL(
		request.url ?? "/",
		"http://127.0.0.1",
	);
	const bytes = await readBody(request, maxBodyBytes);
	const body = parseJson(bytes.toString("utf8"));
	const found = replay.tracks.next({ method, place, query, body });
	const run = shownRun(place, replay);
	if (run && (!found || found.isRepeated)) {
		const { body, ...head } = json(200, run);
		const answer = { ...head, body: lead(body, headers.host, replay) };
		return { kind: "answer", answer };
	}
	if (found) return again(place, found, request, replay);
	note("not in the recording");
	const answer =
		method === "GET" && replay.shown.pictures.has(place)
			? {
					status: 200,
					headers: { "content-type": "image/jpeg" },
					body: await paintAt(place, replay),
				}
			: missing(port, method, place);
	return { kind: "answer", answer };
}

function shownRun(place: string, { shown }: Replay): unknown {
	const id = /^\/v1\/runs\/([^/]+)$/.exec(place)?.[1];
	return id === undefined ? undefined : shown.run(id);
}

async function again(
	place: string,
	{ exchange, isRepeated }: NonNullable<ReturnType<Tracks["next"]>>,
	{ headers: { host, ...asked } }: IncomingMessage,
	replay: Replay,
): Promise<Effect> {
	const { status, headers: was, url, end } = exchange;
	if (status === 0) return { kind: end === "left" ? "hang" : "reset" };
	const headers = Object.fromEntries(
		Object.entries(was).filter(([name]) => !notOurs.test(name)),
	);
	if (headers.location !== undefined)
		headers.location = replay.links.follow(headers.location, url, host);
	const body =
		exchange.body === undefined
			? await leftOut(place, exchange, replay)
			: lead(
					isRepeated ? latest(exchange.body, replay) : exchange.body,
					host,
					replay,
				);
	const etag = etagOf(body);
	if (was.etag !== undefined) headers.etag = etag;
	const answer =
		status === 206
			? partOf({ status: 200, headers, body }, asked, etag)
			: { status, headers, body };
	return { kind: end === "cut" ? "cut" : "answer", answer };
}

function lead(
	body: Buffer,
	apiHost: string | undefined,
	{ links, tracks }: Replay,
): Buffer {
	const text = tracks.rename(body.toString("utf8"));
	return Buffer.from(links.repoint(text, apiHost));
}

function latest(body: Buffer, { shown }: Replay): Buffer {
	const answer = parseJson(body.toString("utf8"));
	return answer === undefined
		? body
		: Buffer.from(JSON.stringify(shown.latest(answer)));
}

/** A body like the one that was left out: the picture, or where it was none as many zeros. */
async function leftOut(
	place: string,
	exchange: RecordedExchange,
	replay: Replay,
): Promise<Buffer> {
	const { method, status, image, end, sizeBytes } = exchange;
	if (method !== "GET" || sizeBytes === 0) return Buffer.alloc(0);
	const wasNoImage =
		replay.recording.tellsImages && end === "whole" && status === 200 && !image;
	return wasNoImage
		? Buffer.alloc(Math.min(sizeBytes, mostZeros))
		: paintAt(place, replay, exchange);
}

function paintAt(
	place: string,
	{ shown, painted }: Replay,
	exchange?: RecordedExchange,
): Promise<Buffer> {
	const [, format = "jpeg"] =
		/^image\/(png|webp)/.exec(exchange?.headers["content-type"] ?? "") ?? [];
	return painted(place, async () => ({
		...usualPicture,
		format: format as PictureFormat,
		...shown.pictures.get(place),
		...exchange?.image,
	}));
}

function missing(
	port: "api" | "storage",
	method: string,
	place: string,
): Answer {
	const message = `the recording has no more ${method} ${place}`;
	return port === "api"
		? json(404, { code: "NOT_FOUND", message })
		: storageError(404, "NoSuchKey", message);
}
