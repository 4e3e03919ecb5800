import { hash } from "node:crypto";
import type { ImageFormat } from "../models/model.ts";

/** One image asked for: everything that is needed to buy it once and to save it, by this process or a later one. */
export interface Job {
	readonly version: 1;
	/** Our reference: `metadata.job` and `Idempotency-Key` of every request that may buy it. */
	readonly ref: string;
	/** The same, or one that the images of a batch share, so that one listing shows them all. */
	readonly clientRef: string;
	/** Where it is bought: the API's URL, or `sandbox`. */
	readonly service: string;
	/** `owner/slug`. */
	readonly model: string;
	/** The body of the request that buys, to the byte; before the first one `file:<sha256>` stands for each of `files`. */
	readonly body: string;
	/** Files of this machine that the model starts from. */
	readonly files?: readonly InputFile[] | undefined;
	readonly prompt: string;
	/** Null where the model takes none. */
	readonly seed: number | null;
	/** How many images its run delivers; 1 where it is missing. */
	readonly images?: number | undefined;
	/** Which of them are not saved yet, from 1; all where it is missing. */
	readonly wanted?: readonly number[] | undefined;
	readonly output: JobOutput;
	/** The images of one command: all of them have the same `group`. */
	readonly group: string;
	/** How many jobs the command made, where they are several of one prompt. */
	readonly groupSize?: number | undefined;
	/** Of its first image, from 1. */
	readonly index: number;
	readonly project: string | undefined;
	/** Of the run, in micro-dollars; undefined where it is not known. */
	readonly priceMicros: number | undefined;
	/** The price is an estimate, which the service's own bill settles. */
	readonly isEstimate?: boolean | undefined;
	/** What the service says the run cost, in micro-dollars, where it has ended and that is not the price. */
	readonly billMicros?: number | undefined;
	readonly createdAt: string;
	/** The command that asked for it, to be shown as the one that goes on. */
	readonly command: string;
	/** Names what is on its way to the image's place (see `draftPath`). */
	readonly draft?: string | undefined;
	/** Names the account that its order went to (see `accountOf`): that a run is not there is proof only with that account's key. */
	readonly account?: string | undefined;
	/** Its image was saved once, by whichever key: it is only fetched, and no money is in it. */
	readonly isRefetch?: boolean | undefined;
	/** Its seed was made for it, and not asked for: each new command of the same words asks for another image. */
	readonly hasFreshSeed?: boolean | undefined;
	/** It sends the body of another order once more, to see whether the service honours its key. */
	readonly repeats?: RepeatedOrder | undefined;
	readonly stage: Stage;
}

interface RepeatedOrder {
	/** The reference of that order, which the body has as well. */
	readonly ref: string;
	/** What that order bought: where a repetition is answered with it, nothing was bought. */
	readonly runId: string;
}

/** What the order of a job is found by at the service, and its `Idempotency-Key`. */
export function referenceOf({ ref, clientRef, repeats }: Job) {
	return repeats
		? { ref: repeats.ref, clientRef: repeats.ref }
		: { ref, clientRef };
}

/** A file that a model starts from, as it was looked at before the purchase. */
export interface InputFile {
	/** Absolute. */
	readonly path: string;
	/** In hex, of all bytes of the file. */
	readonly sha256: string;
	/** By its content, whatever its name says. */
	readonly mimeType: string;
	readonly sizeBytes: number;
	/** In pixels. */
	readonly width: number;
	/** In pixels. */
	readonly height: number;
	/** What stands for it in the body, once it is uploaded. */
	readonly url?: string | undefined;
}

export interface JobOutput {
	/** Absolute path, perhaps with `{run}`, `{ext}` or `{output}` still in it; null for stdout. */
	readonly path: string | null;
	readonly force: boolean;
	/** What was there when `force` was given, by absolute path (see `withReplaceable`): nothing else is replaced. Missing in jobs of older versions, which replace whatever is there. */
	readonly replaces?: Readonly<Record<string, string>> | undefined;
	readonly sidecar: boolean;
	/** What the model may deliver. */
	readonly formats: readonly ImageFormat[];
}

/**
 * How far a job is. The stage is on disk before the step that it names is taken:
 * - `planned`: no request was sent, or each one surely did not arrive;
 * - `sending`: a request that buys may have reached the service;
 * - `bought`: the service named its run;
 * - `placing`: a checked image is about to get its final name.
 */
export type Stage =
	| { readonly name: "planned" }
	| { readonly name: "sending"; readonly sentAt: string }
	| {
			readonly name: "bought";
			readonly runId: string;
			readonly submittedAt: string;
	  }
	| {
			readonly name: "placing";
			readonly runId: string;
			readonly submittedAt: string;
			/** Which image of the run, from 1; the first where it is missing. */
			readonly at?: number | undefined;
			readonly path: string;
			readonly sha256: string;
			/** An empty file took the name first, as there are no hard links there: one that is found is ours. */
			readonly isReserved?: boolean | undefined;
	  };

/** What decides whether two requests are the same: not when, from which process, or with which key they were made. */
export interface DedupeInput {
	readonly service: string;
	readonly model: string;
	/** As asked: without the seed where none was given. */
	readonly input: Readonly<Record<string, unknown>>;
	/** Absolute path or template; `-` for stdout. */
	readonly output: string;
	/** Which of several like it, from 1. */
	readonly copy: number;
}

/** Names a request on disk: the same for the same request, whatever the order of its inputs. */
export function dedupeKey(input: DedupeInput): string {
	// Not cut out of the text of the whole hash, which it would keep in memory.
	return hash("sha256", canonical(input), "buffer").toString("hex", 0, 16);
}

function canonical(value: unknown): string {
	if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
	if (typeof value !== "object" || value === null)
		return JSON.stringify(value) ?? "null";
	const entries = value as Readonly<Record<string, unknown>>;
	let text = "";
	for (const name of Object.keys(entries).sort()) {
		if (entries[name] === undefined) continue;
		if (text !== "") text += ",";
		text += `${JSON.stringify(name)}:${canonical(entries[name])}`;
	}
	return `{${text}}`;
}

/** A run that a job bought. */
export interface BoughtRun {
	readonly id: string;
	/** ISO 8601. */
	readonly submittedAt: string;
}

/** The run that a job bought, where one is known. */
export function runOf({ stage }: Pick<Job, "stage">): BoughtRun | undefined {
	return "runId" in stage
		? { id: stage.runId, submittedAt: stage.submittedAt }
		: undefined;
}

/** The images of a job that are not saved yet, from 1. */
export function wantedOf({
	images = 1,
	wanted,
}: Pick<Job, "images" | "wanted">): readonly number[] {
	if (wanted !== undefined) return wanted;
	return images === 1
		? onlyOne
		: Array.from({ length: images }, (_, at) => at + 1);
}

const onlyOne: readonly number[] = [1];

/** The key of one image of a request: the first one has the dedupe key itself. */
export function imageKey(key: string, at: number): string {
	return at === 1 ? key : `${key}.${at}`;
}

/** What the model is given. Of a run that was only named there is no body. */
export function inputOf(body: string): Readonly<Record<string, unknown>> {
	if (body === "") return {};
	return (JSON.parse(body) as { input?: Record<string, unknown> }).input ?? {};
}

/** What a job and its run are called. */
export type JobNames = Pick<Job, "ref" | "clientRef" | "group">;

/** The job under new references, also in the body that buys. */
export function withNames(job: Job, names: JobNames): Job {
	const body = JSON.parse(job.body) as { readonly metadata?: object };
	const metadata = { ...body.metadata, job: names.ref };
	return {
		...job,
		...names,
		body: JSON.stringify({ ...body, client_ref: names.clientRef, metadata }),
	};
}
