import { spawnSync } from "node:child_process";
import { median } from "./numbers.mjs";
import { bin, createPlace } from "./programs.mjs";

const pairs = 21;

/** Whole processes, each right after a Node that does nothing: the ratio of one pair is not touched by what else the machine does. */
export async function run(bench) {
	const place = await createPlace(bench);
	const figures = [];
	for (const { name, argv, atMost, code } of cases) {
		const results = Array.from({ length: pairs }, () => ({
			bareMs: time(["-e", "0"], 0, place),
			oursMs: time([bin, ...argv], code, place),
		}));
		figures.push({
			name: `start of ${name}`,
			unit: "× bare node",
			digits: 2,
			value: median(results.map(({ bareMs, oursMs }) => oursMs / bareMs)),
			atMost,
			note: `bare node ${Math.round(median(results.map(({ bareMs }) => bareMs)))} ms`,
		});
	}
	return figures;
}

const cases = [
	{ name: "--version", argv: ["--version"], code: 0, atMost: 1.1 },
	{ name: "--help", argv: ["--help"], code: 0, atMost: 1.4 },
	{
		name: "a usage error",
		argv: ["--nonsense", "a lighthouse"],
		code: 2,
		atMost: 1.5,
	},
];

function time(argv, code, { env, folder: cwd }) {
	const startedAtMs = performance.now();
	const { status } = spawnSync(process.execPath, argv, { env, cwd });
	const tookMs = performance.now() - startedAtMs;
	if (status === code) return tookMs;
	throw new Error(`${argv.join(" ")} ended with ${status}`);
}
