import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import path from "node:path";
import { Failure } from "../errors.ts";
import type { Announcement, Asset, AssetApi } from "../runflow/assets.ts";
import { problemToFailure, ServiceProblem } from "../runflow/problem.ts";
import { parseRetryAfter } from "../runflow/retry.ts";
import { service } from "../runflow/service.ts";
import type { Transport, WireAnswer } from "../runflow/transport.ts";
import type { Clock } from "../runtime.ts";
import { isTransient, retry, Trouble } from "./retry.ts";
import type { OnProgress } from "./single-flight.ts";
import { type SourceImage, unusable } from "./source-image.ts";

/** What an upload works with. */
export interface UploadContext {
	readonly assets: AssetApi;
	readonly transport: Pick<Transport, "putFile">;
	readonly clock: Clock;
	/** A number in [0, 1), for jitter. */
	readonly random: () => number;
	/** A path as a user in this folder would write it. */
	readonly showPath: (path: string) => string;
	/** Tells of what went wrong and is being mended. */
	readonly note: (text: string) => void;
	/** Aborts when the command is interrupted. */
	readonly signal: AbortSignal;
}

/**
 * Uploads an image in three steps: announced, sent to the storage, confirmed. Nothing of it costs money, so each
 * step is simply repeated by the vendor's rule.
 * @throws {Failure} with `charged: "no"`; `usage` where the file is not the one any more that was looked at
 */
export function upload(
	image: SourceImage,
	context: UploadContext,
	onProgress: OnProgress,
): Promise<Asset> {
	const { assets, signal } = context;
	const complaint = `${context.showPath(image.path)} was not uploaded`;
	const repeat = <T>(step: () => Promise<T>) => retry(step, complaint, context);
	return repeat(async () => {
		// A link for each try: it may have expired, and a storage that closes while it is sent to has often just said so, unheard.
		const link = await repeat(() => assets.announce(fileOf(image), signal));
		await send(image, link, context, onProgress);
		return repeat(confirmation(assets, link, signal));
	});
}

function fileOf({ path: file, mimeType, sizeBytes }: SourceImage) {
	// The ending of the user's name may belong to another type than the bytes do.
	const stem = [...path.parse(file).name].slice(0, 50).join("");
	const filename = `${stem}.${mimeType.replace("image/", "")}`;
	return { filename, mimeType, sizeBytes };
}

/** Sends the bytes. @throws {Trouble} where the storage does not take them */
async function send(
	image: SourceImage,
	{ uploadUrl }: Announcement,
	{ transport, clock, showPath, signal }: UploadContext,
	onProgress: OnProgress,
): Promise<void> {
	const answer = await transport.putFile({
		url: uploadUrl,
		contentType: image.mimeType,
		sizeBytes: image.sizeBytes,
		body: readUnchanged(image, showPath(image.path)),
		signal,
		onSent: (sentBytes) => onProgress(sentBytes, image.sizeBytes),
	});
	if (answer.status < 200 || answer.status >= 300)
		throw refusal(answer, clock.now());
}

/** Small enough that one chunk passes a slow line well before silence counts as the end of the connection. */
const chunkBytes = 64 * 1024;

/**
 * The bytes of an image as it was when it was looked at. The last of them come only when all are known to be the
 * same, so that another image never arrives whole.
 * @throws {Failure} `usage` where the file is another one by now
 */
async function* readUnchanged(
	{ path: file, sizeBytes, sha256 }: SourceImage,
	name: string,
): AsyncGenerator<Uint8Array> {
	const changed = (cause?: unknown) =>
		unusable(
			`${name} changed while it was being used`,
			"run the same command again when whatever writes it is done",
			cause,
		);
	const hash = createHash("sha256");
	let readBytes = 0;
	let held: Uint8Array | undefined;
	for await (const chunk of readFile(file, changed)) {
		readBytes += chunk.length;
		hash.update(chunk);
		if (readBytes > sizeBytes) throw changed();
		if (held) yield held;
		held = chunk;
	}
	if (hash.digest("hex") !== sha256) throw changed();
	if (held) yield held;
}

async function* readFile(
	file: string,
	changed: (cause: unknown) => Failure,
): AsyncGenerator<Uint8Array> {
	try {
		yield* createReadStream(file, { highWaterMark: chunkBytes });
	} catch (error) {
		throw changed(error);
	}
}

function refusal(
	{ status, headers, text }: WireAnswer & { readonly text: string },
	nowMs: number,
): Trouble {
	// S3 and its like say why in XML.
	const reason = /<Code>(\w{1,60})<\/Code>/.exec(text)?.[1];
	const isExpired = status === 403;
	const retryable = isExpired || isTransient(status);
	const failure = new Failure(
		"unavailable",
		`the storage answered ${status}${reason ? ` (${reason})` : ""} to the upload`,
		{
			hint: retryable
				? "run the same command again later"
				: "give the https address of the image instead",
			retryable,
			httpStatus: status,
		},
	);
	const asked = parseRetryAfter(headers, nowMs);
	// Another link is to be had at once. Nobody has set an end to a storage's wait, so it is kept to our own longest.
	const retryAfterMs = isExpired
		? 0
		: asked && Math.min(asked, service.retry.maxMs);
	return new Trouble(failure, retryable, retryAfterMs);
}

/** The last step, for as many tries as it takes. */
function confirmation(
	assets: AssetApi,
	{ assetId }: Announcement,
	signal: AbortSignal,
): () => Promise<Asset> {
	let mayBeConfirmed = false;
	return async () => {
		try {
			return await assets.confirm(assetId, signal);
		} catch (error) {
			const problem = error instanceof ServiceProblem ? error : undefined;
			// An earlier try did it and its answer got lost. Should that be wrong, the run is refused unpaid, and the image sent anew.
			if (problem?.status === 409 && mayBeConfirmed) return { id: assetId };
			// The service may learn of the bytes a moment after the storage has them.
			if (problem?.status === 409 || problem?.status === 404)
				throw new Trouble(
					problemToFailure(problem),
					true,
					problem.retryAfterMs,
				);
			mayBeConfirmed ||= problem?.status !== 429;
			throw error;
		}
	};
}
