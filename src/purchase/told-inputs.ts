import type { Input } from "../models/check-inputs.ts";
import type { ImageAsked } from "../record.ts";
import type { InputFile } from "./job.ts";

/** Inputs beside prompt and seed as a record tells them: files of this machine by their paths, links without what signs them. */
export function toldInputs(
	{ prompt: _, seed: __, ...inputs }: Input,
	files: readonly InputFile[] = [],
): Pick<ImageAsked, "inputs"> {
	if (Object.keys(inputs).length === 0) return {};
	const names = new Map(
		files.flatMap(({ url, sha256, path: file }) => [
			[`file:${sha256}`, file],
			[url, file],
		]),
	);
	const told = JSON.stringify(inputs, (_name, value) =>
		typeof value === "string"
			? (names.get(value) ?? value.replace(/^(https?:[^?]*)\?.*$/s, "$1"))
			: value,
	);
	return { inputs: JSON.parse(told) };
}
