import { readFileSync } from "node:fs";
import path from "node:path";
import { comeToRest, commands, prepare } from "./commands.mjs";
import { brokenInvariants } from "./invariants.mjs";
import { createMachine } from "./machine.mjs";
import { createRandom } from "./random.mjs";
import { startService } from "./service.mjs";

const calm = {
	honoursKeys: false,
	lagMs: 0,
	billRatio: 1,
	runMs: [80, 120],
	linkMs: 60_000,
};

/**
 * Kills a command before and after each change that it makes to the disk: alone, and beside a second one that was
 * stopped early and goes on when the first is dead.
 * @param names of the commands; @param most points of each, spread over all of them
 * @returns how many broke an invariant; one more for each command that no point killed, which proves nothing
 */
export async function runCrashPoints({
	names,
	most = Number.POSITIVE_INFINITY,
	atOnce = 3,
	say = console.log,
}) {
	let failures = 0;
	for (const name of names) {
		const command = commands[name];
		const changes = await countChanges(command);
		const numbers = Array.from({ length: changes }, (_, at) => at + 1);
		const all = [false, true].flatMap((isBeside) =>
			numbers.flatMap((at) =>
				["before", "after"].map((when) => ({ at, when, isBeside })),
			),
		);
		const step = Math.max(1, all.length / most);
		const points = Array.from(
			{ length: Math.min(most, all.length) },
			(_, at) => all[Math.floor(at * step)],
		);
		say(`${name}: ${changes} changes, ${points.length} points`);
		let kills = 0;
		const lane = async () => {
			for (let point = points.shift(); point; point = points.shift()) {
				const { broken, log, killed } = await crashAt(command, point);
				kills += killed;
				if (broken.length === 0) continue;
				failures += 1;
				say(
					`${name} killed ${point.when} change ${point.at}${point.isBeside ? ", beside another" : ""}:\n  ${broken.join("\n  ")}\n${log.join("\n")}`,
				);
			}
		};
		await Promise.all(Array.from({ length: atOnce }, lane));
		say(`${name}: ${kills} killed`);
		if (kills === 0) failures += 1;
	}
	return failures;
}

async function countChanges(command) {
	const service = await startService(createRandom(1), calm);
	const machine = createMachine(service);
	await prepare(command, machine);
	const file = path.join(machine.state, "..", "count");
	await machine.run(command.argv, { CHAOS_COUNT: file });
	const changes = Number(readFileSync(file, "utf8"));
	service.stop();
	machine.remove();
	return changes;
}

async function crashAt(command, { at, when, isBeside }) {
	const service = await startService(createRandom(at), calm);
	const machine = createMachine(service);
	const inputs = await prepare(command, machine);
	const crash = { CHAOS_CRASH: `${at}:${when}` };
	if (isBeside) {
		const behind = machine.start(command.argv, { ...crash, CHAOS_STOP: "1" });
		const hasEnded = await Promise.race([
			behind.ended,
			hasStopped(behind.child),
		]);
		if (!hasEnded) await machine.run(command.argv);
		behind.child.kill("SIGCONT");
		await behind.ended;
	} else await machine.run(command.argv, crash);
	const killed = machine.kills();
	const wrong = await comeToRest(command, machine, service);
	const broken = [
		...wrong,
		...(await brokenInvariants(machine, service, {
			asked: command.asked,
			inputs,
		})),
	];
	service.stop();
	if (broken.length === 0) machine.remove();
	return { broken, log: machine.log, killed };
}

/** Until the process is stopped, as the system says (proc(5)). */
async function hasStopped(child) {
	while (child.exitCode === null && child.signalCode === null) {
		const stat = readFileSync(`/proc/${child.pid}/stat`, "utf8");
		if (stat.slice(stat.lastIndexOf(")")).startsWith(") T")) return false;
		await new Promise((resolve) => setTimeout(resolve, 5));
	}
	return true;
}
