import { writeFileSync } from "node:fs";
import path from "node:path";
import sharp from "sharp";
import { lookForImages } from "./invariants.mjs";

const lightning = ["-m", "lightning"];

/**
 * Ways to ask for images: the words, and how many images they ask for. Each can be repeated, and asks for the same until
 * all are home. From then on what asks for files by their names is refused, as those exist, and a batch has nothing to do.
 */
export const commands = {
	image: {
		argv: ["a garden at dawn", ...lightning, "-o", "one.jpg"],
		asked: 1,
		isRefusedWhenHome: true,
	},
	seeded: {
		argv: ["a garden at dawn", ...lightning, "-s", "7", "-o", "one.jpg"],
		asked: 1,
		isRefusedWhenHome: true,
	},
	count: {
		argv: [
			"a lamp in fog",
			...lightning,
			"-n",
			"3",
			"-p",
			"2",
			"-o",
			"lamps/{index}.jpg",
			"-y",
		],
		asked: 3,
		isRefusedWhenHome: true,
	},
	batch: {
		argv: ["batch", "rows.txt", ...lightning, "-o", "out/", "-p", "3", "-y"],
		asked: 3,
		rows: 3,
	},
	"long batch": {
		argv: ["batch", "rows.txt", ...lightning, "-o", "out/", "-p", "6", "-y"],
		asked: 12,
		rows: 12,
	},
	edit: {
		argv: [
			"the same at night",
			"-m",
			"klein",
			"-i",
			"in.png",
			"-o",
			"edit.jpg",
			"--format",
			"jpeg",
			"-y",
		],
		asked: 1,
		isRefusedWhenHome: true,
		isEdit: true,
	},
	outputs: {
		argv: [
			"two icons of rain",
			"-m",
			"klein",
			"--param",
			"num_images=2",
			"--format",
			"jpeg",
			"-o",
			"icons/{index}.jpg",
			"-y",
		],
		asked: 2,
		isRefusedWhenHome: true,
	},
	"no wait": {
		argv: ["a hill at noon", ...lightning, "-o", "hill.jpg", "--no-wait"],
		asked: 1,
		isRefusedWhenHome: true,
		isUnfinished: true,
	},
	listen: {
		argv: [
			"batch",
			"rows.txt",
			...lightning,
			"-o",
			"out/",
			"-p",
			"3",
			"-y",
			"--listen",
			"0",
		],
		asked: 3,
		rows: 3,
	},
};

/** Puts the files in place that a command reads. @returns their names */
export async function prepare({ rows, isEdit }, machine) {
	if (rows)
		writeFileSync(
			path.join(machine.cwd, "rows.txt"),
			Array.from(
				{ length: rows },
				(_, at) => `a mill by the river, number ${at + 1}\n`,
			).join(""),
		);
	if (isEdit)
		writeFileSync(
			path.join(machine.cwd, "in.png"),
			await sharp({
				create: { width: 64, height: 64, channels: 3, background: "#345" },
			})
				.png()
				.toBuffer(),
		);
	return ["rows.txt", "in.png"];
}

/**
 * The same command again, and `resume`, until everything has come to rest.
 * @param resumesFirst false: the same command alone has to do, if it can
 * @returns what is wrong with how they ended, in words
 */
export async function comeToRest(
	{ argv, asked, isRefusedWhenHome },
	machine,
	service,
	{ inputs, mayLack = false, resumesFirst = true },
) {
	const wrong = [];
	for (let round = 0; round < 6; round += 1) {
		const orders = service.account.orders;
		if (round > 0 || resumesFirst) await machine.run(["resume"]);
		if (service.account.orders !== orders) wrong.push("resume sent an order");
		const { code, stderr } = await machine.run(
			argv.filter((word) => word !== "--no-wait"),
		);
		const isThere =
			isRefusedWhenHome &&
			code === 2 &&
			/exists/.test(stderr) &&
			(await lookForImages(machine, service, inputs)).home === asked;
		if (code === 0 || isThere || (mayLack && [1, 3, 5].includes(code))) break;
		if (round === 5) wrong.push(`does not come to rest: exit ${code}`);
	}
	const orders = service.account.orders;
	const { code, stderr } = await machine.run(["resume"]);
	if (service.account.orders !== orders) wrong.push("resume sent an order");
	if (code !== 0)
		wrong.push(
			`resume at the end: exit ${code}: ${stderr.trim().split("\n").at(-1)}`,
		);
	return wrong;
}
