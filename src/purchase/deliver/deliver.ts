import fs from "node:fs/promises";
import path from "node:path";
import { Failure } from "../../errors.ts";
import { type ImageFacts, inspectImage } from "../../images/inspect.ts";
import { askedSize } from "../../models/expected.ts";
import { expandTemplate } from "../../names/expand.ts";
import { extensionOf, withFormat } from "../../names/places.ts";
import type { Run } from "../../runflow/schemas.ts";
import { service } from "../../runflow/service.ts";
import { makeFolder } from "../../system/folder.ts";
import { publish } from "../../system/publish.ts";
import type { JobContext } from "../context.ts";
import { inputOf, type Job, type JobOutput, runOf } from "../job.ts";
import type { HeldJob } from "../store/journal.ts";
import { isDataUrl, writeDataUrl } from "./data-url.ts";
import { download } from "./download.ts";
import { draftPath, removeDrafts } from "./draft.ts";

/** An image that is where it was asked for, checked and flushed. */
export interface Delivered extends ImageFacts {
	/** Which image of its run, from 1. */
	readonly at: number;
	/** Absolute; null for stdout. */
	readonly path: string | null;
}

/**
 * Brings one image of a succeeded run to its place: download beside the target, check, flush, final
 * name. Whatever fails leaves nothing at the final path and the job where a later command goes on.
 * @param at which image of the run, from 1
 * @throws {Failure} `no_output` (with `charged: "no"` where the run brought others instead), `bad_image`, `disk`, `network`, `unavailable`, `moderated`
 */
export async function deliver(
	held: HeldJob,
	ended: Run,
	at: number,
	context: JobContext,
): Promise<Delivered> {
	const link = await findLink(ended, at, held.job, context);
	const folder = draftFolder(held.job, ended.id, at, context);
	const draft = await draftPath(held, folder, at, context.incoming);
	await makeFolder(folder);
	try {
		const facts = await fetchWhole(link, ended.id, at, draft, context);
		tellDifference(held.job, facts, context);
		if (held.job.output.path !== null)
			return await place(draft, held, ended.id, { ...facts, at }, context);
		await context.writeToStdout(draft);
		return { ...facts, at, path: null };
	} finally {
		// Nothing, where it has its name.
		await fs.rm(draft, { force: true }).catch(() => {});
	}
}

/** Gives a checked image its name, which is on disk before it has it. */
async function place(
	draft: string,
	held: HeldJob,
	runId: string,
	facts: ImageFacts & { readonly at: number },
	context: JobContext,
): Promise<Delivered> {
	const { output } = held.job;
	const { at, sha256 } = facts;
	const { target, isRenamed } = targetOf(output, runId, at, facts, context);
	const placing = {
		name: "placing",
		runId,
		submittedAt: runOf(held.job)?.submittedAt ?? "",
		at,
		path: target,
		sha256,
	} as const;
	await held.enter(placing);
	try {
		await publish(draft, target, {
			// What may be replaced is the file that was named, not its neighbour of another extension.
			force: output.force && !isRenamed,
			onReserve: () => held.enter({ ...placing, isReserved: true }),
		});
	} catch (error) {
		// Another state folder, in a container for one, may have brought the same run to the same place.
		const there = await inspectImage(target).catch(() => undefined);
		if (there?.sha256 !== sha256) throw error;
	}
	return { ...facts, path: target };
}

/** The image that an earlier process had put in its place when it was stopped; undefined where it had not. */
export async function findPlaced(
	held: HeldJob,
): Promise<Delivered | undefined> {
	const { stage, output } = held.job;
	// What was put in a file by `resume` has not gone to stdout.
	if (stage.name !== "placing" || output.path === null) return undefined;
	const { at = 1 } = stage;
	const facts = await inspectImage(stage.path).catch(() => undefined);
	if (facts?.sha256 === stage.sha256) {
		await removeDrafts(held.job, [path.dirname(stage.path)], at);
		return { ...facts, at, path: stage.path };
	}
	if (stage.isReserved) {
		const stat = await fs.lstat(stage.path).catch(() => undefined);
		if (stat?.isFile() && stat.size === 0) await fs.unlink(stage.path);
	}
	return undefined;
}

/** A succeeded run may show its output a moment later. */
async function findLink(
	ended: Run,
	at: number,
	{ images = 1 }: Job,
	context: JobContext,
): Promise<string> {
	let run = ended;
	for (const delayMs of [...service.lateOutputMs, undefined]) {
		const url = run.outputs[at - 1]?.url;
		if (url) return url;
		if (run.outputs.length > 0) throw fewer(run, images);
		if (run.nsfwDetected || delayMs === undefined) break;
		await context.clock.sleep(delayMs, context.signal);
		run = await context.client.readRun(run.id, context.signal).catch(() => run);
	}
	if (run.nsfwDetected)
		throw new Failure("moderated", "the service held the image back", {
			hint: "change the prompt",
		});
	const said = [run.failure.code, run.failure.message].filter(Boolean);
	const why = said.length > 0 ? `: ${said.join(": ")}` : "";
	throw new Failure(
		"no_output",
		`run ${run.id} ended as ${run.status} without an image${why}`,
		{
			hint: `it counts as paid; what came: flux-ultra runs show ${run.id} --json; to give it up: flux-ultra resume --forget ${run.id}`,
			requestId: run.requestId,
		},
	);
}

/** Those that came are paid, what did not come is not. */
function fewer(run: Run, images: number): Failure {
	return new Failure(
		"no_output",
		`run ${run.id} ended as ${run.status} with ${run.outputs.length} of ${images} images`,
		{
			hint: "what did not come is not charged",
			charged: "no",
			retryable: true,
			requestId: run.requestId,
		},
	);
}

/** Downloads and checks; what is not whole is asked for again before it is given up. */
async function fetchWhole(
	link: string,
	runId: string,
	at: number,
	draft: string,
	context: JobContext,
): Promise<ImageFacts> {
	const refresh = async () =>
		(await context.client.readRun(runId, context.signal)).outputs[at - 1]?.url;
	let url: string | undefined = link;
	for (let attempt = 1; ; attempt += 1) {
		if (isDataUrl(link)) await writeDataUrl(link, draft);
		else await download({ url: url ?? link, refresh }, draft, context);
		try {
			return await inspectImage(draft);
		} catch (error) {
			await fs.rm(draft, { force: true });
			const isBad = error instanceof Failure && error.code === "bad_image";
			const isLast = attempt >= imageAttempts || isDataUrl(link);
			if (!isBad || isLast) throw error;
			context.emit({
				type: "note",
				text: `${error.message}; downloading it again`,
			});
			url = await refresh().catch(() => undefined);
		}
	}
}

const imageAttempts = 3;

/** Where the image goes; for stdout a folder of our own. */
function draftFolder(
	{ output }: Job,
	runId: string,
	at: number,
	{ incoming }: JobContext,
): string {
	if (output.path === null) return incoming;
	return path.dirname(
		expandTemplate(output.path, {
			run: runId,
			ext: "part",
			output: String(at),
		}),
	);
}

/** What was asked for in pixels, and came otherwise, is the image all the same; but nobody should find out at the printer's. */
function tellDifference(
	{ body }: Job,
	{ width, height }: ImageFacts,
	{ emit }: JobContext,
): void {
	const asked = askedSize(inputOf(body));
	if (asked === undefined) return;
	if (asked.width === width && asked.height === height) return;
	emit({
		type: "note",
		text: `asked for ${asked.width} × ${asked.height} pixels, what came is ${width} × ${height}`,
	});
}

/** Believes the bytes where the format was open, and holds the model to it where it was promised. */
function targetOf(
	{ path: template, formats }: JobOutput,
	runId: string,
	at: number,
	{ format }: ImageFacts,
	{ emit }: JobContext,
): { readonly target: string; readonly isRenamed: boolean } {
	const ext = extensionOf(format);
	const named = expandTemplate(template ?? "", {
		run: runId,
		ext,
		output: String(at),
	});
	if (!formats.includes(format))
		throw new Failure(
			"bad_image",
			`what came is ${format.toUpperCase()}, not ${formats.join(" or ").toUpperCase()}`,
			{
				hint: `to take it as it is: flux-ultra runs fetch ${runId} -o image.${ext}`,
			},
		);
	const target = withFormat(named, format);
	const isRenamed = target !== named;
	if (isRenamed)
		emit({
			type: "note",
			text: `what came is ${format.toUpperCase()}: saved as ${path.basename(target)}`,
		});
	return { target, isRenamed };
}
