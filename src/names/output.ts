import path from "node:path";
import { Failure } from "../errors.ts";
import type { Job, JobOutput } from "../purchase/job.ts";
import { isFolder } from "../system/folder.ts";
import { BESIDE_BYTES, defaultTemplate, expandTemplate } from "./expand.ts";
import { checkSidecarName, plannedPath } from "./places.ts";
import { slugOf } from "./slug.ts";
import { escapeBraces, parseTemplate, placeholdersOf } from "./template.ts";

/** Placeholders that only the purchase fills. @param images of one run; `{output}` says which of them */
export function lateNames(images = 1): readonly string[] {
	return images === 1 ? ["run", "ext"] : ["run", "ext", "output"];
}

/** How many files `-o` is for, and how they are called where it doesn't say. */
interface Named {
	/** `Infinity` for those of a batch. */
	readonly runs: number;
	/** That each run makes. */
	readonly images: number;
	/** The name of a file in a folder. */
	readonly standard?: string;
	/** What tells one run's file from another's. */
	readonly mark?: string | undefined;
}

/**
 * The template that `-o` means, absolute; null for stdout.
 * @param output file, folder (exists, ends in /, or is a plain name without an extension for several images), template or
 * `-`, as the user wrote it; undefined: a name in the working folder
 * @throws {Failure} `usage`
 */
export async function outputTemplate(
	output: string | undefined,
	{
		runs,
		images,
		standard = defaultTemplate(images),
		mark = images === 1 ? "{seed}" : "{index}",
	}: Named,
	cwd: string,
): Promise<string | null> {
	if (output === "-") {
		if (runs * images === 1) return null;
		throw new Failure("usage", "-o - takes one image, not several", {
			hint: "save them in a folder: -o images/",
		});
	}
	if (output === undefined) return underFolder(cwd, standard);
	if (output.trim() === "")
		throw new Failure("usage", "-o needs a file, a folder or a template");
	const absolute = path.resolve(underFolder(cwd, ""), output);
	const isSeveral = runs * images > 1;
	const isPlain = placeholdersOf(absolute).length === 0;
	const { dir, name, ext } = path.parse(output);
	const isMeantAsFolder =
		/[/\\]$/.test(output) ||
		(isSeveral && isPlain && ext === "") ||
		(await isFolder(path.resolve(cwd, output)));
	if (isMeantAsFolder) return path.join(absolute, standard);
	if (isSeveral && isPlain) {
		const several = Number.isFinite(runs)
			? `${runs * images} images`
			: "the images of a batch";
		throw new Failure("usage", `${several} would share the name ${output}`, {
			hint: `tell them apart: -o "${path.join(dir, `${name}-${mark}${ext}`)}"`,
		});
	}
	return images === 1 ? absolute : countOutputs(absolute, runs);
}

/** `{index}` counts images, and here a run makes several: run and image, or the image where there is one run. */
function countOutputs(template: string, runs: number): string {
	return parseTemplate(template)
		.map((piece) => {
			if (piece.kind === "text") return escapeBraces(piece.text);
			if (piece.name !== "index") return `{${piece.name}}`;
			return runs > 1 ? "{index}-{output}" : "{output}";
		})
		.join("");
}

/** Where an image goes that nobody has named a place for any more. */
export function defaultOutput(
	job: Pick<Job, "prompt" | "seed" | "images" | "ref">,
	cwd: string,
): string {
	const { images } = job;
	return expandTemplate(
		underFolder(cwd, defaultTemplate(images)),
		namesOf(job),
		{ keep: lateNames(images) },
	);
}

function namesOf({
	prompt,
	seed,
	ref,
}: Pick<Job, "prompt" | "seed" | "ref">): Record<string, string> {
	// Without a seed something else must tell images of one prompt apart.
	return { slug: slugOf(prompt), seed: String(seed ?? ref.slice(-8)) };
}

/**
 * Where the image of a run that exists already goes, whatever its format turns out to be.
 * @throws {Failure} `usage`
 */
export async function outputForRun(
	asked: Pick<Job, "prompt" | "seed" | "images" | "ref">,
	options: {
		readonly output?: string | undefined;
		readonly force?: boolean | undefined;
		readonly sidecar?: boolean | undefined;
	},
	cwd: string,
): Promise<JobOutput> {
	const { images = 1 } = asked;
	const template =
		options.output === undefined
			? defaultOutput(asked, cwd)
			: await outputTemplate(options.output, { runs: 1, images }, cwd);
	const values = {
		...namesOf(asked),
		...(images === 1 && { index: "1", output: "1" }),
	};
	const keep = lateNames(images);
	const reserveBytes = BESIDE_BYTES;
	const output: JobOutput = {
		path: template && expandTemplate(template, values, { keep, reserveBytes }),
		force: options.force === true,
		sidecar: options.sidecar === true,
		formats: ["jpeg", "png", "webp"],
	};
	if (output.sidecar) checkSidecarName(plannedPath({ output }));
	return output;
}

/** A template below a folder whose own name is not one: its braces are doubled. */
export function underFolder(folder: string, template: string): string {
	return path.join(escapeBraces(folder), template);
}
