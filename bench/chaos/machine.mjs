import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { callbackSecret, sha256 } from "./account.mjs";
import { untrueWords } from "./outcome.mjs";

const bin = fileURLToPath(new URL("../../bin/flux-ultra.js", import.meta.url));
const preload = pathToFileURL(
	fileURLToPath(new URL("./preload.mjs", import.meta.url)),
).href;
/** The keys of two accounts. */
export const ownKey = "rf_live_chaos";
export const otherKey = "rf_live_another";
/** A command that takes longer hangs. */
const longestMs = 90_000;

/** A machine with a home of its own, on which a command is run against a service. */
export function createMachine(service, command) {
	const home = mkdtempSync(path.join(tmpdir(), "flux-chaos-"));
	const machine = {
		...{ service, command, home },
		cwd: path.join(home, "work"),
		state: path.join(home, "state"),
		log: [],
		/** What was wrong with how processes ended, and with what they told, in words. */
		wrong: [],
		/** Under way at this moment. */
		processes: new Set(),
		/** Sums of the images that were written to stdout whole. */
		streamed: new Set(),
		/** How many processes were killed so far, those left out that hung. */
		kills: 0,
		/** How far the time of day is off. */
		shiftMs: 0,
		start: (argv, env) => start(argv, env, machine),
		run: (argv, env) => start(argv, env, machine).ended,
		files: () => walk(machine.cwd),
		/** Files of the state folder below one of its own. */
		left: (folder) => walk(path.join(machine.state, folder)),
		ledger: () =>
			machine.left("ledger").flatMap((file) => recordsIn(readFileSync(file))),
		remove: () => rmSync(home, { recursive: true, force: true }),
	};
	mkdirSync(machine.cwd);
	rememberListing(machine);
	return machine;
}

/** As `doctor --live` would have seen it: what never arrived is looked for some seconds then, and not half a minute. */
function rememberListing({ state, service }) {
	const seen = { value: 0, seen_at: "2026-01-01T00:00:00Z" };
	const facts = { listing_delay_ms: seen };
	const folder = path.join(state, "service-facts");
	const hash = createHash("sha256").update(service.url).digest("hex");
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	writeFileSync(
		path.join(folder, `${hash.slice(0, 16)}.json`),
		JSON.stringify({ version: 1, service: service.url, facts }),
	);
}

function start(argv, more = {}, machine) {
	const { service, cwd, home, state, shiftMs, processes } = machine;
	const env = {
		...{ PATH: process.env.PATH, HOME: home, RUNFLOW_API_KEY: ownKey },
		...{ FLUX_ULTRA_API_URL: service.url, FLUX_ULTRA_STATE_DIR: state },
		FLUX_ULTRA_CONFIG_DIR: path.join(home, "config"),
		FLUX_ULTRA_CALLBACK_SECRET: callbackSecret,
		...(shiftMs !== 0 && { CHAOS_CLOCK: String(shiftMs) }),
		...more,
	};
	const outcome = {
		...{ argv, env, isAlone: processes.size === 0 },
		/** How many the service had accepted before it started, and when it had ended. */
		connections: [service.accepted(), Number.POSITIVE_INFINITY],
		/** Whether it may know how far bills are from prices. */
		knowsBills: machine
			.ledger()
			.some(({ record }) => record.status === "saved"),
	};
	for (const other of processes) other.isAlone = false;
	processes.add(outcome);
	const child = spawn(process.execPath, ["--import", preload, bin, ...argv], {
		...{ cwd, env, stdio: ["ignore", "pipe", "pipe"] },
	});
	const stdout = [];
	const stderr = [];
	child.stdout.on("data", (chunk) => stdout.push(chunk));
	child.stderr.on("data", (chunk) => stderr.push(chunk));
	const timer = setTimeout(() => {
		outcome.hangs = true;
		child.kill("SIGKILL");
	}, longestMs);
	const ended = new Promise((resolve, reject) =>
		child.on("close", (code, signal) => {
			clearTimeout(timer);
			processes.delete(outcome);
			Object.assign(outcome, { code, signal });
			outcome.stdout = Buffer.concat(stdout);
			outcome.stderr = String(Buffer.concat(stderr));
			outcome.records = argv.includes("--json")
				? recordsIn(outcome.stdout)
				: undefined;
			settle(outcome, more, machine).then(resolve, reject);
		}),
	);
	return { child, ended };
}

/** Books how a process ended, and holds what it told against the account and the disk. */
async function settle(outcome, more, machine) {
	const { argv, code, signal, hangs, stderr, stdout } = outcome;
	const { log, command, wrong, streamed, service } = machine;
	await service.acceptAll();
	outcome.connections[1] = service.accepted();
	const words = argv.join(" ");
	const end = hangs ? "hangs" : (code ?? signal);
	log.push(
		`${words} ${JSON.stringify(more)} => ${end}\n${stderr.trim().replace(/^/gm, "    ")}`,
	);
	if (hangs) wrong.push(`hangs: ${words}`);
	else if (signal === "SIGKILL") machine.kills += 1;
	if (command.toStdout && argv[0] !== "resume" && code === 0)
		streamed.add(sha256(stdout));
	for (const untrue of await untrueWords(outcome, machine))
		wrong.push(`${words} => ${end}: ${untrue}`);
	return outcome;
}

/** @returns the objects of a text with one a line; the last one may have been cut */
function recordsIn(text) {
	return String(text)
		.split("\n")
		.slice(0, -1)
		.filter(Boolean)
		.map((line) => JSON.parse(line));
}

function walk(folder) {
	let names = [];
	try {
		names = readdirSync(folder);
	} catch {}
	return names.flatMap((name) => {
		const file = path.join(folder, name);
		return statSync(file, { throwIfNoEntry: false })?.isDirectory()
			? walk(file)
			: [file];
	});
}
