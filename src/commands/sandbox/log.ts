import type { OutputStream, Runtime } from "../../runtime.ts";
import type { RequestEntry } from "../../sandbox/options.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { escaped, escapedJson } from "../../system/escape.ts";
import { formatUsd } from "../../system/money.ts";
import { counted } from "../../system/plural.ts";
import type { TypedOptions } from "./run.ts";

interface SandboxLog {
	start(sandbox: Sandbox, typed: TypedOptions): void;
	request(entry: RequestEntry): void;
	end(sandbox: Sandbox): void;
}

/** On stdout the two lines that a shell needs, on stderr what happens. */
export function logForPeople({ stdout, stderr }: Runtime): SandboxLog {
	const say = (line: string) => writeLine(stderr, line);
	let isReplay = false;
	return {
		start({ apiUrl, apiKey, storageUrl, seed }, typed) {
			const { quiet, state, replay, fault = [], as = [] } = typed;
			isReplay = replay !== undefined;
			writeLine(stdout, `export FLUX_ULTRA_API_URL=${apiUrl}`);
			writeLine(stdout, `export RUNFLOW_API_KEY=${apiKey}`);
			if (quiet) return;
			say(
				"A Runflow API on this machine, free of charge, for the key above. Ctrl-C ends it.",
			);
			say(`  api      ${apiUrl}`);
			say(`  storage  ${storageUrl}`);
			if (state !== undefined) say(`  state    ${escaped(state)}`);
			if (isReplay) say(`  replay   ${escaped(replay ?? "")}`);
			if (as.length > 0) say(`  as       ${as.join("  ")}`);
			if (fault.length > 0)
				say(
					`  faults   ${escaped(fault.join("  "))}  (--fault-seed ${seed} for the same ones again)`,
				);
			say("Use it from another terminal, after the two export lines.");
		},
		request: (entry) => say(requestLine(entry)),
		end(sandbox) {
			const { runs, bought, images, failed, spentUsd, requests } =
				sandbox.summary();
			if (isReplay) return say(counted(requests, "request"));
			const spent = formatUsd(Math.round(spentUsd * 1_000_000));
			say(
				`${counted(runs, "run")}: ${bought} bought with ${counted(images, "image")} for ${spent} of play money, ${failed} failed; ${counted(requests, "request")}`,
			);
		},
	};
}

/** One JSON object a line on stdout: `listening`, a `request` each, `stopped`. */
export function logForPrograms({ stdout }: Runtime): SandboxLog {
	const tell = (status: string, details: Record<string, unknown>) =>
		writeLine(stdout, escapedJson({ version: 1, status, ...details }));
	return {
		start: ({ apiUrl, storageUrl, apiKey, seed }) =>
			tell("listening", {
				api_url: apiUrl,
				storage_url: storageUrl,
				api_key: apiKey,
				fault_seed: seed,
			}),
		request: ({ at, port, method, path, status, durationMs, note = null }) =>
			tell("request", {
				at: new Date(at).toISOString(),
				port,
				method,
				path,
				http_status: status,
				duration_ms: durationMs,
				note,
			}),
		end(sandbox) {
			const { spentUsd, ...counts } = sandbox.summary();
			tell("stopped", { ...counts, spent_usd: spentUsd });
		},
	};
}

/** `12:00:03 POST /v1/models/…/runs 201 2 ms  bought …` */
function requestLine(entry: RequestEntry): string {
	const words = [
		new Date(entry.at).toTimeString().slice(0, 8),
		entry.method,
		entry.port === "callback" && "->",
		escaped(entry.path),
		entry.status === 0 ? "no answer" : entry.status,
		`${entry.durationMs} ms`,
		entry.note && ` ${escaped(entry.note)}`,
	];
	return words.filter(Boolean).join(" ");
}

function writeLine(stream: OutputStream, line: string): void {
	stream.write(`${line}\n`);
}
