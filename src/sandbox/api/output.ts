import type { ActiveFaults } from "../faults/injector.ts";
import type { FaultName } from "../faults/table.ts";
import type { Service } from "../service.ts";
import {
	deliveredCount,
	endings,
	outputAssetId,
	progressAt,
} from "../state/progress.ts";
import type { RunRecord } from "../state/records.ts";

/** How a run is looked at: in a listing, alone, or asking for signed links. */
type Look = "listed" | "alone" | "signed";

/**
 * The output of a run with links that were made this moment, in the shape that the faults at `link` give it; null
 * while there is none.
 */
export async function outputOf(
	service: Pick<Service, "injector" | "links" | "pictures">,
	run: RunRecord,
	now: number,
	look: Look,
): Promise<Record<string, unknown> | null> {
	// A turn of the point `link` is a reading that shows an output, not each reading on the way there.
	if (!progressAt(run, now).showsOutput || !endings[run.outcome].billed)
		return null;
	const faults = service.injector.next(["link"]);
	if (faults.has("data-uris") && look === "listed") return null;
	const urls = faults.has("data-uris")
		? await dataUris(service, run)
		: Array.from({ length: deliveredCount(run) }, (_, index) =>
				linkTo(service, run, index, look === "signed", faults),
			);
	const shape = shapes.find(([name]) => faults.has(name))?.[1] ?? listed;
	return {
		...shape(urls, run),
		seed: run.oddities.hidesSeed ? null : run.seed,
		timing: null,
		nsfw_detected: false,
	};
}

function linkTo(
	{ links }: Pick<Service, "links">,
	run: RunRecord,
	index: number,
	asksForSignature: boolean,
	faults: ActiveFaults,
): string {
	const path = `/outputs/${run.id}/${index}.${extensions[run.picture.format]}`;
	if (faults.has("unsigned") && !asksForSignature) return links.bare(path);
	const ttlMs = faults.has("expire") ? -1_000 : faults.timeOf("short-links");
	return links.sign(path, { ttlMs });
}

const extensions = { jpeg: "jpg", png: "png", webp: "webp" } as const;

function dataUris(
	{ pictures }: Pick<Service, "pictures">,
	run: RunRecord,
): Promise<readonly string[]> {
	const uriOf = async (_: unknown, index: number) => {
		const bytes = await pictures.bytesOf(run, index);
		return `data:image/${run.picture.format};base64,${bytes.toString("base64")}`;
	};
	return Promise.all(Array.from({ length: deliveredCount(run) }, uriOf));
}

type Shape = (
	urls: readonly string[],
	run: RunRecord,
) => Readonly<Record<string, unknown>>;

/** The documented form. */
const listed: Shape = (urls, run) => ({
	outputs: urls.map((url, index) => ({
		url,
		type: "image",
		width: run.picture.width,
		height: run.picture.height,
		...(!run.oddities.hidesAssets && { asset_id: outputAssetId(run, index) }),
	})),
});

/** Those that were also met. Where there is room for one picture only, the others cannot be seen. */
const shapes: readonly (readonly [FaultName, Shape])[] = [
	["shape-image-urls", (urls) => ({ image_urls: urls })],
	["shape-image", ([url]) => ({ image: url === undefined ? null : { url } })],
	[
		"shape-images",
		(urls, { picture: { width, height, format } }) => ({
			images: urls.map((url) => {
				return { url, width, height, content_type: `image/${format}` };
			}),
		}),
	],
	["shape-url", ([url = null]) => ({ url })],
	["shape-output-url", ([url = null]) => ({ output_url: url })],
	["shape-image-list", (urls) => ({ image: urls })],
	["shape-image-url", ([url = null]) => ({ image_url: url })],
	[
		"shape-outputs-image-url",
		(urls) => ({ outputs: urls.map((image_url) => ({ image_url })) }),
	],
	["shape-signed-url", ([url = null]) => ({ signed_url: url })],
];
