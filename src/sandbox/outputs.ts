import type { RunRecord } from "./records.ts";
import { hasOutput, runOutput } from "./run-view.ts";
import type { Service } from "./service.ts";

/**
 * The output of a run with links that were made this moment, in the shape that the faults at `link` give it; null
 * while there is none.
 */
export function outputOf(
	service: Service,
	run: RunRecord,
	now: number,
	asksForSignature: boolean,
): Record<string, unknown> | null {
	// A turn of the point `link` is a reading that shows an output, not each reading on the way there.
	if (!hasOutput(run, now)) return null;
	const strikes = service.dice.roll(["link"]);
	const { links } = service;
	const link = (index: number) => {
		const path = `/outputs/${run.id}/${index}.${extensions[run.picture.format]}`;
		if (strikes.has("expire")) return links.sign(path, { ttlMs: -1_000 });
		return strikes.has("unsigned") && !asksForSignature
			? links.bare(path)
			: links.sign(path);
	};
	const shape = shapes.find((each) => strikes.has(`shape-${each}`));
	return runOutput(run, shape ?? "outputs", link);
}

const extensions = { jpeg: "jpg", png: "png", webp: "webp" } as const;

const shapes = ["image-urls", "image", "images", "url", "output-url"] as const;
