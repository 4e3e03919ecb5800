import { type Answer, json } from "../server/answers.ts";
import { type FieldError, invalid, Problem } from "../server/problems.ts";
import type { Service } from "../service.ts";
import { maxUploadBytes } from "../state/files.ts";
import type { AssetRecord } from "../state/records.ts";
import { answerCreated, type Exchange, readObject } from "./exchange.ts";
import { iso } from "./run-view.ts";

/** `POST /v1/asset-uploads`: an id, and a link to put the bytes to. */
export function announceUpload(exchange: Exchange, service: Service): Answer {
	const { filename, mime_type, size_bytes } = readObject(exchange);
	const size = Number.isSafeInteger(size_bytes) ? Number(size_bytes) : 0;
	const errors: FieldError[] = [];
	const expect = (holds: boolean, name: string, msg: string) => {
		if (!holds) errors.push({ loc: ["body", name], msg });
	};
	expect(isText(filename, /./), "filename", "Field required");
	expect(
		isText(mime_type, /^[\w.+-]+\/[\w.+-]+$/),
		"mime_type",
		"Input should be a MIME type",
	);
	expect(
		size >= 1 && size <= maxUploadBytes,
		"size_bytes",
		`Input should be from 1 to ${maxUploadBytes}`,
	);
	if (errors.length > 0) throw invalid(...errors);

	const asset = {
		id: service.newId(),
		createdAt: service.now(),
		filename: String(filename),
		mimeType: String(mime_type),
		sizeBytes: size,
	};
	service.store.add({ kind: "asset", asset });
	return answerCreated(exchange, {
		asset_id: asset.id,
		upload_url: service.links.sign(`/uploads/${asset.id}`, {
			method: "PUT",
			contentType: asset.mimeType,
		}),
	});
}

/** `POST /v1/asset-uploads/{asset_id}/confirmations`: from now on `runflow://assets/{id}` may stand in inputs. */
export async function confirmUpload(
	exchange: Exchange,
	service: Service,
): Promise<Answer> {
	readObject(exchange);
	const id = exchange.captured;
	const asset = service.store.assets.get(id);
	if (!asset) throw new Problem("ASSET_NOT_FOUND", `Asset ${id} was not found`);
	if (!(await service.assets.read(id)))
		throw new Problem("CONFLICT", "The bytes of this asset have not arrived");
	if (!service.store.confirmedAssets.has(id))
		service.store.add({ kind: "asset-confirmed", id });
	return answerCreated(exchange, assetView(asset, service));
}

/** `GET /v1/assets/{id}`: an asset that was confirmed, with a link that was signed this moment. */
export function readAsset(exchange: Exchange, service: Service): Answer {
	const { confirmedAssets, assets } = service.store;
	const id = exchange.captured;
	const asset = confirmedAssets.has(id) ? assets.get(id) : undefined;
	if (!asset) throw new Problem("ASSET_NOT_FOUND", `Asset ${id} was not found`);
	return json(200, assetView(asset, service));
}

/** Names of the fields: vendor documentation and official code; that a picture is its own thumbnail is ours. */
function assetView(asset: AssetRecord, { links }: Service) {
	const url = links.sign(`/assets/${asset.id}`);
	return {
		id: asset.id,
		name: asset.filename,
		url,
		thumbnail_url: asset.mimeType.startsWith("image/") ? url : null,
		mime_type: asset.mimeType,
		size_bytes: asset.sizeBytes,
		asset_type: asset.mimeType.split("/")[0],
		created_at: iso(asset.createdAt),
	};
}

function isText(value: unknown, pattern: RegExp): boolean {
	return typeof value === "string" && pattern.test(value);
}
