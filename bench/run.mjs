import { measurements, measureSpeed } from "./speed/run.mjs";

/** `npm run bench -- [name] [options]`: all figures of speed, one measurement of them, or `kills`. */
const [first, ...rest] = process.argv.slice(2);
const isNamed = first !== undefined && !first.startsWith("-");
const words = isNamed ? rest : process.argv.slice(2);
const speed = Object.keys(measurements);

if (!isNamed) process.exitCode = await measureSpeed(speed, words);
else if (speed.includes(first))
	process.exitCode = await measureSpeed([first], words);
else if (first === "kills") {
	const { run } = await import("./kills.mjs");
	process.exitCode = await run(words);
} else {
	console.error(`no bench ${first}; there are: ${speed.join(", ")}, kills`);
	process.exitCode = 2;
}
