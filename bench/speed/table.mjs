import { execFileSync } from "node:child_process";
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { arch, cpus, loadavg, platform, release, totalmem } from "node:os";
import path from "node:path";
import { median } from "./numbers.mjs";

/** Each figure as a line: what it is, what it should be, and what the others come to. */
export function toTable(figures) {
	const heads = ["figure", "here", "target", "met", "others", "limit here"];
	const rows = [heads, ...figures.map(toRow)];
	const widths = heads.map((_, column) =>
		Math.max(...rows.map((row) => row[column].length)),
	);
	const line = (row) =>
		`| ${row.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |`;
	const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
	return [line(heads), rule, ...rows.slice(1).map(line)].join("\n");
}

function toRow(figure) {
	const { name, unit, value, peers = {}, limit, note } = figure;
	const said = [`${number(value, figure)}${unit ? ` ${unit}` : ""}`, note];
	return [
		name,
		said.filter(Boolean).join("; "),
		targetOf(figure),
		{ true: "yes", false: "no" }[isMet(figure)] ?? "",
		Object.entries(peers)
			.map(([peer, its]) => `${peer} ${number(its, figure)}`)
			.join(", "),
		limit === undefined ? "" : number(limit, figure),
	];
}

/** @returns undefined where there is no target */
export function isMet({ value, atMost, atLeast }) {
	if (atMost === undefined && atLeast === undefined) return undefined;
	return atMost === undefined ? value >= atLeast : value <= atMost;
}

function targetOf({ atMost, atLeast }) {
	if (atMost !== undefined) return `≤ ${atMost}`;
	return atLeast === undefined ? "" : `≥ ${atLeast}`;
}

function number(value, { digits = 0 }) {
	return value.toLocaleString("en", {
		...{ minimumFractionDigits: digits, maximumFractionDigits: digits },
	});
}

/** What the figures were taken on. */
export function describeMachine(folder) {
	const processors = cpus();
	return {
		cpu: `${processors.length} × ${processors[0]?.model.trim()}`,
		memoryGiB: Math.round(totalmem() / 2 ** 30),
		system: `${platform()} ${release()} ${arch()}`,
		node: process.version,
		commit: commitOf(),
		takenAt: new Date().toISOString(),
		/** Processes that wanted to run in the last minute, on average: above the number of cores the figures are worth little. */
		load: Number(loadavg()[0].toFixed(1)),
		flushMs: Number(timeFlush(folder).toFixed(2)),
	};
}

function commitOf() {
	try {
		const options = { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] };
		return execFileSync("git", ["describe", "--always", "--dirty"], {
			...options,
			cwd: import.meta.dirname,
		}).trim();
	} catch {
		return undefined;
	}
}

/** What a flush of a small file takes where the images are written. */
function timeFlush(folder) {
	const file = openSync(path.join(folder, "flush"), "w");
	const times = Array.from({ length: 11 }, () => {
		writeSync(file, "a line");
		const startedAtMs = performance.now();
		fsyncSync(file);
		return performance.now() - startedAtMs;
	});
	closeSync(file);
	return median(times);
}
