import fs from "node:fs/promises";
import path from "node:path";
import { Failure } from "../errors.ts";
import type { Job, JobOutput } from "./job.ts";
import { defaultTemplate, expandTemplate } from "./names.ts";
import { slugOf } from "./slug.ts";
import { placeholdersOf } from "./template.ts";

/** Placeholders that only the purchase fills. */
export const lateNames = ["run", "ext"];

/**
 * The template that `-o` means, absolute; null for stdout.
 * @param output file, folder (exists, or ends in /), template or `-`, as the user wrote it; undefined: a name in the working folder
 * @throws {Failure} `usage`
 */
export async function outputTemplate(
	output: string | undefined,
	images: number,
	cwd: string,
): Promise<string | null> {
	if (output === "-") {
		if (images === 1) return null;
		throw new Failure("usage", "-o - takes one image, not several", {
			hint: "save them in a folder: -o images/",
		});
	}
	if (output === undefined) return underFolder(cwd, defaultTemplate);
	if (output.trim() === "")
		throw new Failure("usage", "-o needs a file, a folder or a template");
	const absolute = path.resolve(underFolder(cwd, ""), output);
	const isFolder =
		/[/\\]$/.test(output) || (await isDirectory(path.resolve(cwd, output)));
	if (isFolder) return path.join(absolute, defaultTemplate);
	if (images > 1 && placeholdersOf(absolute).length === 0) {
		const { dir, name, ext } = path.parse(output);
		throw new Failure(
			"usage",
			`${images} images would share the name ${output}`,
			{
				hint: `tell them apart: -o "${path.join(dir, `${name}-{seed}${ext}`)}"`,
			},
		);
	}
	return absolute;
}

/** Where an image goes that nobody has named a place for any more. */
export function defaultOutput(
	{ prompt, seed }: Pick<Job, "prompt" | "seed">,
	cwd: string,
): string {
	const values = { slug: slugOf(prompt), seed: String(seed) };
	return expandTemplate(underFolder(cwd, defaultTemplate), values, {
		keep: lateNames,
	});
}

/**
 * Where the image of a run that exists already goes, whatever its format turns out to be.
 * @throws {Failure} `usage`
 */
export async function outputForRun(
	asked: Pick<Job, "prompt" | "seed">,
	options: {
		readonly output?: string | undefined;
		readonly force?: boolean | undefined;
		readonly sidecar?: boolean | undefined;
	},
	cwd: string,
): Promise<JobOutput> {
	const template =
		options.output === undefined
			? defaultOutput(asked, cwd)
			: await outputTemplate(options.output, 1, cwd);
	const values = { slug: slugOf(asked.prompt), seed: String(asked.seed) };
	return {
		path: template && expandTemplate(template, values, { keep: lateNames }),
		force: options.force === true,
		sidecar: options.sidecar === true,
		formats: ["jpeg", "png", "webp"],
	};
}

/** A template below a folder whose own name is not one: its braces are doubled. */
function underFolder(folder: string, template: string): string {
	return path.join(
		folder.replaceAll("{", "{{").replaceAll("}", "}}"),
		template,
	);
}

async function isDirectory(file: string): Promise<boolean> {
	return fs.stat(file).then(
		(stat) => stat.isDirectory(),
		() => false,
	);
}
