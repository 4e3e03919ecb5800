import { createHmac, randomBytes } from "node:crypto";
import type { Dice, Strikes } from "./dice.ts";
import { requestId } from "./ids.ts";
import { endings, endsAt } from "./outcomes.ts";
import { postCallback } from "./post-callback.ts";
import type { RunRecord } from "./records.ts";
import type { LogRequest } from "./request-log.ts";
import { iso, runFacts } from "./run-view.ts";
import type { Store } from "./store.ts";

/** Calls back at the end of runs. */
export interface CallbackSender {
	/** Watches a run that this process has created, if somebody wants to be called back. */
	expect(run: RunRecord): void;
	/** Gives up everything that is on its way. */
	stop(): void;
}

export interface CourierNeeds {
	readonly store: Store;
	readonly dice: Dice;
	readonly now: () => number;
	/** The output of a run as a reading would show it now. */
	readonly outputOf: (run: RunRecord) => unknown;
	readonly log: LogRequest;
	/** Waits before each further try where the answer is no 2xx. */
	readonly retryMs?: readonly number[] | undefined;
}

export function createCallbackSender(needs: CourierNeeds): CallbackSender {
	// "A few times" (vendor documentation); the waits are inferred.
	const retryMs = needs.retryMs ?? [1_000, 4_000, 15_000];
	const timers = new Set<NodeJS.Timeout>();
	const leaving = new AbortController();

	const later = (ms: number, task: () => void) => {
		const timer = setTimeout(() => {
			timers.delete(timer);
			task();
		}, ms);
		timer.unref();
		timers.add(timer);
	};

	const deliver = (run: RunRecord, strikes: Strikes, attempt: number) => {
		const body = makeBody(run, needs, strikes);
		const headers = {
			"content-type": "application/json",
			"content-length": String(body.length),
			"runflow-request-id": requestId(),
			"x-flux-ultra-sandbox": "1",
			...signature(body, needs.store, strikes),
		};
		const url = run.callbackUrl ?? "";
		const entry = needs.log("callback", { method: "POST", url });
		strikes.names.forEach(entry.note);
		postCallback(url, headers, body, leaving.signal, (status, trouble) => {
			if (leaving.signal.aborted) return;
			if (trouble) entry.note(trouble);
			entry.done(status);
			const waitMs = retryMs[attempt];
			if (status >= 200 && status < 300) {
				if (strikes.has("twice") && attempt === 0)
					later(0, () => deliver(run, strikes, attempt + 1));
			} else if (waitMs !== undefined)
				later(waitMs, () => deliver(run, strikes, attempt + 1));
		});
	};

	const start = (run: RunRecord) => {
		const strikes = needs.dice.roll(["callback"]);
		if (strikes.has("lost")) return;
		later(strikes.timeOf("late") ?? 0, () => deliver(run, strikes, 0));
	};

	return {
		expect(run) {
			const shownAt = endsAt(run) + (run.oddities.lateOutputMs ?? 0);
			if (run.callbackUrl === null || !Number.isFinite(shownAt)) return;
			const wait = () => {
				const leftMs = shownAt - needs.now();
				// A timer may fire a moment early, and cannot be set for more than 24 days.
				if (leftMs > 0) later(Math.min(leftMs, 2 ** 30), wait);
				else start(run);
			};
			wait();
		},
		stop() {
			for (const timer of timers) clearTimeout(timer);
			timers.clear();
			leaving.abort();
		},
	};
}

/** The body of a callback (vendor documentation). */
function makeBody(
	run: RunRecord,
	{ now, outputOf }: CourierNeeds,
	strikes: Strikes,
): Buffer {
	if (strikes.has("garbage")) return Buffer.from("<callback/>");
	const facts = runFacts(run, now());
	const forged = strikes.has("forged");
	return Buffer.from(
		JSON.stringify({
			event: forged ? "run.failed" : endings[run.outcome].event,
			run_id: run.id,
			status: forged ? "failed" : facts.status_code,
			output: forged ? null : outputOf(run),
			duration_ms: facts.duration_ms,
			created_at: iso(run.createdAt),
			completed_at: facts.completed_at,
			metadata: run.metadata,
		}),
	);
}

/** HMAC-SHA256 of the raw body in hex, by the newest secret, where one is registered (vendor documentation). */
function signature(
	body: Buffer,
	{ secrets }: Store,
	strikes: Strikes,
): Record<string, string> {
	const known = secrets.at(-1)?.secret;
	if (known === undefined || strikes.has("bare")) return {};
	const secret = strikes.has("forged")
		? randomBytes(16).toString("hex")
		: known;
	return {
		"runflow-signature": createHmac("sha256", secret)
			.update(body)
			.digest("hex"),
	};
}
