import path from "node:path";
import { expect, test } from "vitest";
import { runJob } from "../../src/purchase/run-job.ts";
import { recordFiles, type Step } from "../record-files.ts";
import { tinyJpeg } from "../tiny-jpeg.ts";
import { makeRun } from "./fake-client.ts";
import { type JobWorld, jobWorld } from "./job-world.ts";
import { realTransport, startStorage, whole } from "./storage.ts";

/*
 * What a power cut must not take is on disk before the step that counts on it: written, flushed, under its name, and
 * the folder flushed that holds the name. Each flush that is taken away makes a test here red.
 */

/** A file of the machine in a word; undefined for what may be lost. */
function nameOf(file: string, { folder }: JobWorld): string | undefined {
	const name = path.relative(folder, file);
	const names: readonly (readonly [RegExp, string])[] = [
		[/^$/, "images"],
		[/^garden\.jpg$/, "image"],
		[/^\.flux-ultra-[\w-]+\.part$/, "draft"],
		[/^\.state\/jobs$/, "jobs"],
		[/^\.state\/jobs\/job$/, "job folder"],
		[/^\.state\/jobs\/\.job\.[\w-]+$/, "new job folder"],
		[/^\.state\/jobs\/\.job\.[\w-]+\/.*$/, "new job"],
		[/^\.state\/jobs\/job\/[\w-]+\.json$/, "job"],
		[/^\.state\/ledger$/, "ledger folder"],
		[/^\.state\/ledger\/2026-11\.jsonl$/, "ledger"],
		[/^\.state$/, "state"],
	];
	return names.find(([pattern]) => pattern.test(name))?.[1];
}

/** Steps on the disk and on the wire, in order, while one image is made. */
async function stepsOfOneImage(): Promise<readonly string[]> {
	const image = tinyJpeg();
	const storage = await startStorage(whole(image));
	const outputs = [{ url: `${storage.url}/image.jpg` }];
	const steps: string[] = [];
	const world: JobWorld = await jobWorld(
		{
			create: [
				async () => {
					steps.push("ORDER");
					return makeRun();
				},
			],
			read: [
				async () => {
					steps.push("LOOK");
					return makeRun({ state: "succeeded", outputs });
				},
			],
		},
		{ transport: await realTransport() },
	);
	recordFiles((step) => {
		const text = textOf(step, world);
		// A picture is written in any number of pieces.
		if (text !== undefined && text !== steps.at(-1)) steps.push(text);
	});
	const held = await world.hold();
	await runJob(held, "image", world.context);
	return steps;
}

function textOf({ kind, path: file, to }: Step, world: JobWorld) {
	const name = nameOf(file, world);
	const isTarget = file.includes(`${path.sep}targets`);
	if (name === undefined || isTarget) return undefined;
	return to === undefined
		? `${kind} ${name}`
		: `${kind} ${name} -> ${nameOf(to, world)}`;
}

const jobIsWritten = ["open job", "write job", "flush job"];

test("one image: each promise is on disk before the step that counts on it", async () => {
	expect(await stepsOfOneImage()).toEqual([
		// Planned: nothing is lost where a power cut takes it, but what that leaves is whole.
		"create new job",
		"write new job",
		"flush new job",
		"rename new job folder -> job folder",
		// The folder of the names that are reserved is made.
		"flush state",
		// Sending: whoever comes after a kill looks it up before anything is sent.
		...jobIsWritten,
		"flush job folder",
		"flush jobs",
		"ORDER",
		// Bought: the run is known.
		...jobIsWritten,
		"LOOK",
		// The picture is whole on disk, and so is its name in the job, before it gets that name.
		"create draft",
		"write draft",
		"flush draft",
		...jobIsWritten,
		"link draft -> image",
		"unlink draft",
		"flush images",
		// It is booked before the job goes. Of one that a power cut brings back the second line counts.
		"flush state",
		"create ledger",
		"write ledger",
		"flush ledger",
		"flush ledger folder",
		"unlink job",
	]);
});
