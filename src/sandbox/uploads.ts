import type { Answer } from "./answers.ts";
import { maxUploadBytes } from "./asset-bytes.ts";
import { answerCreated } from "./create-run.ts";
import { type Exchange, readObject } from "./exchange.ts";
import { type FieldError, invalid, problems } from "./problems.ts";
import type { AssetRecord } from "./records.ts";
import { iso } from "./run-view.ts";
import type { Service } from "./service.ts";

/** `POST /v1/asset-uploads`: an id, and a link to put the bytes to. */
export function announceUpload(exchange: Exchange, service: Service): Answer {
	const { filename, mime_type, size_bytes } = readObject(exchange);
	const errors: FieldError[] = [];
	const expect = (holds: boolean, name: string, msg: string) => {
		if (!holds) errors.push({ loc: ["body", name], msg });
	};
	expect(isText(filename, /./), "filename", "Field required");
	expect(
		isText(mime_type, mimeType),
		"mime_type",
		"Input should be a MIME type",
	);
	expect(
		isSize(size_bytes),
		"size_bytes",
		`Input should be from 1 to ${maxUploadBytes}`,
	);
	if (errors.length > 0) throw invalid(errors);

	const asset: AssetRecord = {
		id: service.newId(),
		createdAt: service.now(),
		filename: String(filename),
		mimeType: String(mime_type),
		sizeBytes: Number(size_bytes),
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
	if (!asset) throw problems.assetNotFound(id);
	if (!(await service.assets.read(id)))
		throw problems.conflict("The bytes of this asset have not arrived");
	if (!service.store.confirmedAssets.has(id))
		service.store.add({ kind: "asset-confirmed", id });
	return answerCreated(exchange, {
		id,
		url: service.links.sign(`/assets/${id}`),
		filename: asset.filename,
		mime_type: asset.mimeType,
		size_bytes: asset.sizeBytes,
		created_at: iso(asset.createdAt),
	});
}

const mimeType = /^[\w.+-]+\/[\w.+-]+$/;

function isText(value: unknown, pattern: RegExp): boolean {
	return typeof value === "string" && pattern.test(value);
}

function isSize(value: unknown): boolean {
	const size = Number.isSafeInteger(value) ? Number(value) : 0;
	return size >= 1 && size <= maxUploadBytes;
}
