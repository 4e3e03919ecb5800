import type { OutputStream, Runtime } from "../../runtime.ts";
import { parseFault } from "../../sandbox/faults.ts";
import type {
	LatencyRange,
	PictureSize,
	RequestEntry,
} from "../../sandbox/options.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { escaped, escapedJson } from "../../system/escape.ts";
import { formatUsd } from "../../system/money.ts";

export interface SandboxCommandOptions {
	/** 4010 by default, so that scripts can know it; 0 for any that is free. */
	readonly port?: number | undefined;
	readonly storagePort?: number | undefined;
	readonly latencyMs?: number | LatencyRange | undefined;
	readonly priceUsd?: number | undefined;
	readonly balanceUsd?: number | undefined;
	/** As written: `post:reset-after@1`. */
	readonly faults?: readonly string[] | undefined;
	readonly faultSeed?: number | undefined;
	readonly size?: PictureSize | undefined;
	readonly linkTtlMs?: number | undefined;
	readonly statePath?: string | undefined;
	readonly json?: boolean | undefined;
	/** No introduction, no line a request. */
	readonly quiet?: boolean | undefined;
}

/**
 * Serves the Runflow API on this machine until it is interrupted. stdout gets the two lines that a shell needs to use
 * it, stderr what happens.
 * @throws {Failure} `usage` for an unknown fault, a port that is taken, a state file that cannot be written
 */
export async function runSandbox(
	options: SandboxCommandOptions,
	runtime: Runtime,
): Promise<number> {
	const { port = 4010, faults = [], faultSeed, ...rest } = options;
	const teller = options.json ? tellPrograms(runtime) : tellPeople(runtime);
	const sandbox = await startSandbox({
		...rest,
		port,
		faults: faults.map(parseFault),
		seed: faultSeed,
		keepAlive: true,
		now: () => runtime.clock.now(),
		onRequest: options.quiet ? undefined : teller.request,
	});
	const interrupted = untilInterrupted(runtime);
	teller.start(sandbox, options);
	await interrupted;
	await sandbox.stop();
	teller.end(sandbox);
	return 0;
}

interface Teller {
	start(sandbox: Sandbox, options: SandboxCommandOptions): void;
	request(entry: RequestEntry): void;
	end(sandbox: Sandbox): void;
}

function tellPeople({ stdout, stderr }: Runtime): Teller {
	const say = lineWriter(stderr);
	return {
		start(sandbox, options) {
			lineWriter(stdout)(
				`export FLUX_ULTRA_API_URL=${sandbox.apiUrl}\nexport RUNFLOW_API_KEY=${sandbox.apiKey}`,
			);
			if (options.quiet) return;
			say(`A Runflow API on this machine: no key, no cost. Ctrl-C ends it.`);
			say(`  api      ${sandbox.apiUrl}`);
			say(`  storage  ${sandbox.storageUrl}`);
			if (options.statePath !== undefined)
				say(`  state    ${escaped(options.statePath)}`);
			const { faults = [] } = options;
			if (faults.length > 0)
				say(
					`  faults   ${escaped(faults.join("  "))}  (--fault-seed ${sandbox.seed} for the same ones again)`,
				);
			say("Use it from another terminal, after the two export lines.");
		},
		request: (entry) => say(requestLine(entry)),
		end(sandbox) {
			const { runs, bought, images, failed, spentUsd, requests } =
				sandbox.summary();
			const spent = formatUsd(Math.round(spentUsd * 1_000_000));
			say(
				`${count(runs, "run")}: ${bought} bought with ${count(images, "image")} for ${spent} of play money, ${failed} failed; ${count(requests, "request")}`,
			);
		},
	};
}

/** One JSON object a line on stdout: `listening`, a `request` each, `stopped`. */
function tellPrograms({ stdout }: Runtime): Teller {
	const write = lineWriter(stdout);
	const tell = (status: string, details: Record<string, unknown>) =>
		write(escapedJson({ version: 1, status, ...details }));
	return {
		start: ({ apiUrl, storageUrl, apiKey, seed }) =>
			tell("listening", {
				api_url: apiUrl,
				storage_url: storageUrl,
				api_key: apiKey,
				fault_seed: seed,
			}),
		request: (entry) =>
			tell("request", {
				at: new Date(entry.at).toISOString(),
				port: entry.port,
				method: entry.method,
				path: entry.path,
				http_status: entry.status,
				duration_ms: entry.durationMs,
				note: entry.note ?? null,
			}),
		end(sandbox) {
			const { spentUsd, ...counts } = sandbox.summary();
			tell("stopped", { ...counts, spent_usd: spentUsd });
		},
	};
}

/** `12:00:03 POST /v1/models/…/runs 201 2 ms  bought …` */
function requestLine(entry: RequestEntry): string {
	const time = new Date(entry.at).toTimeString().slice(0, 8);
	const arrow = entry.port === "callback" ? "->" : "";
	const words = [
		time,
		entry.method,
		arrow,
		escaped(entry.path),
		entry.status === 0 ? "no answer" : entry.status,
		`${entry.durationMs} ms`,
		entry.note && ` ${escaped(entry.note)}`,
	];
	return words.filter(Boolean).join(" ");
}

function lineWriter(stream: OutputStream): (line: string) => void {
	return (line) => {
		stream.write(`${line}\n`);
	};
}

function untilInterrupted(runtime: Runtime): Promise<void> {
	return new Promise((resolve) => {
		const stopListening = runtime.onSignal(() => {
			stopListening();
			resolve();
		});
	});
}

function count(amount: number, noun: string): string {
	return `${amount} ${noun}${amount === 1 ? "" : "s"}`;
}
