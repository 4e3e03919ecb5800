import { Failure, toFailure } from "../errors.ts";
import type { LedgerLine } from "../ledger/ledger.ts";
import {
	problemToFailure,
	ServiceProblem,
	wireErrorToFailure,
} from "../runflow/problem.ts";
import type { Run } from "../runflow/schemas.ts";
import { service } from "../runflow/service.ts";
import { WireError } from "../runflow/wire-error.ts";
import { createBackOff, type Trouble, withoutCharge } from "./back-off.ts";
import type { JobContext } from "./context.ts";
import { nameImages, renameImages } from "./image-input.ts";
import { sendFiles, takeBackFiles } from "./input-files.ts";
import { type BoughtRun, type Job, referenceOf } from "./job.ts";
import { lookUp, type Unclear } from "./look-up.ts";
import { isAway, stopsBatch } from "./outcome.ts";
import type { HeldJob } from "./store/journal.ts";

/** How a purchase went. */
export type Bought =
	/** @property boughtHere false where an earlier process had sent the order */
	| (Purchase & { readonly boughtHere: boolean })
	/** Nothing was bought: another process brought the images meanwhile, or the service answered with the run that an order repeats. */
	| { readonly lines: readonly LedgerLine[] };

/** A run that is on disk as `bought`. */
export interface Purchase extends BoughtRun {
	/** What the service said of it last. */
	readonly known: Run;
}

/**
 * Buys the run of a job, once: the reference and the bytes are those on disk, on each try.
 * On return of a run the job is at `bought`. A failure with `charged: "no"` says that nothing was bought;
 * after any other the job is still at `sending`, for a later command to find out.
 *
 * @throws {Failure} `unknown_charge` where nobody can tell whether the service took the order
 */
export async function buy(held: HeldJob, context: JobContext): Promise<Bought> {
	const earlier = await findEarlierRun(held, context);
	if (earlier) return { ...earlier, boughtHere: false };
	await nameImages(held, context);
	const backOff = createBackOff(context);
	let isSecondUpload = false;
	let isRenamed = false;
	for (;;) {
		context.signal.throwIfAborted();
		try {
			await sendFiles(held, context);
		} catch (error) {
			const failure = toFailure(error);
			if (!context.isUnattended || !isAway(failure)) throw error;
			await backOff({ failure, isPassing: failure.retryable });
			continue;
		}
		const admitted = await context.admission.admit(held, context);
		if (admitted.state === "saved") return { lines: admitted.lines };
		context.emit({ type: "sending" });
		const outcome = await send(held, context);
		if (outcome.kind === "bought") {
			// The answer to the order that this one repeats.
			if (outcome.run.id === held.job.repeats?.runId) return { lines: [] };
			return boughtHere(held, outcome.run, context);
		}
		if (outcome.kind === "refused") {
			if (stopsBatch(outcome.failure)) context.halt(outcome.failure);
			if (
				!isRenamed &&
				(await renameImages(held, outcome.failure.cause, context))
			) {
				isRenamed = true;
				continue;
			}
			const isWorthIt =
				!isSecondUpload &&
				(await takeBackFiles(held, outcome.failure, context));
			if (!isWorthIt) throw outcome.failure;
			isSecondUpload = true;
			continue;
		}
		if (outcome.kind === "unknown") {
			context.emit({
				type: "note",
				text: `${outcome.failure.message}; asking whether the run was made`,
			});
			const found = await lookUp(held.job, context);
			if (found.answer === "found") return boughtHere(held, found.run, context);
			if (found.answer === "unclear")
				throw unknownCharge(found, held.job, context, outcome.failure);
		}
		// From here on it is certain that this try bought nothing.
		await held.enter({ name: "planned" });
		const { failure, kind } = outcome;
		// A wrong proxy, a certificate that nobody vouches for: the next try meets the same.
		const isPassing = kind !== "not-taken" || failure.retryable;
		await backOff({ ...outcome, isPassing });
	}
}

async function boughtHere(
	held: HeldJob,
	run: Run,
	context: JobContext,
): Promise<Bought> {
	return { ...(await enterBought(held, run, context)), boughtHere: true };
}

/**
 * The run that an earlier process may have bought for this job; undefined where it surely did not. Buys nothing.
 * @throws {Failure} `unknown_charge` where that cannot be told, with a key of another account for one
 */
export async function findEarlierRun(
	held: HeldJob,
	context: JobContext,
): Promise<Purchase | undefined> {
	const { stage, account } = held.job;
	if (stage.name !== "sending") return undefined;
	const found = await lookUp(held.job, context);
	if (found.answer === "found") return enterBought(held, found.run, context);
	if (found.answer === "unclear") throw unknownCharge(found, held.job, context);
	if (account !== undefined && account !== context.account) {
		const reason = "it was sent with another key";
		const needs = "with that key, if this one is of another account";
		throw unknownCharge({ reason, needs }, held.job, context);
	}
	return undefined;
}

type Outcome = Trouble &
	(
		| { readonly kind: "refused" }
		/** It surely did not arrive, or was turned away unread. */
		| { readonly kind: "not-taken" }
		| { readonly kind: "unknown" }
	);

async function send(
	{ job }: HeldJob,
	{ client, signal }: JobContext,
): Promise<Outcome | { readonly kind: "bought"; readonly run: Run }> {
	const idempotencyKey = referenceOf(job).ref;
	const order = { model: job.model, body: job.body, idempotencyKey };
	try {
		return { kind: "bought", run: await client.createRun(order, signal) };
	} catch (error) {
		if (error instanceof WireError)
			return {
				kind: error.mayHaveArrived ? "unknown" : "not-taken",
				failure: wireErrorToFailure(error),
			};
		if (error instanceof ServiceProblem) return judge(error);
		throw error;
	}
}

function judge(problem: ServiceProblem): Outcome {
	const failure = problemToFailure(problem);
	const { status, code, fromService, retryAfterMs } = problem;
	const isNotTaken =
		fromService &&
		service.notTaken.some((one) => one.status === status && one.code === code);
	if (isNotTaken) return { kind: "not-taken", failure, retryAfterMs };
	// 409: an earlier try of ours is known to the service. 408: cut off while it was being read.
	const isUnknown =
		status < 300 || status >= 500 || [408, 409, 429].includes(status);
	if (isUnknown) return { kind: "unknown", failure, retryAfterMs };
	return { kind: "refused", failure: withoutCharge(failure) };
}

async function enterBought(
	held: HeldJob,
	run: Run,
	context: JobContext,
): Promise<Purchase> {
	const { clock, emit, runLimiter } = context;
	const submittedAt = new Date(clock.now()).toISOString();
	await held
		.enter({ name: "bought", runId: run.id, submittedAt })
		.catch((error) => {
			throw withRun(toFailure(error), run.id, context);
		});
	runLimiter?.increase();
	emit({ type: "submitted", runId: run.id });
	return { id: run.id, submittedAt, known: run };
}

/** A disk that takes nothing more: the job stays at `sending`, and whoever reads this is told the run. */
function withRun(
	{ code, message, cause }: Failure,
	runId: string,
	{ command }: JobContext,
): Failure {
	return new Failure(code, message, {
		hint: `run ${runId} is bought and nothing is lost: mend that and run the same command again, or save it elsewhere: ${command(`runs fetch ${runId} -o elsewhere.jpg`)}`,
		retryable: true,
		charged: "yes",
		runId,
		cause,
	});
}

/** Where asking again would meet the same, the user is told how to give the image up too: nothing else ends it. */
function unknownCharge(
	{ reason, needs }: Unclear,
	{ ref }: Job,
	{ command }: JobContext,
	cause?: Failure,
): Failure {
	const before = cause ? `${cause.message}, and ` : "";
	const ways = needs
		? `${needs}; to give it up: ${command(`resume --forget ${ref}`)}`
		: undefined;
	return new Failure(
		"unknown_charge",
		`${before}it cannot be told whether the run was bought: ${reason}`,
		{
			hint: `nothing is lost and nothing will be bought again: ${[command("resume"), ways].filter(Boolean).join(", ")}`,
			retryable: true,
			charged: "unknown",
			httpStatus: cause?.httpStatus,
			requestId: cause?.requestId,
			cause,
		},
	);
}
