import { Failure } from "../../errors.ts";
import { createClient } from "../../runflow/client.ts";
import { service } from "../../runflow/service.ts";
import { startLimit, type TimeLimit } from "../../runflow/time-limit.ts";
import type { Clock } from "../../runtime.ts";
import { type ApiKey, findApiKey } from "../../settings/key.ts";
import { loadSettings } from "../../settings/resolve.ts";
import { once } from "../once.ts";
import { callService } from "../session/call-service.ts";
import {
	connect,
	keyIn,
	type Listeners,
	openWire,
} from "../session/connect.ts";
import type { SessionOptions } from "../session/session.ts";

export type Setup = ReturnType<typeof openSetup>;

/** Within the time for all checks, so that the command that prints the key is told by its own check, and does not outlive them. */
const keyCommandMs = 15_000;

/** For the first question, on which all others rest, connecting included. */
const firstAnswerMs = 5_000;

/**
 * What is checked. Each part is looked for once, at the first question, and a part that is not there rejects for each who asks.
 * @param signal aborts when the time is over
 */
export function openSetup(
	options: SessionOptions,
	isSandbox: boolean,
	listeners: Listeners,
	signal: AbortSignal,
) {
	const { runtime } = listeners;
	const { clock } = runtime;
	const settings = once(() => loadSettings(runtime, options));
	/** Texts that must not be told, as far as they were found. */
	const secrets: string[] = [];
	/** Of the service; undefined for the built-in sandbox, which needs none. */
	const key = once(async () => {
		if (isSandbox) return undefined;
		const command = (await settings()).apiKeyCommand.value;
		const found = await findApiKey(runtime, command, keyCommandMs);
		if (found) secrets.push(found.key);
		return found;
	});
	const ways = once(async () =>
		openWays({ ...listeners, settings: await settings(), isSandbox }, key),
	);
	/** The answer to a question that needs no key, and the machine's clock at the middle of the exchange, connecting included. */
	const health = once(async () => {
		const { open } = await ways();
		const limit = limitOf(firstAnswerMs, signal, clock);
		const [beganMs, atMs] = [clock.elapsed(), clock.now()];
		const answer = await callService(() =>
			open.call(service.paths.health, limit.signal),
		).finally(limit.end);
		const durationMs = clock.elapsed() - beganMs;
		return { answer, durationMs, atMs: atMs + durationMs / 2 };
	});
	const caller = once(async () => {
		const keyed = await (await ways()).keyed();
		await health();
		return keyed;
	});
	const keyCheck = once(async () => {
		const client = createClient(await caller());
		await callService(() => client.checkKey(signal));
	});
	/** The way to the service, once that has answered and has not refused the key as unknown. */
	const acceptedCaller = once(async () => {
		await keyCheck().catch((error) => {
			if (error.httpStatus === 401) throw error;
		});
		return caller();
	});
	return {
		...{ runtime, isSandbox, signal, settings, key, health },
		...{ acceptedCaller, keyCheck, secrets },
		async close() {
			await (await ways.begun?.catch(() => undefined))?.close();
		},
	};
}

async function openWays(
	wiring: Parameters<typeof connect>[0],
	key: () => Promise<ApiKey | undefined>,
) {
	if (wiring.isSandbox) {
		const { caller, close } = await connect(wiring);
		return { open: caller, keyed: async () => caller, close };
	}
	const apiUrl = wiring.settings.apiUrl.value;
	const { transport, callerWith } = await openWire(wiring, apiUrl);
	return {
		open: callerWith(undefined),
		keyed: async () => callerWith(keyIn(await key()).key),
		close: transport.close,
	};
}

export function limitOf(
	afterMs: number,
	signal: AbortSignal,
	clock: Clock,
): TimeLimit {
	const tooSlow = () =>
		new Failure("network", `no answer within ${afterMs / 1_000} s`, {
			hint: "try again; does it go by another network?",
			retryable: true,
		});
	return startLimit(signal, afterMs, tooSlow, clock);
}
