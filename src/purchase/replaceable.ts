import fs from "node:fs/promises";
import { possiblePaths, sidecarPath } from "../names/places.ts";
import { type Job, type JobOutput, runOf, wantedOf } from "./job.ts";

/** A job with what its `force` may replace, as it is now: to be called when `force` is given. */
export async function withReplaceable(job: Job): Promise<Job> {
	const { path, force, formats, sidecar } = job.output;
	if (!force || path === null) return job;
	const run = runOf(job)?.id;
	const images = wantedOf(job).flatMap((at) =>
		possiblePaths(path, formats, at, run),
	);
	const files = sidecar ? [...images, ...images.map(sidecarPath)] : images;
	const replaces: Record<string, string> = {};
	for (const file of files) {
		const stamp = await stampOf(file);
		if (stamp !== undefined) replaces[file] = stamp;
	}
	return { ...job, output: { ...job.output, replaces } };
}

/** Whether what has this name is still what `force` was given for; what came there since is somebody's work. */
export async function mayReplace(
	file: string,
	{ force, replaces }: Pick<JobOutput, "force" | "replaces">,
): Promise<boolean> {
	if (!force || replaces === undefined) return force;
	const stamp = replaces[file];
	return stamp !== undefined && stamp === (await stampOf(file));
}

/** Device, inode, size and time of the last change in nanoseconds; undefined where nothing is there. */
async function stampOf(file: string): Promise<string | undefined> {
	const stat = await fs.lstat(file, { bigint: true }).catch(() => undefined);
	return stat && [stat.dev, stat.ino, stat.size, stat.mtimeNs].join(":");
}
