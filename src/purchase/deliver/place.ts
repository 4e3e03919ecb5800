import fs from "node:fs/promises";
import path from "node:path";
import { Failure, systemCode } from "../../errors.ts";
import { type ImageFacts, inspectImage } from "../../images/inspect.ts";
import { expandTemplate } from "../../names/expand.ts";
import {
	besideName,
	extensionOf,
	plannedPath,
	sidecarPath,
	withFormat,
} from "../../names/places.ts";
import type { RunOutput } from "../../runflow/schemas.ts";
import { publish } from "../../system/publish.ts";
import type { JobContext } from "../context.ts";
import { type JobOutput, runOf } from "../job.ts";
import { mayReplace } from "../replaceable.ts";
import type { HeldJob } from "../store/journal.ts";
import { removeDrafts } from "./draft.ts";

/** An image that has its name, checked and flushed. */
export interface Delivered extends ImageFacts {
	/** Which image of its run, from 1. */
	readonly at: number;
	/** Absolute; null for stdout. */
	readonly path: string | null;
	/** The name that was asked for, absolute, where the image's own format gave it another. */
	readonly askedPath?: string | undefined;
	/** Its size by the service's word, where that is another. */
	readonly promised?: RunOutput["size"] | undefined;
}

/**
 * Gives a checked image its name, which is on disk before it has it. The bytes are believed, not the name: an image of another
 * format than its name says is kept beside that name, under its own extension, and where a stranger has that name too, under the
 * next free one (`x.webp`, `x-2.webp`, …). Nothing but what the user named is ever replaced.
 * @throws {Failure} `disk`
 */
export async function place(
	draft: string,
	held: HeldJob,
	runId: string,
	facts: ImageFacts & { readonly at: number },
	context: JobContext,
): Promise<Delivered> {
	const { output } = held.job;
	const { asked, target: first } = namesOf(output, runId, facts);
	for (let nth = 1; ; nth += 1) {
		const target = besideName(first, nth);
		const isAsked = target === asked;
		// The name that was reserved before the purchase has no other beside it.
		const isOwn = target === plannedPath(held.job, facts.at, runId);
		const isLast = isOwn || nth >= mostNames;
		if (!isLast && !(await isFree(target, isAsked, held, context))) continue;
		try {
			const force = isAsked && (await mayReplace(target, output));
			await publishAs(target, draft, held, runId, facts, force);
		} catch (error) {
			if (isLast || !isTaken(error)) throw error;
			continue;
		}
		if (isAsked) return { ...facts, path: target };
		const format = facts.format.toUpperCase();
		context.emit({
			type: "note",
			text: `what came is ${format}: saved as ${path.basename(target)}`,
		});
		return { ...facts, path: target, askedPath: asked };
	}
}

/** Of a name that was not looked at before the purchase: no other unfinished image is to have it. */
async function isFree(
	target: string,
	isAsked: boolean,
	{ key, job }: HeldJob,
	{ admission }: JobContext,
): Promise<boolean> {
	if (!isAsked && job.output.sidecar && (await exists(sidecarPath(target))))
		return false;
	return admission.reserveName(key, target);
}

/** A folder with more files of one name is a mistake of somebody's. */
const mostNames = 100;

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
		const { asked } = namesOf(output, stage.runId, { ...facts, at });
		const askedPath = stage.path === asked ? undefined : asked;
		return { ...facts, at, path: stage.path, askedPath };
	}
	if (stage.isReserved) {
		const stat = await fs.lstat(stage.path).catch(() => undefined);
		if (stat?.isFile() && stat.size === 0) await fs.unlink(stage.path);
	}
	return undefined;
}

/** @returns the name that was `asked` for, and the one that the image can have: the same where it is of that format */
function namesOf(
	{ path: template, formats }: JobOutput,
	runId: string,
	{ at, format }: { readonly at: number } & Pick<ImageFacts, "format">,
): { readonly target: string; readonly asked: string } {
	const named = (ext: string) =>
		expandTemplate(template ?? "", { run: runId, ext, output: String(at) });
	// What nobody expected has not the name that was looked at before the purchase.
	const expected = formats.includes(format) ? format : formats[0];
	const asked = named(extensionOf(expected ?? format));
	const target = withFormat(named(extensionOf(format)), format);
	return { target, asked };
}

async function publishAs(
	target: string,
	draft: string,
	held: HeldJob,
	runId: string,
	{ at, sha256 }: ImageFacts & { readonly at: number },
	force: boolean,
): Promise<void> {
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
			force,
			onReserve: () => held.enter({ ...placing, isReserved: true }),
		});
	} catch (error) {
		// Another state folder, in a container for one, may have brought the same run to the same place.
		const there = await inspectImage(target).catch(() => undefined);
		if (there?.sha256 !== sha256) throw error;
	}
}

function isTaken(error: unknown): boolean {
	return error instanceof Failure && systemCode(error.cause) === "EEXIST";
}

async function exists(file: string): Promise<boolean> {
	return fs.lstat(file).then(
		() => true,
		() => false,
	);
}
