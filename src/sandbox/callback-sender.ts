import { createHmac, randomBytes } from "node:crypto";
import { request as httpRequest } from "node:http";
import { iso, outputOf, runFacts } from "./api/run-view.ts";
import type { Strikes } from "./faults/injector.ts";
import type { LogRequest } from "./server/listener.ts";
import type { Service } from "./service.ts";
import { requestId } from "./state/ids.ts";
import { endings, shownAt } from "./state/progress.ts";
import type { RunRecord } from "./state/records.ts";
import type { Store } from "./state/store.ts";

/** Calls back at the end of runs. */
export interface CallbackSender {
	/** Watches a run that this process has created, if somebody wants to be called back. */
	expect(run: RunRecord): void;
	/** Gives up everything that is on its way. */
	stop(): void;
}

export function createCallbackSender(
	service: Omit<Service, "callbackSender">,
	log: LogRequest,
	// "A few times" (vendor documentation); the waits are inferred.
	retryMs: readonly number[] = [1_000, 4_000, 15_000],
): CallbackSender {
	const timers = createTimers();
	const leaving = new AbortController();

	const deliver = (run: RunRecord, strikes: Strikes, attempt: number) => {
		const body = makeBody(run, service, strikes);
		const headers = {
			"content-type": "application/json",
			"content-length": String(body.length),
			"runflow-request-id": requestId(),
			"x-flux-ultra-sandbox": "1",
			...signature(body, service.store, strikes),
		};
		const url = run.callbackUrl ?? "";
		const entry = log("callback", { method: "POST", url });
		strikes.names.forEach(entry.note);
		post(url, headers, body, leaving.signal)
			.catch((error: unknown) => {
				entry.note(error instanceof Error ? error.message : String(error));
				return 0;
			})
			.then((status) => {
				if (leaving.signal.aborted) return;
				entry.done(status);
				const isTaken = status >= 200 && status < 300;
				const again = strikes.has("twice") && attempt === 0 ? 0 : undefined;
				const waitMs = isTaken ? again : retryMs[attempt];
				if (waitMs !== undefined)
					timers.later(waitMs, () => deliver(run, strikes, attempt + 1));
			});
	};

	const start = (run: RunRecord) => {
		const strikes = service.injector.next(["callback"]);
		if (strikes.has("lost")) return;
		timers.later(strikes.timeOf("late") ?? 0, () => deliver(run, strikes, 0));
	};

	return {
		expect(run) {
			if (run.callbackUrl === null || run.outcome === "stuck") return;
			const wait = () => {
				const leftMs = shownAt(run) - service.now();
				// A timer may fire a moment early, and cannot be set for more than 24 days.
				if (leftMs > 0) timers.later(Math.min(leftMs, 2 ** 30), wait);
				else start(run);
			};
			wait();
		},
		stop() {
			timers.stop();
			leaving.abort();
		},
	};
}

/** Tasks for later, which keep no process alive. */
function createTimers() {
	const timers = new Set<NodeJS.Timeout>();
	return {
		later(ms: number, task: () => void) {
			const timer = setTimeout(() => {
				timers.delete(timer);
				task();
			}, ms);
			timer.unref();
			timers.add(timer);
		},
		stop() {
			for (const timer of timers) clearTimeout(timer);
			timers.clear();
		},
	};
}

/** The body of a callback (vendor documentation). */
function makeBody(
	run: RunRecord,
	service: Parameters<typeof createCallbackSender>[0],
	strikes: Strikes,
): Buffer {
	if (strikes.has("garbage")) return Buffer.from("<callback/>");
	const now = service.now();
	const facts = runFacts(run, now);
	const forged = strikes.has("forged");
	return Buffer.from(
		JSON.stringify({
			event: forged ? "run.failed" : endings[run.outcome].event,
			run_id: run.id,
			status: forged ? "failed" : facts.status_code,
			output: forged ? null : outputOf(service, run, now, true),
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

/** "A few seconds" (vendor documentation). */
const answerWithinMs = 5_000;

/** Sends one callback. Resolves with the status of its answer. */
async function post(
	url: string,
	headers: Readonly<Record<string, string>>,
	body: Buffer,
	stopping: AbortSignal,
): Promise<number> {
	const request = url.startsWith("https:")
		? (await import("node:https")).request
		: httpRequest;
	return new Promise<number>((resolve, reject) => {
		const signal = AbortSignal.any([
			stopping,
			AbortSignal.timeout(answerWithinMs),
		]);
		request(url, { method: "POST", headers, agent: false, signal })
			.on("error", reject)
			.on("socket", (socket) => socket.unref())
			.on("response", (answer) => {
				answer.resume();
				resolve(answer.statusCode ?? 0);
			})
			.end(body);
	});
}
