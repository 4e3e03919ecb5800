import { parseArgs } from "node:util";
import { crashSettings, runCrashPoints } from "./crash-points.mjs";
import { runSchedule } from "./schedule.mjs";

/*
 * `npm run chaos [minutes]`: random schedules until the time is over. `--seed n`: that one. `--crash-points [names]`: a kill at each change of the disk.
 * See docs/chaos.md.
 */

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		seed: { type: "string" },
		"crash-points": { type: "boolean", default: false },
		most: { type: "string" },
		"at-once": { type: "string", default: "3" },
		setting: { type: "string", multiple: true, default: crashSettings },
	},
});
const atOnce = Number(values["at-once"]);

if (values["crash-points"]) {
	const names =
		positionals.length > 0
			? positionals
			: ["image", "stdout", "edit", "count", "batch"];
	const most = values.most === undefined ? undefined : Number(values.most);
	const failures = await runCrashPoints({
		names,
		most,
		atOnce,
		settings: values.setting,
	});
	console.log(
		failures === 0
			? "no invariant was broken"
			: `${failures} broke an invariant, or killed nothing`,
	);
	process.exitCode = failures === 0 ? 0 : 1;
} else {
	const untilMs = Date.now() + Number(positionals[0] ?? 5) * 60_000;
	let seed =
		values.seed === undefined
			? Math.trunc(Math.random() * 1e9)
			: Number(values.seed);
	const failed = [];
	let done = 0;
	let killed = 0;
	const lane = async () => {
		do {
			const mine = seed;
			seed += 7;
			const { name, broken, log, folder, kills } = await runSchedule(mine);
			done += 1;
			killed += kills;
			if (broken.length === 0) continue;
			failed.push(mine);
			console.log(
				`--seed ${mine} (${name}, ${folder}):\n  ${broken.join("\n  ")}\n${log.join("\n")}\n`,
			);
		} while (values.seed === undefined && Date.now() < untilMs);
	};
	console.log(`random schedules from --seed ${seed} on`);
	await Promise.all(
		Array.from({ length: values.seed === undefined ? atOnce : 1 }, lane),
	);
	console.log(
		`${done} schedules, ${killed} processes killed, ${failed.length} broke an invariant${failed.length > 0 ? `: --seed ${failed.join(", ")}` : ""}`,
	);
	// Without a kill nothing is proven; one schedule alone may have none.
	const isIdle = killed === 0 && values.seed === undefined;
	process.exitCode = failed.length === 0 && !isIdle ? 0 : 1;
}
