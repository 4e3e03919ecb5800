import { readFileSync } from "node:fs";
import path from "node:path";
import { comeToRest, commands, prepare, withRecords } from "./commands.mjs";
import { brokenInvariants } from "./invariants.mjs";
import { createMachine, otherKey, ownKey } from "./machine.mjs";
import { createRandom } from "./random.mjs";
import { startService } from "./service.mjs";

const calm = {
	honoursKeys: false,
	lagMs: 0,
	billRatio: 1,
	runMs: [80, 120],
	linkMs: 60_000,
};
export const crashSettings = ["alone", "before another key", "beside another"];
/** How often the changes of a command are counted, and how often a point is tried: images under way at once share flushes, so the count varies. */
const times = 3;

/**
 * Kills a command before and after each change that it makes to the disk: alone, alone with the same command by another
 * account's key next, and beside a second one that was stopped early and goes on when the first has ended.
 * @param names of the commands; @param most points of each, spread over all of them; @param settings those to try
 * @returns how many broke an invariant, or killed nothing where they had to
 */
export async function runCrashPoints({
	names,
	most = Number.POSITIVE_INFINITY,
	atOnce = 3,
	settings = crashSettings,
	say = console.log,
}) {
	let failures = 0;
	for (const name of names) {
		const command = commands[name];
		const alone = await countChanges(command, false);
		const beside = await countChanges(command, true);
		const points = spread(
			settings.flatMap((setting) =>
				pointsOf(setting === "beside another" ? beside : alone, setting),
			),
			most,
		);
		say(
			`${name}: ${range(alone)} changes alone, ${range(beside)} beside another, ${points.length} points`,
		);
		const tried = await tryPoints(name, points, { atOnce, say });
		say(`${name}: ${points.length} points, ${tallyOf(tried)}`);
		failures += tried.filter(({ broken }) => broken.length > 0).length;
		if (!tried.some(({ killed }) => killed)) failures += 1;
	}
	return failures;
}

function pointsOf({ most }, setting) {
	return Array.from({ length: most }, (_, at) => at + 1).flatMap((at) =>
		["before", "after"].map((when) => ({
			...{ at, when, setting },
			name: `${when} change ${at} ${setting}`,
		})),
	);
}

function spread(all, most) {
	const step = Math.max(1, all.length / most);
	return Array.from(
		{ length: Math.min(most, all.length) },
		(_, at) => all[Math.floor(at * step)],
	);
}

async function tryPoints(name, points, { atOnce, say }) {
	const waiting = [...points];
	const tried = [];
	const lane = async () => {
		for (let point = waiting.shift(); point; point = waiting.shift()) {
			const { broken, log, killed } = await tryPoint(commands[name], point);
			tried.push({ ...point, killed, broken });
			if (broken.length > 0)
				say(
					`${name} killed ${point.name}:\n  ${broken.join("\n  ")}\n${log.join("\n")}`,
				);
		}
	};
	await Promise.all(Array.from({ length: atOnce }, lane));
	return tried;
}

async function tryPoint(command, point) {
	for (let tries = 1; ; tries += 1) {
		const result = await crashAt(command, point);
		const hasEnded = result.killed || result.broken.length > 0;
		if (hasEnded || tries === times) return result;
	}
}

function tallyOf(tried) {
	const killed = `${tried.filter((one) => one.killed).length} killed`;
	const missed = tried.filter((one) => !one.killed && one.broken.length === 0);
	return missed.length > 0
		? `${killed}; not reached: ${missed.map(({ name }) => name).join(", ")}`
		: killed;
}

function range({ least, most }) {
	return least === most ? String(least) : `${least} to ${most}`;
}

async function countChanges(command, isBeside) {
	const counts = [];
	for (let at = 0; at < times; at += 1) {
		const service = await startService(createRandom(at), calm);
		const machine = createMachine(service, command);
		await prepare(machine);
		counts.push((await runOnce(machine, {}, isBeside)).changes);
		service.stop();
		machine.remove();
	}
	return { least: Math.min(...counts), most: Math.max(...counts) };
}

async function crashAt(command, { at, when, setting }) {
	const service = await startService(createRandom(at), calm);
	const machine = createMachine(service, command);
	await prepare(machine);
	const env = { CHAOS_CRASH: `${at}:${when}` };
	const { signal, changes } = await runOnce(
		machine,
		env,
		setting === "beside another",
	);
	const killed = signal === "SIGKILL";
	// Also where it ended before a change that it had begun: nobody waited for that one.
	if (!killed && changes >= at)
		machine.wrong.push(`lived through change ${at} of ${changes}`);
	const keys = [ownKey];
	if (setting === "before another key") {
		keys.push(otherKey);
		const env = { RUNFLOW_API_KEY: otherKey };
		await machine.run(withRecords(command), env);
	}
	await comeToRest(machine, { resumesFirst: at % 2 === 0, keys });
	const broken = await brokenInvariants(machine);
	service.stop();
	if (broken.length === 0) machine.remove();
	return { broken, log: machine.log, killed };
}

/**
 * @param more of its environment; beside another the process that is looked at falls behind
 * @returns how it ended, and, unless it was killed, how many changes it began
 */
async function runOnce(machine, more, isBeside) {
	const argv = withRecords(machine.command);
	const file = path.join(machine.home, "count");
	const env = { ...more, CHAOS_COUNT: file };
	const { signal } = isBeside
		? await runBehind(argv, env, machine)
		: await machine.run(argv, env);
	return {
		signal,
		changes: signal ? undefined : Number(readFileSync(file, "utf8")),
	};
}

async function runBehind(argv, env, machine) {
	const behind = machine.start(argv, { ...env, CHAOS_STOP: "1" });
	const hasEnded = await Promise.race([
		behind.ended,
		hasStopped(behind.child).then((stopped) => !stopped),
	]);
	if (!hasEnded) await machine.run(argv);
	behind.child.kill("SIGCONT");
	return behind.ended;
}

/** Until the process is stopped, as the system says (proc(5)). @returns false where it ended before */
async function hasStopped(child) {
	while (child.exitCode === null && child.signalCode === null) {
		const stat = readFileSync(`/proc/${child.pid}/stat`, "utf8");
		if (stat.slice(stat.lastIndexOf(")")).startsWith(") T")) return true;
		await new Promise((resolve) => setTimeout(resolve, 5));
	}
	return false;
}
