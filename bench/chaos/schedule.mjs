import { comeToRest, commands, prepare } from "./commands.mjs";
import { brokenInvariants } from "./invariants.mjs";
import { createMachine } from "./machine.mjs";
import { createRandom } from "./random.mjs";
import { startService } from "./service.mjs";

/** One random schedule, the same for the same seed as far as the machine's speed allows. @returns what broke, and what happened */
export async function runSchedule(seed) {
	const random = createRandom(seed);
	const name = random.pick(Object.keys(commands));
	const command = commands[name];
	const faults = faultsOf(random);
	const service = await startService(createRandom(seed + 1), faults);
	const hasLimit = name === "long batch" && random.chance(0.5);
	const dayLimitMicros = hasLimit ? random.between(5, 40) * 1_000 : undefined;
	const machine = createMachine(service);
	const inputs = await prepare(command, machine);
	if (hasLimit)
		await machine.run([
			"config",
			"set",
			"max-cost-per-day",
			String(dayLimitMicros / 1e6),
		]);
	const lives = random.between(1, 4);
	for (let life = 0; life < lives; life += 1)
		await live(command, machine, random);
	if (random.chance(0.3))
		await machine.run(["resume"], { RUNFLOW_API_KEY: "rf_live_another" });
	// The weather clears.
	Object.assign(faults, calm);
	const mayLack = hasLimit;
	const wrong = await comeToRest(command, machine, service, {
		inputs,
		mayLack,
		resumesFirst: random.chance(0.5),
	});
	const broken = [
		...wrong,
		...(await brokenInvariants(machine, service, {
			asked: command.asked,
			inputs,
			dayLimitMicros,
			mayLack,
		})),
	];
	service.stop();
	if (broken.length === 0) machine.remove();
	return {
		name,
		broken,
		kills: machine.kills(),
		log: [`faults ${JSON.stringify(faults)}`, ...machine.log],
		folder: machine.cwd,
	};
}

const calm = {
	...{
		slow: 0,
		reset: 0,
		html: 0,
		unavailable: 0,
		limited: 0,
		lost: 0,
		cutAnswer: 0,
		lie: 0,
		garbage: 0,
	},
	...{ expire: 0, cut: 0, fail: 0 },
};

function faultsOf(random) {
	const some = (most) => (random.chance(0.4) ? random.next() * most : 0);
	return {
		...{
			slow: some(0.3),
			reset: some(0.1),
			html: some(0.1),
			unavailable: some(0.1),
			limited: some(0.3),
		},
		...{
			lost: some(0.2),
			cutAnswer: some(0.4),
			lie: some(0.3),
			garbage: some(0.2),
			expire: some(0.2),
			cut: some(0.3),
		},
		fail: some(0.15),
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

/** One run of the command, or two at once, and what befalls them. */
async function live({ argv }, machine, random) {
	const processes = Array.from({ length: random.chance(0.3) ? 2 : 1 }, () =>
		machine.start(argv, diskFaultOf(random)),
	);
	for (const { child } of processes) void befall(child, random);
	await Promise.all(processes.map(({ ended }) => ended));
}

function diskFaultOf(random) {
	return {
		...(random.chance(0.2) && {
			CHAOS_FAIL: `${random.between(1, 60)}:${random.pick(["ENOSPC", "EIO"])}`,
		}),
		...(random.chance(0.15) && {
			CHAOS_CLOCK: `0,${random.pick([-3_600_000, -10_000, 10_000, 3_600_000])}@${random.between(100, 900)}`,
		}),
	};
}

async function befall(child, random) {
	const what = random.pick([
		"nothing",
		"kill",
		"kill",
		"int",
		"term",
		"twice",
		"stop",
		"stop and kill",
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
			if (what === "stop and kill") signal("SIGKILL");
			else signal("SIGCONT");
			break;
		default:
	}
}

function pause(ms) {
	return new Promise((resolve) => setTimeout(resolve, ms));
}
