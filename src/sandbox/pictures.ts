import { paintPicture } from "./painter.ts";
import type { Assets } from "./state/files.ts";
import { findOutputAsset } from "./state/progress.ts";
import type { PictureKind, RunRecord } from "./state/records.ts";

/** What a painter is asked for. The same request gives the same bytes on a machine. */
export interface PictureRequest extends PictureKind {
	readonly prompt: string;
	readonly seed: number;
	readonly model: string;
	/** The pictures that an edit starts from. */
	readonly inputs?: readonly Buffer[];
}

export type Paint = (request: PictureRequest) => Promise<Buffer>;

export type Pictures = ReturnType<typeof createPictures>;

/** Gives the bytes of a run's pictures, painted when they are asked for. */
export function createPictures(
	paint: Paint | undefined,
	runs: ReadonlyMap<string, RunRecord>,
	assets: Assets,
	now: () => number,
) {
	const painted = createPaintQueue(paint);
	/** Picture `index`, from 0; a variant that is not "right" is another whole picture for the same request. */
	const bytesOf = (
		run: RunRecord,
		index: number,
		variant: "right" | "changed" | "smaller" = "right",
	): Promise<Buffer> =>
		painted(`${run.id}/${index}/${variant}`, () =>
			requestOf(run, index, variant),
		);

	const requestOf = async (
		run: RunRecord,
		index: number,
		variant: string,
	): Promise<PictureRequest> => {
		const { picture, input, seed, model } = run;
		const share = variant === "smaller" ? 0.5 : 1;
		const { image_url, image_urls, image_b64, mask_url } = input;
		const sources = [image_url, image_urls, image_b64, mask_url].flat();
		const inputs = await Promise.all(sources.map(sourceBytes));
		return {
			prompt: typeof input.prompt === "string" ? input.prompt : "",
			seed: seed + index + (variant === "changed" ? 1_000 : 0),
			model,
			width: Math.max(1, Math.round(picture.width * share)),
			height: Math.max(1, Math.round(picture.height * share)),
			format: picture.format,
			inputs: inputs.filter((bytes) => bytes !== undefined),
		};
	};

	/** A picture named in an input: an upload, or an output of ours. Nothing is fetched from elsewhere. */
	const sourceBytes = async (source: unknown): Promise<Buffer | undefined> => {
		if (typeof source !== "string") return undefined;
		const [, asset] =
			/^(?:runflow:\/|https?:\/\/[\d.]+:\d+)\/assets\/([^/?]+)/.exec(source) ??
			[];
		if (asset) {
			const output = findOutputAsset(runs, asset, now());
			return output ? bytesOf(output.run, output.index) : assets.read(asset);
		}
		const [, id, index] =
			/^https?:\/\/127\.0\.0\.1:\d+\/outputs\/([^/]+)\/(\d+)\./.exec(source) ??
			[];
		const run = id ? runs.get(id) : undefined;
		return run && bytesOf(run, Number(index));
	};

	return { bytesOf };
}

export type PaintQueue = ReturnType<typeof createPaintQueue>;

/** Paints the picture of a key, and keeps the last ones. */
export function createPaintQueue(paint: Paint = paintPicture) {
	const kept = new Map<string, Promise<Buffer>>();
	let last: Promise<unknown> = Promise.resolve();
	return (
		key: string,
		requestOf: () => Promise<PictureRequest>,
	): Promise<Buffer> => {
		const known = kept.get(key);
		if (known) return known;
		const made = requestOf().then((request) => {
			// One after another: each takes some 60 MB of memory while it is painted.
			const next = () => paint(request);
			const turn = last.then(next, next);
			last = turn;
			return turn;
		});
		kept.set(key, made);
		// Painted anew at the next request.
		made.catch(() => kept.delete(key));
		// As many as a client fetches at once, and again after a cut.
		const [oldest = key] = kept.keys();
		if (kept.size > 12) kept.delete(oldest);
		return made;
	};
}
