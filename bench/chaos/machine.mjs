import { spawn } from "node:child_process";
import {
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { callbackSecret } from "./service.mjs";

const bin = fileURLToPath(new URL("../../bin/flux-ultra.js", import.meta.url));
const preload = pathToFileURL(
	fileURLToPath(new URL("./preload.mjs", import.meta.url)),
).href;
/** A command that takes longer hangs. */
const longestMs = 90_000;

/** A machine with a home of its own, on which the program is run against a service. */
export function createMachine(service, settings = {}) {
	const home = mkdtempSync(path.join(tmpdir(), "flux-chaos-"));
	const cwd = path.join(home, "work");
	const state = path.join(home, "state");
	mkdirSync(cwd);
	const log = [];
	const hangs = [];
	let kills = 0;
	const env = {
		...{ PATH: process.env.PATH, HOME: home, RUNFLOW_API_KEY: "rf_live_chaos" },
		...{ FLUX_ULTRA_API_URL: service.url, FLUX_ULTRA_STATE_DIR: state },
		FLUX_ULTRA_CONFIG_DIR: path.join(home, "config"),
		FLUX_ULTRA_CALLBACK_SECRET: callbackSecret,
		...settings.env,
	};

	function start(argv, more = {}) {
		const child = spawn(process.execPath, ["--import", preload, bin, ...argv], {
			cwd,
			env: { ...env, ...more },
			stdio: ["ignore", "pipe", "pipe"],
		});
		let stdout = "";
		let stderr = "";
		child.stdout.on("data", (chunk) => (stdout += chunk));
		child.stderr.on("data", (chunk) => (stderr += chunk));
		let hasHung = false;
		const timer = setTimeout(() => {
			hasHung = true;
			hangs.push(argv.join(" "));
			child.kill("SIGKILL");
		}, longestMs);
		const ended = new Promise((resolve) =>
			child.on("close", (code, signal) => {
				clearTimeout(timer);
				if (signal === "SIGKILL" && !hasHung) kills += 1;
				log.push(
					`${argv.join(" ")} ${JSON.stringify(more)} => ${hasHung ? "hangs" : (code ?? signal)}\n${stderr.trim().replace(/^/gm, "    ")}`,
				);
				resolve({ code, signal, stdout, stderr });
			}),
		);
		return { child, ended };
	}

	return {
		cwd,
		state,
		log,
		start,
		run: (argv, more) => start(argv, more).ended,
		/** How many processes were killed so far, those left out that hung. */
		kills: () => kills,
		/** Commands that had not ended by themselves in all that time. */
		hangs: () => hangs,
		files: () => walk(cwd),
		/** Files of the state folder below one of its own. */
		left: (folder) => walk(path.join(state, folder)),
		ledger: () =>
			walk(path.join(state, "ledger")).flatMap((file) =>
				readFileSync(file, "utf8")
					.split("\n")
					.filter(Boolean)
					.map((line) => JSON.parse(line)),
			),
		remove: () => rmSync(home, { recursive: true, force: true }),
	};
}

function walk(folder) {
	let names = [];
	try {
		names = readdirSync(folder);
	} catch {}
	return names.flatMap((name) => {
		const file = path.join(folder, name);
		return statSync(file).isDirectory() ? walk(file) : [file];
	});
}
