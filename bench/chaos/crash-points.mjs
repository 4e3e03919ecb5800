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
/** How often the changes of a command are counted, and how often a point is tried that must kill. */
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
		failures += tried.filter(({ hasFailed }) => hasFailed).length;
	}
	return failures;
}

/** Every change up to the smallest number seen is made each time; those up to the largest may be. */
function pointsOf({ least, most }, setting) {
	return Array.from({ length: most }, (_, at) => at + 1).flatMap((at) =>
		["before", "after"].map((when) => ({
			...{ at, when, setting, mustKill: at <= least },
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
			const hasMissed = !killed && point.mustKill;
			const hasFailed = hasMissed || broken.length > 0;
			tried.push({ ...point, killed, hasFailed });
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
		const isLast = tries === times || !point.mustKill;
		if (result.killed || result.broken.length > 0 || isLast) return result;
	}
}

function tallyOf(tried) {
	const alive = tried.filter(({ killed }) => !killed);
	const told = [
		["killed nothing, and had to", alive.filter((one) => one.mustKill)],
		["not reached each time", alive.filter((one) => !one.mustKill)],
	].flatMap(([why, points]) =>
		points.length > 0
			? [`${why}: ${points.map((one) => one.name).join(", ")}`]
			: [],
	);
	return [`${tried.length - alive.length} killed`, ...told].join("; ");
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
		const file = path.join(machine.home, "count");
		await runOnce(machine, { CHAOS_COUNT: file }, isBeside);
		counts.push(Number(readFileSync(file, "utf8")));
		service.stop();
		machine.remove();
	}
	return { least: Math.min(...counts), most: Math.max(...counts) };
}

async function crashAt(command, { at, when, setting }) {
	const service = await startService(createRandom(at), calm);
	const machine = createMachine(service, command);
	await prepare(machine);
	const isBeside = setting === "beside another";
	await runOnce(machine, { CHAOS_CRASH: `${at}:${when}` }, isBeside);
	const killed = machine.kills > 0;
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

/** @param env of the process that is looked at; beside another it is the one that falls behind */
async function runOnce(machine, env, isBeside) {
	const argv = withRecords(machine.command);
	if (!isBeside) return machine.run(argv, env);
	const behind = machine.start(argv, { ...env, CHAOS_STOP: "1" });
	const hasEnded = await Promise.race([
		behind.ended,
		hasStopped(behind.child).then((stopped) => !stopped),
	]);
	if (!hasEnded) await machine.run(argv);
	behind.child.kill("SIGCONT");
	await behind.ended;
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
