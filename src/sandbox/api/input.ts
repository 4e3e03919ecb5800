import type { Service } from "../service.ts";
import type { RunRecord } from "../state/records.ts";

type Input = RunRecord["input"];

/** An input in which each image that came as `data:` is an asset now (official code). */
export function withDataStored(input: Input, service: Service): Promise<Input> {
	return mapImages(input, async (value) => {
		const [, mimeType, base64] =
			/^data:(image\/[\w.+-]+);base64,(.*)$/s.exec(value) ?? [];
		if (!mimeType || base64 === undefined) return value;
		const bytes = Buffer.from(base64, "base64");
		const id = service.newId();
		await service.assets.write(id, bytes);
		const asset = {
			id,
			createdAt: service.now(),
			filename: id,
			mimeType,
			sizeBytes: bytes.length,
		};
		service.store.add({ kind: "asset", asset });
		service.store.add({ kind: "asset-confirmed", id });
		return `runflow://assets/${id}`;
	});
}

/** An input as a reading shows it: assets by links that were signed this moment (official code). */
export function withLinks(
	input: Input,
	{ store, links }: Service,
): Promise<Input> {
	return mapImages(input, async (value) => {
		const id = /^runflow:\/\/assets\/(.+)$/.exec(value)?.[1] ?? "";
		return store.assets.has(id) ? links.sign(`/assets/${id}`) : value;
	});
}

/** Every text of an input that may name an image, alone or in a list, as another. */
async function mapImages(
	{ prompt, ...rest }: Input,
	change: (value: string) => Promise<string>,
): Promise<Input> {
	const changed = async (value: unknown): Promise<unknown> =>
		Array.isArray(value)
			? Promise.all(value.map(changed))
			: typeof value === "string"
				? change(value)
				: value;
	const entries = Object.entries(rest).map(async ([name, value]) => {
		return [name, await changed(value)];
	});
	return { prompt, ...Object.fromEntries(await Promise.all(entries)) };
}
