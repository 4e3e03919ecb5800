import path from "node:path";
import { checkPlaces } from "../../names/places.ts";
import { escapeBraces } from "../../names/template.ts";
import { type Order, planJobs } from "../../orders/plan.ts";
import type { ServiceFacts } from "../../purchase/service-facts.ts";
import type {
	ErrorInfo,
	ImageRecord,
	PlannedRecord,
	SavedRecord,
} from "../../record.ts";
import type { Session } from "../session/session.ts";
import { workThrough } from "../work.ts";
import { note, ok, Skipped, type Verdict } from "./finding.ts";
import { unseen } from "./observe.ts";
import type { AnsweredOrder } from "./watch-orders.ts";

type BoughtRecord = Exclude<ImageRecord, PlannedRecord>;

/**
 * Sends an order once more, the same to the byte and under the same key, as a job of its own: where that buys a second image, it
 * is saved beside the first, also after a kill.
 * @param answers those to the orders of this command; the session's client adds to them
 * @throws {Failure} `disk`, `exists`
 */
export async function repeatOrder(
	order: Order,
	first: SavedRecord,
	answers: readonly AnsweredOrder[],
	session: Session,
): Promise<Verdict> {
	const [sent] = answers;
	if (sent === undefined) throw new Skipped(unseen);
	const record = await send(order, first, sent, session);
	const failure = record && "error" in record ? record.error : undefined;
	// Where the answer was lost, the record has what was found by the look-up.
	const boughtId = answers[1]?.run.id ?? record?.run_id;
	if (boughtId === sent.run.id)
		return told(
			"honoured",
			"the same order again was answered with the same run",
		);
	if (boughtId) {
		const why = failure ? `: ${failure.message}` : "";
		return told(
			"ignored",
			`the same order again bought a second image${why}`,
			failure,
		);
	}
	if (failure?.http_status === 409)
		return told("refused", "the same order again was refused (HTTP 409)");
	return note(
		`not told: ${failure?.message ?? "no answer"}`,
		failure?.hint ?? undefined,
	);
}

/** @returns undefined where it was answered with the run that it repeats */
async function send(
	order: Order,
	first: SavedRecord,
	{ order: { body, idempotencyKey }, run }: AnsweredOrder,
	session: Session,
): Promise<BoughtRecord | undefined> {
	const { cwd, clock, random } = session.runtime;
	const { dir, name, ext } = path.parse(first.file);
	const output = escapeBraces(path.join(dir, `${name}-again${ext}`));
	const seeds = [first.seed ?? undefined];
	const [planned] = await planJobs(
		{ ...order, seeds, output },
		{ cwd, random, nowMs: clock.now() },
	);
	if (planned === undefined) throw new Error("an order without a job");
	const repeats = { ref: idempotencyKey, runId: run.id };
	const job = { ...planned.job, index: 2, body, repeats };
	await checkPlaces([job]);
	const acquired = await session.journal.acquire(planned.key, () => job);
	if (acquired.state === "busy") throw new Error("another process is at it");
	let told: BoughtRecord | undefined;
	await workThrough(
		[{ job, index: 2, acquire: async () => acquired }],
		{
			goal: "image",
			onRecord(record) {
				if (record.status !== "planned") told = record;
			},
		},
		session,
	);
	return told;
}

/** @param failure why a second image is not saved; its record told what brings it */
function told(
	value: ServiceFacts["idempotency_key"],
	message: string,
	failure?: ErrorInfo,
): Verdict {
	const facts = { idempotency_key: value };
	if (value !== "ignored") return ok(message, facts);
	if (failure === undefined) return note(message, undefined, facts);
	const { code, hint } = failure;
	return { status: "failed", code, message, hint: hint ?? undefined, facts };
}
