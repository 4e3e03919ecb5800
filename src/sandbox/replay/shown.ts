import { parseJson } from "../../system/json.ts";
import type { PictureSize } from "../options.ts";
import type { PictureRequest } from "../pictures.ts";
import type { Recording } from "./recording.ts";
import { placeOf } from "./tracks.ts";

/** What is known of a picture by the run that shows it. */
type ShownPicture = Pick<PictureRequest, "prompt" | "seed" | "model"> &
	Partial<PictureSize>;

export type Shown = ReturnType<typeof readShown>;

/** What the answers of a recording show, each as it was shown last. */
export function readShown(recording: Recording) {
	const models = new Map<unknown, string>();
	const runs = new Map<unknown, Fields>();
	const pictures = new Map<string, ShownPicture>();
	for (const { method, url, asked, body } of recording.exchanges) {
		const answer = parseJson(body?.toString("utf8") ?? "");
		const model = /^\/v1\/models\/(.+)\/runs$/.exec(url.pathname)?.[1];
		if (method === "POST" && model !== undefined) {
			models.set(idOf(answer), decodeURIComponent(model));
			// Its answer may have got lost.
			models.set(fields(asked).client_ref, decodeURIComponent(model));
		}
		for (const run of runsIn(answer)) {
			const id = idOf(run);
			runs.set(id, run);
			const ordered = models.get(id) ?? models.get(run.client_ref) ?? "";
			for (const [index, { url, ...size }] of linksIn(run.output).entries())
				pictures.set(placeOf(url, recording), {
					...pictureOf(run, index),
					model: ordered,
					...size,
				});
		}
	}
	const latestOf = (run: unknown) => runs.get(idOf(run)) ?? run;
	return {
		/** By the place that a run links to. Painted by these, one of the sandbox is the same again. */
		pictures: pictures as ReadonlyMap<string, ShownPicture>,
		/** A run by its id; undefined where none shows it. */
		run: (id: string): unknown => runs.get(id),
		/** An answer with each run as it was shown last: one that is said again would let runs go on for ever. */
		latest(answer: unknown): unknown {
			const { items } = fields(answer);
			return Array.isArray(items)
				? { ...fields(answer), items: items.map(latestOf) }
				: latestOf(answer);
		},
	};
}

interface Link extends Partial<PictureSize> {
	readonly url: URL;
}

function pictureOf({ input, output }: Fields, index: number) {
	const { prompt, seed: asked } = fields(input);
	return {
		prompt: typeof prompt === "string" ? prompt : "",
		seed: Number(fields(output).seed ?? asked ?? 0) + index,
	};
}

type Fields = Readonly<Record<string, unknown>>;

/** The run that an answer is, or those that it lists. */
function runsIn(answer: unknown): readonly Fields[] {
	const { items } = fields(answer);
	const all = Array.isArray(items) ? items : [answer];
	return all
		.map(fields)
		.filter((run) => "status_code" in run && idOf(run) !== undefined);
}

/** The links of an output in any of its forms, in their order. */
function linksIn(output: unknown): readonly Link[] {
	if (typeof output === "string")
		return /^https?:/.test(output) && URL.canParse(output)
			? [{ url: new URL(output) }]
			: [];
	const { width, height } = fields(output);
	const isSized = typeof width === "number" && typeof height === "number";
	return Object.values(fields(output))
		.flatMap(linksIn)
		.map((link) => ({ ...(isSized && { width, height }), ...link }));
}

function idOf(run: unknown): unknown {
	const { id, run_id } = fields(run);
	return id ?? run_id;
}

function fields(value: unknown): Fields {
	return typeof value === "object" && value !== null ? (value as Fields) : {};
}
