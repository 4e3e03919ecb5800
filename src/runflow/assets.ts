import * as z from "zod/mini";
import type { Caller } from "./caller.ts";
import { textAt } from "./json.ts";
import { service } from "./service.ts";

/** What is told of a file before it is sent. */
interface AssetFile {
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

export type AssetApi = ReturnType<typeof createAssetApi>;

/** The first and the last of the three steps of an upload; between them the bytes go to the storage. Each throws ServiceProblem and WireError. */
export function createAssetApi({ read }: Caller) {
	return {
		/** `POST /v1/asset-uploads`: an id, and the link to put the bytes to. */
		announce(
			{ filename, mimeType, sizeBytes }: AssetFile,
			signal?: AbortSignal,
		): Promise<Announcement> {
			const text = JSON.stringify({
				filename,
				mime_type: mimeType,
				size_bytes: sizeBytes,
			});
			const path = service.paths.assetUploads;
			return read(announcementSchema, path, signal, { text });
		},
		/** `POST /v1/asset-uploads/{id}/confirmations`: the bytes have arrived. */
		async confirm(assetId: string, signal?: AbortSignal): Promise<Asset> {
			const path = service.paths.assetConfirmations(assetId);
			const asset = await read(assetSchema, path, signal, { text: "{}" });
			return { ...asset, id: asset.id ?? assetId };
		},
	};
}

/** The id is written into the inputs of a run, so it must be one that stands for itself there. */
function idAt(wire: unknown, names: readonly string[]): string | undefined {
	return names
		.map((name) => textAt(wire, [name]))
		.find((id) => id && service.assets.idIn(service.assets.url(id)));
}

const announcementSchema = z
	.pipe(
		z.looseObject({ upload_url: z.url("no `upload_url`") }, "no asset object"),
		z.transform((wire) => ({
			assetId: idAt(wire, ["asset_id", "id"]) ?? "",
			uploadUrl: wire.upload_url,
		})),
	)
	.check(z.refine(({ assetId }) => assetId !== "", "no `asset_id`"));

const assetSchema = z.pipe(
	z.looseObject({}, "no asset object"),
	z.transform((wire) => {
		const expiresAt = textAt(wire, ["expires_at"]);
		const id = idAt(wire, ["id", "asset_id"]);
		return { id, ...(expiresAt && { expiresAt }) };
	}),
);
