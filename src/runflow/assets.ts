import * as z from "zod";
import { type Caller, readAs } from "./caller.ts";
import { service } from "./service.ts";

/** The first and the last of the three steps of an upload; between them the bytes go to the storage. Each throws ServiceProblem and WireError. */
export interface AssetApi {
	/** `POST /v1/asset-uploads`: an id, and the link to put the bytes to. */
	announce(file: AssetFile, signal?: AbortSignal): Promise<Announcement>;
	/** `POST /v1/asset-uploads/{id}/confirmations`: the bytes have arrived. */
	confirm(assetId: string, signal?: AbortSignal): Promise<Asset>;
}

/** What is told of a file before it is sent. */
export interface AssetFile {
	readonly filename: string;
	readonly mimeType: string;
	readonly sizeBytes: number;
}

export interface Announcement {
	readonly assetId: string;
	/** Presigned: it expires, and its query is a secret. */
	readonly uploadUrl: string;
}

/** What may stand in the inputs of a run. */
export interface Asset {
	readonly id: string;
	/** ISO 8601; missing where the service does not say, which is what its documentation shows. */
	readonly expiresAt?: string;
}

export function createAssetApi({ call }: Caller): AssetApi {
	return {
		async announce({ filename, mimeType, sizeBytes }, signal) {
			const text = JSON.stringify({
				filename,
				mime_type: mimeType,
				size_bytes: sizeBytes,
			});
			const path = service.paths.assetUploads;
			const answer = await call("POST", path, signal, { text });
			return readAs(announcementSchema, answer);
		},
		async confirm(assetId, signal) {
			const path = service.paths.assetConfirmations(assetId);
			const answer = await call("POST", path, signal, { text: "{}" });
			const { id = assetId, expiresAt } = readAs(assetSchema, answer);
			return { id, ...(expiresAt && { expiresAt }) };
		},
	};
}

// Each completes "an answer with …".
const noId = "no `asset_id`";
const noUrl = "no `upload_url`";
const noAsset = "no asset object";

// The id is written into the inputs of a run, so it must be one that stands for itself there.
const id = z
	.string()
	.refine((text) => service.assets.idIn(service.assets.url(text)))
	.nullish()
	.catch(undefined);

const announcementSchema = z
	.looseObject({ asset_id: id, id, upload_url: z.url(noUrl) }, noAsset)
	.transform((wire, context) => {
		const assetId = wire.asset_id ?? wire.id;
		if (assetId) return { assetId, uploadUrl: wire.upload_url };
		context.addIssue({ code: "custom", message: noId });
		return z.NEVER;
	});

const assetSchema = z
	.looseObject(
		{ id, asset_id: id, expires_at: z.string().nullish().catch(undefined) },
		noAsset,
	)
	.transform((wire) => ({
		id: wire.id ?? wire.asset_id ?? undefined,
		expiresAt: wire.expires_at ?? undefined,
	}));
