import { Failure } from "../errors.ts";
import type { Asset } from "../runflow/assets.ts";
import { service } from "../runflow/service.ts";
import { type CachedAsset, openAssetCache } from "./asset-cache.ts";
import { createOutputFinder, type OutputSources } from "./own-outputs.ts";
import { createSingleFlight, type OnProgress } from "./single-flight.ts";
import type { SourceImage } from "./source-image.ts";
import { type UploadContext, upload } from "./upload.ts";

export interface UploadsOptions extends UploadContext, OutputSources {
	/** Where uploads are remembered; made where it is missing. */
	readonly folder: string;
	/** Whose assets these are, without telling the key: one account's are nothing to another's. */
	readonly account: string;
}

export type Uploads = ReturnType<typeof createUploads>;

/** Local images as inputs of runs. */
export function createUploads(options: UploadsOptions) {
	const { clock, folder, account, note, signal } = options;
	const owner = [options.service, account];
	const cache = openAssetCache(folder, owner, () => clock.now());
	const findOutput = createOutputFinder(options);
	const singleFlight = createSingleFlight<CachedAsset>();
	const refused = new Set<string>();
	// Contents of which a reference was refused: what the service made itself may be just as gone.
	const uploadOnly = new Set<string>();

	const isGood = ({ assetId, goodUntilMs }: CachedAsset) =>
		!refused.has(service.assets.url(assetId)) && goodUntilMs > clock.now();

	async function remember(sha256: string, asset: Asset): Promise<CachedAsset> {
		const goodUntilMs = lastUse(asset, clock.now());
		const cached = { assetId: asset.id, goodUntilMs };
		await cache.set(sha256, cached).catch((error) => {
			if (!(error instanceof Failure)) throw error;
			note(`${error.message}; the image will be uploaded again next time`);
		});
		return cached;
	}

	async function find(image: SourceImage, onProgress: OnProgress) {
		const { sha256 } = image;
		const cached = await cache.get(sha256);
		if (cached && isGood(cached)) return cached;
		const id = uploadOnly.has(sha256)
			? undefined
			: await findOutput(sha256, signal);
		if (id !== undefined) return remember(sha256, { id });
		return remember(sha256, await upload(image, options, onProgress));
	}

	return {
		/**
		 * What stands for the image in the inputs of a run. The same content is uploaded once, however many ask; not at
		 * all where the service has it: from an earlier command, or because it made it.
		 * @param onProgress is told of bytes; starts again from 0 where they are sent again
		 * @throws {Failure} with `charged: "no"`; `usage` where the file has changed since it was looked at
		 */
		async urlFor(image: SourceImage, onProgress?: OnProgress) {
			const { assetId } = await singleFlight(
				image.sha256,
				(tell) => find(image, tell),
				onProgress,
			);
			return service.assets.url(assetId);
		},
		/** The service refused this reference to the image: from now on another one is given, of a new upload. */
		async forget({ sha256 }: SourceImage, url: string) {
			refused.add(url);
			uploadOnly.add(sha256);
			const assetId = service.assets.idIn(url);
			if (assetId !== undefined) await cache.remove(sha256, assetId);
		},
	};
}

function lastUse({ expiresAt = "" }: Asset, nowMs: number): number {
	const { lifeMs, marginMs } = service.assets;
	const toldMs = Date.parse(expiresAt) - nowMs;
	// Over already, by a clock that is not the service's: then the date says nothing here.
	const leftMs = toldMs > 0 ? toldMs : lifeMs;
	// Half of a short life: with the whole margin taken off, each image would be uploaded anew.
	return nowMs + leftMs - Math.min(marginMs, leftMs / 2);
}
