import { spawn, spawnSync } from "node:child_process";
import { cp, mkdtemp, readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

export const bin = here("../../bin/flux-ultra.js");
/** The programs that flux-ultra is held against, each as the start of its command. */
export const peers = {
	curl: ["sh", here("peers/curl.sh")],
	sdk: [process.execPath, here("peers/sdk.mjs")],
	ideal: [process.execPath, here("peers/ideal.mjs")],
};

/** Whether curl and jq are here, and xargs; without them their columns stay empty. */
export const hasCurl = ["curl --version", "jq --version", "xargs true"].every(
	(command) =>
		spawnSync("sh", ["-c", `${command} </dev/null`], { stdio: "ignore" })
			.status === 0,
);

let placesMade = 0;

/**
 * A folder to work in with a state and an account of its own, and an environment in which nothing else is set.
 * @param history another place, whose state this one starts with
 */
export async function createPlace({ folder: parent, service }, history) {
	const folder = await mkdtemp(path.join(parent, "place-"));
	if (history)
		await cp(path.join(history.folder, "state"), path.join(folder, "state"), {
			recursive: true,
		});
	const key = `rf_${placesMade++}`;
	const env = {
		PATH: process.env.PATH,
		HOME: folder,
		TMPDIR: folder,
		RUNFLOW_API_KEY: key,
		FLUX_ULTRA_API_URL: service.url,
		FLUX_ULTRA_STATE_DIR: path.join(folder, "state"),
		FLUX_ULTRA_CONFIG_DIR: path.join(folder, "config"),
	};
	return { folder, env, report: () => service.report(key) };
}

const running = new Set();

/** Ends what is still being measured. */
export function stopAll() {
	for (const child of running)
		if (child.exitCode === null) process.kill(-child.pid, "SIGKILL");
}

/** Runs flux-ultra, as `measure`. */
export function flux(place, argv, options) {
	return measure(place, [process.execPath, bin, ...argv], options);
}

/**
 * Runs a command to its end, by a shell that adds up the CPU of it and all that it starts.
 * @param command words; nothing is split
 * @param options `peak`: measure the memory of a Node too; `interruptAfterMs`; `codes`: exit codes that are no failure
 * @returns `wallMs`, `endedAtMs` since 1970, `cpuMs` user and system, `peakMiB`
 */
export async function measure(
	{ folder, env },
	command,
	{ peak = false, interruptAfterMs, codes = [0] } = {},
) {
	const words = peak
		? [command[0], "--import", here("peak-memory.mjs"), ...command.slice(1)]
		: command;
	const times = path.join(folder, "times");
	const memory = path.join(folder, "peak");
	const startedAtMs = performance.now();
	// The shell outlives an interrupt, and tells the times of what it started.
	const script = `trap : INT; "$@"; code=$?; times >"$BENCH_TIMES"; exit $code`;
	const child = spawn("sh", ["-c", script, "sh", ...words], {
		cwd: folder,
		env: { ...env, BENCH_TIMES: times, BENCH_PEAK: memory },
		stdio: ["ignore", "ignore", "pipe"],
		// A group of its own, which can be interrupted as a terminal does it.
		detached: true,
	});
	running.add(child);
	const timer =
		interruptAfterMs &&
		setTimeout(() => process.kill(-child.pid, "SIGINT"), interruptAfterMs);
	const { code, stderr } = await endOf(child);
	running.delete(child);
	clearTimeout(timer);
	const wallMs = performance.now() - startedAtMs;
	if (!codes.includes(code))
		throw new Error(`${words.join(" ")} ended with ${code}: ${stderr}`);
	return {
		wallMs,
		endedAtMs: Date.now(),
		cpuMs: parseTimes(await readFile(times, "utf8")),
		peakMiB: peak ? Number(await readFile(memory, "utf8")) / 1_024 : undefined,
	};
}

function endOf(child) {
	let stderr = "";
	child.stderr.on("data", (chunk) => {
		stderr = `${stderr}${chunk}`.slice(-2_000);
	});
	return new Promise((resolve, reject) => {
		child.on("error", reject);
		child.on("close", (code) => resolve({ code, stderr }));
	});
}

/** User and system time of the children, the second line of `times`: `0m1.234s 0m0.056s`. */
function parseTimes(text) {
	const [user, system] = (text.split("\n")[1] ?? "").split(" ");
	return millisecondsOf(user) + millisecondsOf(system);
}

function millisecondsOf(text) {
	const [, minutes, seconds] = /^(\d+)m([\d.,]+)s$/.exec(text) ?? [];
	return (Number(minutes) * 60 + Number(seconds.replace(",", "."))) * 1_000;
}
