import { Failure } from "../errors.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Asset } from "../runflow/assets.ts";
import type { RunflowClient } from "../runflow/client.ts";
import { service } from "../runflow/service.ts";
import { type KnownAsset, openAssetMemory } from "./asset-memory.ts";
import { createFlights } from "./flights.ts";
import { createOwnOutputs } from "./own-outputs.ts";
import type { SourceImage } from "./source-image.ts";
import { type UploadContext, type UploadOptions, upload } from "./upload.ts";

/** Local images as inputs of runs. */
export interface Uploads {
	/**
	 * What stands for the image in the inputs of a run. The same content is uploaded once, however many ask; not at
	 * all where the service has it: from an earlier command, or because it made it.
	 * @throws {Failure} with `charged: "no"`; `usage` where the file has changed since it was looked at
	 */
	urlFor(image: SourceImage, options: UploadOptions): Promise<string>;
	/** The service refused this reference to the image: from now on another one is given, of a new upload. */
	forget(image: SourceImage, url: string): Promise<void>;
}

export interface UploadsOptions extends UploadContext {
	readonly client: Pick<RunflowClient, "readRun">;
	readonly ledger: Pick<Ledger, "lines">;
	/** Where uploads are remembered; made where it is missing. */
	readonly folder: string;
	/** Which service this is, as the ledger names it. */
	readonly service: string;
	/** Whose assets these are, without telling the key: one account's are nothing to another's. */
	readonly account: string;
}

export function createUploads(options: UploadsOptions): Uploads {
	const { clock, folder, account, note } = options;
	const owner = [options.service, account];
	const memory = openAssetMemory(folder, owner, () => clock.now());
	const ownOutputs = createOwnOutputs(options);
	const flights = createFlights<KnownAsset>();
	const refused = new Set<string>();
	// Contents of which a reference was refused: what the service made itself may be just as gone.
	const uploadOnly = new Set<string>();

	const isGood = ({ assetId, goodUntilMs }: KnownAsset) =>
		!refused.has(service.assets.url(assetId)) && goodUntilMs > clock.now();

	async function remember(sha256: string, asset: Asset): Promise<KnownAsset> {
		const goodUntilMs = lastUse(asset, clock.now());
		const known = { assetId: asset.id, goodUntilMs };
		await memory.remember(sha256, known).catch((error) => {
			if (!(error instanceof Failure)) throw error;
			note(`${error.message}; the image will be uploaded again next time`);
		});
		return known;
	}

	async function find(image: SourceImage, shared: UploadOptions) {
		const { sha256 } = image;
		const known = await memory.recall(sha256);
		if (known && isGood(known)) return known;
		const id = uploadOnly.has(sha256)
			? undefined
			: await ownOutputs.assetOf(sha256, shared.signal);
		if (id !== undefined) return remember(sha256, { id });
		return remember(sha256, await upload(image, options, shared));
	}

	return {
		async urlFor(image, passenger) {
			const { assetId } = await flights.join(
				image.sha256,
				(shared) => find(image, shared),
				passenger,
			);
			return service.assets.url(assetId);
		},
		async forget({ sha256 }, url) {
			refused.add(url);
			uploadOnly.add(sha256);
			const assetId = service.assets.idIn(url);
			if (assetId !== undefined) await memory.forget(sha256, assetId);
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
