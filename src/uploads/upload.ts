import path from "node:path";
import { Failure } from "../errors.ts";
import type { Announcement, Asset, AssetApi } from "../runflow/assets.ts";
import { parseRetryAfter } from "../runflow/retry.ts";
import { service } from "../runflow/service.ts";
import type { Transport, WireAnswer } from "../runflow/transport.ts";
import type { Clock } from "../runtime.ts";
import {
	mayPass,
	type Outcome,
	outcomeOf,
	persist,
	type Trouble,
} from "./persist.ts";
import type { SourceImage } from "./source-image.ts";
import { readUnchanged } from "./unchanged-bytes.ts";

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
}

export interface UploadOptions {
	readonly signal: AbortSignal;
	/** Starts again from 0 where the bytes are sent again. */
	readonly onProgress?:
		| ((sentBytes: number, totalBytes: number) => void)
		| undefined;
}

/**
 * Uploads an image in three steps: announced, sent to the storage, confirmed. Nothing of it costs money, so each
 * step is simply repeated by the vendor's rule.
 * @throws {Failure} with `charged: "no"`; `usage` where the file is not the one any more that was looked at
 */
export function upload(
	image: SourceImage,
	context: UploadContext,
	options: UploadOptions,
): Promise<Asset> {
	const { assets } = context;
	const { signal } = options;
	const repeat = <T>(step: () => Promise<Outcome<T>>) =>
		persist(
			step,
			`${context.showPath(image.path)} was not uploaded`,
			context,
			signal,
		);
	return repeat(async () => {
		// A link for each try: it may have expired, and a storage that closes while it is sent to has often just said so, unheard.
		const link = await repeat(() =>
			outcomeOf(() => assets.announce(fileOf(image), signal)),
		);
		const trouble = await send(image, link, context, options);
		return (
			trouble ?? { value: await repeat(confirmation(assets, link, signal)) }
		);
	});
}

function fileOf({ path: file, mimeType, sizeBytes }: SourceImage) {
	// The ending of the user's name may belong to another type than the bytes do.
	const stem = [...path.parse(file).name].slice(0, 50).join("");
	const filename = `${stem}.${mimeType.replace("image/", "")}`;
	return { filename, mimeType, sizeBytes };
}

/** Sends the bytes; undefined where the storage has them. */
async function send(
	image: SourceImage,
	{ uploadUrl }: Announcement,
	{ transport, clock, showPath }: UploadContext,
	{ signal, onProgress }: UploadOptions,
): Promise<Trouble | undefined> {
	const outcome = await outcomeOf(() =>
		transport.putFile({
			url: uploadUrl,
			contentType: image.mimeType,
			sizeBytes: image.sizeBytes,
			body: readUnchanged(image, showPath(image.path)),
			signal,
			onSent: (sentBytes) => onProgress?.(sentBytes, image.sizeBytes),
		}),
	);
	if ("failure" in outcome) return outcome;
	const { status } = outcome.value;
	return status >= 200 && status < 300
		? undefined
		: refusal(outcome.value, clock.now());
}

function refusal(
	{ status, headers, text }: WireAnswer & { readonly text: string },
	nowMs: number,
): Trouble {
	// S3 and its like say why in XML.
	const reason = /<Code>(\w{1,60})<\/Code>/.exec(text)?.[1];
	const asked = parseRetryAfter(headers, nowMs);
	const isExpired = status === 403;
	const isPassing = isExpired || mayPass(status);
	return {
		mayPass: isPassing,
		// Another link is to be had at once. Nobody has set an end to a storage's wait, so it is kept to our own longest.
		retryAfterMs: isExpired ? 0 : asked && Math.min(asked, service.retry.maxMs),
		failure: new Failure(
			"unavailable",
			`the storage answered ${status}${reason ? ` (${reason})` : ""} to the upload`,
			{
				hint: isPassing
					? "run the same command again later"
					: "give the https address of the image instead",
				retryable: isPassing,
				httpStatus: status,
			},
		),
	};
}

/** The last step, for as many tries as it takes. */
function confirmation(
	assets: AssetApi,
	{ assetId }: Announcement,
	signal: AbortSignal,
): () => Promise<Outcome<Asset>> {
	let mayBeConfirmed = false;
	return async () => {
		const outcome = await outcomeOf(() => assets.confirm(assetId, signal));
		if ("value" in outcome) return outcome;
		const { httpStatus, code } = outcome.failure;
		// An earlier try did it and its answer got lost. Should that be wrong, the run is refused unpaid, and the image sent anew.
		if (httpStatus === 409 && mayBeConfirmed) return { value: { id: assetId } };
		// The service may learn of the bytes a moment after the storage has them.
		if (httpStatus === 404 || httpStatus === 409)
			return { ...outcome, mayPass: true };
		mayBeConfirmed ||= outcome.mayPass && code !== "rate_limited";
		return outcome;
	};
}
