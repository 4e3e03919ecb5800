import { Failure } from "../../errors.ts";
import { contentEncodings } from "../../runflow/body.ts";
import {
	problemToFailure,
	ServiceProblem,
	wireErrorToFailure,
} from "../../runflow/problem.ts";
import { parseRetryAfter, retryDelayMs } from "../../runflow/retry.ts";
import { service } from "../../runflow/service.ts";
import type { WireAnswer } from "../../runflow/transport.ts";
import { WireError } from "../../runflow/wire-error.ts";
import type { Clock } from "../../runtime.ts";
import type { JobContext } from "../context.ts";
import { type Draft, fillDraft, tooLarge } from "./draft-file.ts";
import { openLink } from "./link.ts";

/** Where the image is, and how to ask for a fresh link when this one has expired. */
export interface Source {
	readonly url: string;
	/** Reads the run again; undefined where it has no link any more. */
	readonly refresh: () => Promise<string | undefined>;
}

/**
 * Streams an image to a file, going on where it was cut. Resolves when as many bytes are there as
 * the storage promised; whether they are an image the draft says.
 * @throws {Failure} `disk`, `bad_image` (too large), `network`, `unavailable`, `no_output`
 */
export async function download(
	source: Source,
	file: string,
	context: JobContext,
): Promise<Draft> {
	return fillDraft(file, (draft) => fetchAll(source, draft, context));
}

async function fetchAll(
	source: Source,
	draft: Draft,
	context: JobContext,
): Promise<void> {
	let { url } = source;
	let tries = { answered: 0, away: 0 };
	for (;;) {
		const before = draft.size;
		const outcome = await fetchOnce(url, draft, context);
		if (outcome.kind === "complete") return;
		// A trickle brings bytes each time, and must come to an end all the same.
		const isProgress = draft.size > before && outcome.kind !== "slow";
		if (isProgress) tries = { answered: 0, away: 0 };
		const waits = context.isUnattended && outcome.kind === "away";
		const troubles = ++tries[waits ? "away" : "answered"];
		const delayMs = pauseMs(outcome, troubles, context.random());
		const hasTime = context.clock.elapsed() + delayMs <= context.deadlineMs;
		if (troubles >= service.retry.attempts && !(waits && hasTime))
			throw outcome.failure;
		context.emit({
			type: "note",
			text: `${outcome.failure.message}; going on`,
		});
		if (outcome.kind === "expired") {
			const fresh = await freshLink(source, url, context);
			if (fresh === undefined) throw outcome.failure;
			url = fresh;
		}
		if (delayMs > 0) await context.clock.sleep(delayMs, context.signal);
	}
}

/** A cut that brought bytes, or a link that was old, is continued at once. */
function pauseMs(
	{ retryAfterMs }: Trouble,
	troubles: number,
	random: number,
): number {
	if (troubles === 1 && retryAfterMs === undefined) return 0;
	return retryDelayMs(troubles - 1, random, retryAfterMs);
}

/** The link that the run has now, or the old one where the service cannot say just now. */
async function freshLink(
	{ refresh }: Source,
	url: string,
	{ emit }: JobContext,
): Promise<string | undefined> {
	try {
		return await refresh();
	} catch (error) {
		const isRefused =
			error instanceof ServiceProblem &&
			error.fromService &&
			error.status < 500 &&
			error.status !== 429;
		if (isRefused) throw problemToFailure(error);
		const mayPass =
			error instanceof WireError || error instanceof ServiceProblem;
		if (!mayPass) throw error;
		emit({ type: "note", text: `${error.message}; asking again` });
		return url;
	}
}

type Outcome = { readonly kind: "complete" } | Trouble;

interface Trouble {
	/** `away`: there was no answer. */
	readonly kind: "away" | "cut" | "slow" | "expired";
	readonly failure: Failure;
	readonly retryAfterMs?: number | undefined;
}

async function fetchOnce(
	url: string,
	draft: Draft,
	context: JobContext,
): Promise<Outcome> {
	let kind: "away" | "cut" = "away";
	try {
		const answer = await openLink(url, rangeFor(draft), context);
		kind = "cut";
		if (answer.status !== 200 && answer.status !== 206) {
			await drop(answer.body);
			// Range not satisfiable: what is here is no start of what is there.
			if (answer.status === 416) await draft.startOver();
			return refusal(answer, context);
		}
		if (answer.status === 206 && !continues(answer, draft)) {
			await drop(answer.body);
			await draft.startOver();
			return cut("the storage sent another part than asked");
		}
		const total = await startAt(answer, draft);
		const isTooSlow = createPacer(context.clock);
		for await (const chunk of answer.body) {
			await draft.append(chunk);
			if (isTooSlow(chunk.length)) return tooSlow();
			context.emit({
				type: "downloading",
				receivedBytes: draft.size,
				totalBytes: total,
			});
		}
		if (total !== undefined && draft.size < total)
			return cut(`the download ended after ${draft.size} of ${total} bytes`);
		return { kind: "complete" };
	} catch (error) {
		if (!(error instanceof WireError)) throw error;
		if (!error.mayPass) throw wireErrorToFailure(error);
		return { ...cut(error.message, error), kind };
	}
}

/** Whether less came than must come, over each stretch of time. */
function createPacer(clock: Clock): (bytes: number) => boolean {
	const { bytes: least, inMs } = service.leastPace;
	let sinceMs = clock.elapsed();
	let came = 0;
	return (bytes) => {
		came += bytes;
		if (clock.elapsed() - sinceMs < inMs) return false;
		const isSlow = came < least;
		sinceMs = clock.elapsed();
		came = 0;
		return isSlow;
	};
}

function tooSlow(): Outcome {
	const { bytes, inMs } = service.leastPace;
	const message = `the storage sends less than ${bytes / 1_024} KiB in ${inMs / 1_000} s`;
	const failure = new Failure("network", message, { retryable: true });
	return { kind: "slow", failure };
}

function rangeFor({ size, etag }: Draft): Record<string, string> {
	return size > 0 && etag ? { range: `bytes=${size}-`, "if-range": etag } : {};
}

/** Whether a part is the rest of what is here, by its position and its validator: not every storage heeds If-Range. */
function continues({ headers }: WireAnswer, draft: Draft): boolean {
	const from = /^bytes (\d+)-/.exec(headers["content-range"] ?? "")?.[1];
	const isSame = headers.etag === undefined || headers.etag === draft.etag;
	return from === String(draft.size) && (draft.size === 0 || isSame);
}

/** Readies the file for the answer's bytes, and says how long the whole will be, where that is known. */
async function startAt(
	{ status, headers }: WireAnswer,
	draft: Draft,
): Promise<number | undefined> {
	// The whole file again: ranges are not honoured, or the file is another one.
	if (status === 200) await draft.startOver();
	if (headers.etag?.startsWith('"')) draft.etag = headers.etag;
	draft.codings =
		contentEncodings(headers).length > 0
			? headers["content-encoding"]
			: undefined;
	const length =
		status === 206
			? /\/(\d+)$/.exec(headers["content-range"] ?? "")?.[1]
			: headers["content-length"];
	const total = length === undefined ? undefined : Number(length);
	if (total !== undefined && total > service.maxImageBytes) throw tooLarge();
	return total;
}

function cut(message: string, cause?: unknown): Trouble {
	const failure = new Failure("network", message, { retryable: true, cause });
	return { kind: "cut", failure };
}

/** 4xx of a storage host: the link is too old, or is refused; only a fresh one can help. */
function refusal(
	{ status, headers }: WireAnswer,
	{ clock }: JobContext,
): Outcome {
	const failure = new Failure(
		"unavailable",
		`the storage answered ${status} to the image's link`,
		{ retryable: true, httpStatus: status },
	);
	if (status < 500 && status !== 429) return { kind: "expired", failure };
	const asked = parseRetryAfter(headers, clock.now());
	// Nobody has set an end to this wait, so it is kept to what we would wait by ourselves.
	const retryAfterMs = asked && Math.min(asked, service.retry.maxMs);
	return { kind: "cut", failure, retryAfterMs };
}

/** Ends an answer whose body nobody wants, so that its connection goes. */
async function drop(body: AsyncIterable<Uint8Array>): Promise<void> {
	for await (const _ of body) break;
}
