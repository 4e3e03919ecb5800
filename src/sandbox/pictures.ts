import type { Assets } from "./asset-bytes.ts";
import { findOutputAsset } from "./output-assets.ts";
import type { PictureFormat, RunRecord } from "./records.ts";

/** What a painter is asked for. The same wish gives the same bytes on a machine. */
export interface PictureWish {
	readonly prompt: string;
	readonly seed: number;
	readonly model: string;
	readonly width: number;
	readonly height: number;
	readonly format: PictureFormat;
	/** The pictures that an edit starts from. */
	readonly inputs?: readonly Buffer[];
}

export type Paint = (wish: PictureWish) => Promise<Buffer>;

/** Gives the bytes of a run's pictures, painted when they are asked for. */
export interface Pictures {
	/** Picture `index`, from 0; a variant that is not "right" is another whole picture for the same wish. */
	bytesOf(
		run: RunRecord,
		index: number,
		variant?: "right" | "changed" | "smaller",
	): Promise<Buffer>;
}

export function createPictures(
	paint: Paint = paintLate,
	runs: ReadonlyMap<string, RunRecord>,
	assets: Assets,
	now: () => number,
): Pictures {
	const kept = new Map<string, Promise<Buffer>>();
	let keptBytes = 0;

	const keep = (key: string, made: Promise<Buffer>) => {
		kept.set(key, made);
		made.then(
			({ length }) => {
				keptBytes += length;
				for (const [oldest, picture] of kept) {
					if (keptBytes <= maxKeptBytes || oldest === key) break;
					kept.delete(oldest);
					picture.then((bytes) => {
						keptBytes -= bytes.length;
					}, ignore);
				}
			},
			// Painted anew at the next request.
			() => kept.delete(key),
		);
		return made;
	};

	const bytesOf: Pictures["bytesOf"] = (run, index, variant = "right") => {
		const key = `${run.id}/${index}/${variant}`;
		return kept.get(key) ?? keep(key, make(run, index, variant));
	};

	const make = async (run: RunRecord, index: number, variant: string) => {
		const { picture, input, seed, model } = run;
		const share = variant === "smaller" ? 0.5 : 1;
		const sources = [input.image_url, input.image_urls, input.mask_url].flat();
		const inputs = await Promise.all(sources.map(sourceBytes));
		return paint({
			prompt: typeof input.prompt === "string" ? input.prompt : "",
			seed: seed + index + (variant === "changed" ? 1_000 : 0),
			model,
			width: Math.max(1, Math.round(picture.width * share)),
			height: Math.max(1, Math.round(picture.height * share)),
			format: picture.format,
			inputs: inputs.filter((bytes) => bytes !== undefined),
		});
	};

	/** A picture named in an input: an upload, an output of ours, or the data itself. Nothing is fetched from elsewhere. */
	const sourceBytes = async (source: unknown): Promise<Buffer | undefined> => {
		if (typeof source !== "string") return undefined;
		const asset = /^runflow:\/\/assets\/([^/?]+)/.exec(source)?.[1];
		if (asset) {
			const output = findOutputAsset(runs, asset, now());
			return output ? bytesOf(output.run, output.index) : assets.read(asset);
		}
		const data = /^data:image\/[\w.+-]+;base64,(.*)$/s.exec(source)?.[1];
		if (data) return Buffer.from(data, "base64");
		const [, id, index] =
			/^http:\/\/127\.0\.0\.1:\d+\/outputs\/([^/]+)\/(\d+)\./.exec(source) ??
			[];
		const run = id ? runs.get(id) : undefined;
		if (run) return bytesOf(run, Number(index));
		const stored = /^http:\/\/127\.0\.0\.1:\d+\/assets\/([^/?]+)/.exec(source);
		return stored?.[1] ? assets.read(stored[1]) : undefined;
	};

	return { bytesOf };
}

/** Enough for a dozen pictures of 4 megapixels, which is what a client fetches again after a cut. */
const maxKeptBytes = 32 * 1024 * 1024;

async function paintLate(wish: PictureWish): Promise<Buffer> {
	// The painter brings sharp, which costs a tenth of a second: only a download needs it.
	const { paintPicture } = await import("./painter.ts");
	return paintPicture(wish);
}

function ignore(): void {}
