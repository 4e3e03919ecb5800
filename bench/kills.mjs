import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { startSandbox } from "../dist/sandbox.cjs";

/*
 * Buys an image, kills the command with SIGKILL at a random moment, and goes on with the same command or with `resume`,
 * at random: as many images as purchases, or money was lost. Each image has a folder, a state and a sandbox of its own.
 */

const bin = fileURLToPath(new URL("../bin/flux-ultra.js", import.meta.url));
/** Looked for from its first moment on, so that a run is over soon; and small, because the bytes are not the question. */
const command = [
	...["a serene japanese garden", "--seed", "7", "-o", "x.jpg"],
	...["-m", "lightning", "--param", "width=256", "--param", "height=256"],
];
const latencyMs = 300;

/** @param {string[]} words `--kills <n>`, `--at-once <n>`, `--seed <n>` */
export async function run(words) {
	const { values } = parseArgs({
		args: words,
		options: {
			kills: { type: "string", default: "200" },
			"at-once": { type: "string", default: `${2 * availableParallelism()}` },
			seed: {
				type: "string",
				default: `${Math.trunc(Math.random() * 2 ** 31)}`,
			},
		},
	});
	const random = createRandom(Number(values.seed));
	const picture = await paint();
	const atOnce = Number(values["at-once"]);
	const wholeMs = await measure(picture, atOnce);
	console.log(
		`${values.kills} kills between 0 and ${Math.round(wholeMs)} ms of a command, ${atOnce} at once (--seed ${values.seed})`,
	);

	const startedAt = performance.now();
	const results = [];
	let next = 0;
	const lane = async () => {
		while (next < Number(values.kills)) {
			next += 1;
			const plan = { killMs: random() * wholeMs, resumes: random() < 0.5 };
			results.push(await killOne(plan, picture));
			if (process.stderr.isTTY)
				process.stderr.write(`\r${results.length} of ${values.kills}`);
		}
	};
	await Promise.all(Array.from({ length: atOnce }, lane));
	return report(results, performance.now() - startedAt);
}

/** One kill and what follows it. */
async function killOne({ killMs, resumes }, picture) {
	const place = await createPlace(picture);
	try {
		const stage = await place.killAfter(killMs);
		const follow = resumes ? "resume" : "same command";
		let { code, stderr } = await place.run(resumes ? ["resume"] : command);
		// Killed before it had bought anything: resume says so, and buys nothing.
		if (resumes && code === 0 && !(await place.hasImage()))
			({ code, stderr } = await place.run(command));
		// Killed between the image's last step and the end of its job: the same command finds the file and says that it exists.
		else if (code === 2 && (await place.hasImage())) code = 0;
		return {
			stage,
			follow,
			code,
			images: (await place.hasImage()) ? 1 : 0,
			purchases: place.purchases(),
			open: await place.openJobs(),
			stderr,
		};
	} finally {
		await place.remove();
	}
}

/** How long the command takes here with as many beside it as there will be: the slowest, so that each moment gets its kills. */
async function measure(picture, atOnce) {
	const times = Array.from({ length: atOnce }, async () => {
		const place = await createPlace(picture);
		const startedAt = performance.now();
		const { code, stderr } = await place.run(command);
		const tookMs = performance.now() - startedAt;
		await place.remove();
		if (code === 0) return tookMs;
		throw new Error(`the command alone ends with ${code}: ${stderr}`);
	});
	return Math.max(...(await Promise.all(times)));
}

async function createPlace(picture) {
	const home = await mkdtemp(path.join(tmpdir(), "flux-ultra-kills-"));
	const cwd = path.join(home, "work");
	const state = path.join(home, "state");
	await mkdir(cwd);
	const sandbox = await startSandbox({
		anyKey: true,
		latencyMs,
		paint: async () => picture,
	});
	const start = (argv) =>
		spawn(process.execPath, [bin, ...argv], {
			cwd,
			stdio: ["ignore", "ignore", "pipe"],
			env: {
				PATH: process.env.PATH,
				HOME: home,
				FLUX_ULTRA_API_URL: sandbox.apiUrl,
				FLUX_ULTRA_STATE_DIR: state,
				FLUX_ULTRA_CONFIG_DIR: path.join(home, "config"),
				RUNFLOW_API_KEY: "rf_bench",
			},
		});
	const end = (child) =>
		new Promise((resolve) => {
			let stderr = "";
			child.stderr.setEncoding("utf8").on("data", (chunk) => {
				stderr += chunk;
			});
			child.on("close", (code) => resolve({ code, stderr }));
		});
	return {
		async run(argv) {
			return end(start(argv));
		},
		/** Kills the command after a time. @returns the last thing that it had said */
		async killAfter(ms) {
			const child = start(command);
			const ended = end(child);
			await Promise.race([pause(ms), ended]);
			child.kill("SIGKILL");
			const { code, stderr } = await ended;
			return code === 0 ? "ended" : stageOf(stderr);
		},
		purchases: () => sandbox.summary().bought,
		hasImage: async () => (await readdir(cwd)).includes("x.jpg"),
		/** Folders of jobs with a job in them: of one that was killed while it made or took away its folder, an empty one may stay. */
		openJobs: async () => {
			const jobs = path.join(state, "jobs");
			const names = await readdir(jobs, { recursive: true }).catch(() => []);
			return names.filter((name) => /^[^.].*\.json$/.test(name)).length;
		},
		async remove() {
			await sandbox.stop();
			await rm(home, { recursive: true, force: true });
		},
	};
}

const stages = [
	["✔", "placed"],
	["downloading", "downloading"],
	["running", "running"],
	["queued", "queued"],
	["submitted", "bought"],
	["sending", "sending"],
];

function stageOf(stderr) {
	const found = stages.find(([word]) => stderr.includes(word));
	return found ? found[1] : "starting";
}

/** @returns the exit code: 0 where no image and no purchase is missing or too many */
function report(results, tookMs) {
	const names = [
		"starting",
		...stages.map(([, name]) => name).reverse(),
		"ended",
	];
	const rows = names.flatMap((stage) =>
		["same command", "resume"].flatMap((follow) => {
			const some = results.filter(
				(one) => one.stage === stage && one.follow === follow,
			);
			return some.length === 0 ? [] : [[stage, follow, ...sumsOf(some)]];
		}),
	);
	const heads = [
		"killed at",
		"then",
		"kills",
		"images",
		"purchases",
		"open",
		"failed",
	];
	console.log(`\n${align([heads, ...rows, ["all", "", ...sumsOf(results)]])}`);
	const wrong = results.filter(
		({ images, purchases, open, code }) =>
			images !== 1 || purchases !== 1 || open !== 0 || code !== 0,
	);
	console.log(`${(tookMs / 1_000).toFixed(0)} s`);
	for (const one of wrong) console.log(JSON.stringify(one));
	return wrong.length === 0 ? 0 : 1;
}

function sumsOf(some) {
	const sum = (name) => some.reduce((total, one) => total + one[name], 0);
	const failed = some.filter(({ code }) => code !== 0).length;
	return [some.length, sum("images"), sum("purchases"), sum("open"), failed];
}

function align(rows) {
	const widths = rows[0].map((_, column) =>
		Math.max(...rows.map((row) => String(row[column]).length)),
	);
	return rows
		.map((row) =>
			row
				.map((cell, column) =>
					typeof cell === "number"
						? String(cell).padStart(widths[column])
						: cell.padEnd(widths[column]),
				)
				.join("  ")
				.trimEnd(),
		)
		.join("\n");
}

function paint() {
	const create = { width: 256, height: 256, channels: 3, background: "#3b5" };
	return sharp({ create }).jpeg().toBuffer();
}

/** The same moments for the same seed (mulberry32). */
function createRandom(seed) {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}
