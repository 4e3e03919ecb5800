import path from "node:path";
import { Failure } from "../../errors.ts";
import { readVersion } from "../../package-files.ts";
import { inState } from "../../purchase/store/state-disk.ts";
import { type Caller, createCaller } from "../../runflow/caller.ts";
import { createClient, type RunflowClient } from "../../runflow/client.ts";
import { service } from "../../runflow/service.ts";
import { isLoopback } from "../../runflow/storage-link.ts";
import { createTransport, type Transport } from "../../runflow/transport.ts";
import type { Runtime } from "../../runtime.ts";
import { locateFolders } from "../../settings/folders.ts";
import {
	type ApiKey,
	accountOf,
	findApiKey,
	maskKey,
} from "../../settings/key.ts";
import type { ResolvedSettings } from "../../settings/resolve.ts";
import { makePrivateFolder } from "../../system/folder.ts";
import type { Reporter } from "../../terminal/reporter.ts";
import type { Trace } from "../../trace/trace.ts";

export interface Connection {
	readonly client: RunflowClient;
	/** For the endpoints beside those of runs. */
	readonly caller: Caller;
	readonly transport: Transport;
	/** Names the account without telling its key. */
	readonly account: string;
	readonly close: () => Promise<void>;
}

/** How long a run of the built-in sandbox takes: long enough to see it wait, in milliseconds. */
const sandboxLatencyMs = 3_000;

export interface Listeners {
	readonly runtime: Runtime;
	readonly reporter: Pick<Reporter, "detail">;
	readonly trace?: Trace | undefined;
}

interface Wiring extends Listeners {
	readonly settings: ResolvedSettings;
	readonly isSandbox: boolean;
}

/**
 * A client of the service, or of a sandbox that is started in this process.
 * @throws {Failure} `auth` where there is no key
 */
export async function connect(wiring: Wiring): Promise<Connection> {
	const { runtime, settings, reporter, isSandbox } = wiring;
	const target = isSandbox
		? await startBuiltIn(runtime)
		: {
				apiUrl: settings.apiUrl.value,
				key: keyIn(await findApiKey(runtime, settings.apiKeyCommand.value)).key,
				stop: async () => {},
			};
	const { transport, callerWith } = await openWire(wiring, target.apiUrl);
	reporter.detail(`key ${maskKey(target.key)}, ${target.apiUrl}`);
	const caller = callerWith(target.key);
	return {
		client: createClient(caller),
		caller,
		transport,
		account: accountOf(target.key),
		async close() {
			await transport.close();
			await target.stop();
		},
	};
}

/** The wire, each exchange told to `--verbose` and `--trace`; without a key only what is public is to be had by it. */
export async function openWire(
	{ runtime, reporter, trace }: Listeners,
	apiUrl: string,
) {
	const transport = await createTransport({
		isRemote: !isLoopback(new URL(apiUrl).hostname),
		userAgent: `flux-ultra/${readVersion()}`,
		env: runtime.env,
		dispatcher: runtime.dispatcher,
		record: trace?.record,
		onExchange: ({ method, url, outcome, durationMs }) =>
			reporter.detail(
				`${method} ${url} ${outcome} (${Math.round(durationMs)} ms)`,
			),
	});
	const now = () => runtime.clock.now();
	return {
		transport,
		callerWith: (key: string | undefined) =>
			createCaller({ apiUrl, key, transport, now }),
	};
}

/** @throws {Failure} `auth` where there is none */
export function keyIn(found: ApiKey | undefined): ApiKey {
	if (found) return found;
	throw new Failure("auth", "there is no API key", {
		hint: [
			`get one at ${service.links.keys}, then: flux-ultra auth login`,
			'or try everything without a key and free of charge: flux-ultra --sandbox "a serene japanese garden"',
		].join("\n  "),
	});
}

async function startBuiltIn(runtime: Runtime) {
	const { startSandbox } = await import("../../sandbox/sandbox.ts");
	const { state } = locateFolders(runtime);
	const folder = path.join(state, "sandbox");
	await inState(state, () => makePrivateFolder(folder));
	// Its runs outlive the process as those of the real service do, so that resume can be tried.
	const sandbox = await startSandbox({
		latencyMs: sandboxLatencyMs,
		// One file for good: no number of tries may use it up.
		balanceUsd: 1_000_000,
		statePath: path.join(folder, "runs.jsonl"),
	});
	return {
		apiUrl: sandbox.apiUrl,
		key: sandbox.apiKey,
		stop: () => sandbox.stop(),
	};
}
