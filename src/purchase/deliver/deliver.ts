import fs from "node:fs/promises";
import path from "node:path";
import { Failure } from "../../errors.ts";
import type { ImageFacts } from "../../images/inspect.ts";
import { askedSize } from "../../models/expected.ts";
import { expandTemplate } from "../../names/expand.ts";
import type { Run, RunOutput } from "../../runflow/schemas.ts";
import { service } from "../../runflow/service.ts";
import { makeFolder } from "../../system/folder.ts";
import type { JobContext } from "../context.ts";
import { inputOf, type Job } from "../job.ts";
import type { HeldJob } from "../store/journal.ts";
import { isDataUrl, writeDataUrl } from "./data-url.ts";
import { download } from "./download.ts";
import { draftPath } from "./draft.ts";
import { type Delivered, place } from "./place.ts";

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
	const output = await findOutput(ended, at, held.job, context);
	const folder = draftFolder(held.job, ended.id, at, context);
	const draft = await draftPath(held, folder, at, context.incoming);
	await makeFolder(folder);
	try {
		const facts = await fetchWhole(output.url, ended.id, at, draft, context);
		const promised = isOther(output.size, facts) ? output.size : undefined;
		tellDifference(held.job, promised, facts, context);
		if (held.job.output.path !== null) {
			const found = { ...facts, at };
			const placed = await place(draft, held, ended.id, found, context);
			return { ...placed, promised };
		}
		tellFormat(held.job, facts, context);
		await context.writeToStdout(draft);
		return { ...facts, at, path: null, promised };
	} finally {
		// Nothing, where it has its name.
		await fs.rm(draft, { force: true }).catch(() => {});
	}
}

/** A succeeded run may show its output a moment later. */
async function findOutput(
	ended: Run,
	at: number,
	{ images = 1 }: Job,
	context: JobContext,
): Promise<RunOutput> {
	let run = ended;
	for (const delayMs of [...service.lateOutputMs, undefined]) {
		const output = run.outputs[at - 1];
		if (output) return output;
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
			hint: `it counts as paid; what came: ${context.command(`runs show ${run.id} --json`)}; to give it up: ${context.command(`resume --forget ${run.id}`)}`,
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
		const come = isDataUrl(link)
			? await writeDataUrl(link, draft)
			: await download({ url: url ?? link, refresh }, draft, context);
		try {
			return come.facts();
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

/** On stdout no name tells what came. */
function tellFormat(
	{ output }: Job,
	{ format }: ImageFacts,
	{ emit }: JobContext,
): void {
	if (!output.formats.includes(format))
		emit({ type: "note", text: `what came is ${format.toUpperCase()}` });
}

/** What was asked for or promised in pixels, and came otherwise, is the image all the same; but nobody should find out at the printer's. */
function tellDifference(
	{ body }: Job,
	promised: RunOutput["size"],
	facts: ImageFacts,
	{ emit }: JobContext,
): void {
	const asked = askedSize(inputOf(body));
	const isNotAsked = isOther(asked, facts);
	const other = isNotAsked ? asked : promised;
	if (other === undefined) return;
	const by = isNotAsked ? "asked for" : "the service promised";
	emit({
		type: "note",
		text: `${by} ${other.width} × ${other.height} pixels, what came is ${facts.width} × ${facts.height}`,
	});
}

function isOther(
	size: RunOutput["size"],
	{ width, height }: ImageFacts,
): boolean {
	return size !== undefined && (size.width !== width || size.height !== height);
}
