import path from "node:path";
import { comeToRest, commands, prepare, withRecords } from "./commands.mjs";
import { brokenInvariants } from "./invariants.mjs";
import { createMachine, otherKey, ownKey } from "./machine.mjs";
import { createRandom } from "./random.mjs";
import { startService } from "./service.mjs";

/** One random schedule, the same for the same seed as far as the machine's speed allows. @returns what broke, and what happened */
export async function runSchedule(seed) {
	const random = createRandom(seed);
	const name = random.pick(Object.keys(commands));
	const faults = faultsOf(random);
	const service = await startService(createRandom(seed + 1), faults);
	const machine = createMachine(service, commands[name]);
	await prepare(machine);
	const dayLimitMicros = await limitTheDay(name, machine, random);
	const keys = [ownKey];
	const byOther = { RUNFLOW_API_KEY: otherKey };
	const lives = random.between(1, 4);
	for (let life = 0; life < lives; life += 1) {
		const isOther = random.chance(0.15);
		if (isOther) keys[1] = otherKey;
		await live(machine, random, isOther ? byOther : {});
	}
	if (random.chance(0.3)) await machine.run(["resume", "--json"], byOther);
	// The weather clears, and perhaps somebody sets the clock.
	Object.assign(faults, calm);
	if (random.chance(0.5)) machine.shiftMs = 0;
	const isLimited = dayLimitMicros !== undefined;
	const resumesFirst = random.chance(0.5);
	await comeToRest(machine, { isLimited, resumesFirst, keys });
	const broken = await brokenInvariants(machine, { dayLimitMicros });
	service.stop();
	if (broken.length === 0) machine.remove();
	return {
		...{ name, broken, kills: machine.kills, folder: machine.cwd },
		log: [`faults ${JSON.stringify(faults)}`, ...machine.log],
	};
}

const calm = {
	...{ slow: 0, reset: 0, html: 0, unavailable: 0, limited: 0, lost: 0 },
	...{ cutAnswer: 0, lie: 0, garbage: 0, cutListing: 0, cutUpload: 0 },
	...{ expire: 0, cut: 0, fail: 0 },
};

function faultsOf(random) {
	const some = (most) => (random.chance(0.4) ? random.next() * most : 0);
	return {
		...{ slow: some(0.3), reset: some(0.1), html: some(0.1) },
		...{ unavailable: some(0.1), limited: some(0.3), lost: some(0.2) },
		...{ cutAnswer: some(0.4), lie: some(0.3), garbage: some(0.2) },
		...{ cutListing: some(0.3), cutUpload: some(0.5) },
		...{ expire: some(0.2), cut: some(0.3), fail: some(0.15) },
		honoursKeys: random.chance(0.5),
		lagMs: random.pick([0, 0, 500, 2_800]),
		billRatio: random.pick([1, 1, 1.5, 2]),
		runMs: random.pick([
			[20, 60],
			[100, 900],
		]),
		linkMs: random.pick([60_000, 60_000, 300]),
	};
}

async function limitTheDay(name, machine, random) {
	const hour = new Date().getHours();
	// A clock that is set must not come upon another day.
	const isAlwaysToday = hour > 1 && hour < 22;
	if (name !== "long batch" || !random.chance(0.5) || !isAlwaysToday)
		return undefined;
	const micros = random.between(5, 40) * 1_000;
	const usd = String(micros / 1e6);
	await machine.run(["config", "set", "max-cost-per-day", usd]);
	return micros;
}

/** One run of the command, or two at once, and what befalls them. */
async function live(machine, random, key) {
	const clock = clockFor(machine, random);
	const processes = Array.from({ length: random.chance(0.3) ? 2 : 1 }, () =>
		machine.start(wordsFor(machine, random), {
			...{ ...key, ...clock.env, ...diskFaultOf(random) },
		}),
	);
	for (const { child } of processes) void befall(child, random);
	await Promise.all(processes.map(({ ended }) => ended));
	machine.shiftMs = clock.shiftMs;
}

/** The command, with options that change nothing of what is asked for. */
function wordsFor({ command, home }, random) {
	const report = path.join(home, `report-${random.between(1, 1e9)}.csv`);
	const micros = random.between(2, 6) * command.asked * 1_000;
	const hasReport = command.isBatch && random.chance(0.4);
	return [
		...(hasReport || random.chance(0.6) ? withRecords(command) : command.argv),
		...(hasReport ? ["--report", report] : []),
		...(command.priceMicros && random.chance(0.4)
			? ["--max-cost", String(micros / 1e6)]
			: []),
	];
}

/** Somebody sets the clock while the command runs. */
function clockFor({ shiftMs }, random) {
	if (!random.chance(0.15)) return { shiftMs };
	const jump = random.pick([-3_600_000, -10_000, 0, 10_000, 3_600_000]);
	const afterMs = random.between(100, 900);
	return {
		shiftMs: jump,
		env: { CHAOS_CLOCK: `${shiftMs},${jump}@${afterMs}` },
	};
}

function diskFaultOf(random) {
	if (!random.chance(0.2)) return {};
	const code = random.pick(["ENOSPC", "EIO"]);
	return { CHAOS_FAIL: `${random.between(1, 60)}:${code}` };
}

async function befall(child, random) {
	const what = random.pick([
		...["nothing", "kill", "kill", "int", "term", "twice"],
		...["stop", "stop and kill"],
	]);
	await pause(random.between(50, 1_800));
	const signal = (name) => child.exitCode === null && child.kill(name);
	switch (what) {
		case "kill":
			signal("SIGKILL");
			break;
		case "int":
			signal("SIGINT");
			break;
		case "term":
			signal("SIGTERM");
			break;
		case "twice":
			signal("SIGINT");
			await pause(random.between(10, 300));
			signal("SIGINT");
			break;
		case "stop":
		case "stop and kill":
			signal("SIGSTOP");
			await pause(random.between(100, 1_500));
			signal(what === "stop" ? "SIGCONT" : "SIGKILL");
			break;
		default:
	}
}

function pause(ms) {
	return new Promise((resolve) => setTimeout(resolve, ms));
}
