import { writeFileSync } from "node:fs";
import path from "node:path";
import sharp from "sharp";
import { lookForImages } from "./invariants.mjs";

const lightning = ["-m", "lightning"];
const priceMicros = 3_000;

function batchOf(rows, ...more) {
	return {
		argv: ["batch", "rows.txt", ...lightning, "-o", "out/", "-y", ...more],
		...{ asked: rows, input: "rows.txt", priceMicros, isBatch: true },
	};
}

/**
 * Ways to ask for images: the words, and how many images they ask for. Each can be repeated, and asks for the same until
 * all are home. From then on what asks for files by their names is refused, as those exist, and a batch has nothing to do.
 */
export const commands = {
	image: {
		argv: ["a garden at dawn", ...lightning, "-o", "one.jpg"],
		...{ asked: 1, isRefusedWhenHome: true },
	},
	seeded: {
		argv: ["a garden at dawn", ...lightning, "-s", "7", "-o", "one.jpg"],
		...{ asked: 1, isRefusedWhenHome: true },
	},
	stdout: {
		argv: ["a garden at dusk", ...lightning, "-s", "8", "-o", "-"],
		...{ asked: 1, toStdout: true },
	},
	count: {
		argv: [
			...["a lamp in fog", ...lightning, "-n", "3", "-p", "2"],
			...["-o", "lamps/{index}.jpg", "-y"],
		],
		...{ asked: 3, isRefusedWhenHome: true, priceMicros },
	},
	batch: batchOf(3, "-p", "3"),
	"long batch": batchOf(12, "-p", "6"),
	edit: {
		argv: [
			...["the same at night", "-m", "klein", "-i", "in.png"],
			...["-o", "edit.jpg", "--format", "jpeg", "-y"],
		],
		...{ asked: 1, isRefusedWhenHome: true, input: "in.png" },
	},
	outputs: {
		argv: [
			...["two icons of rain", "-m", "klein", "--param", "num_images=2"],
			...["--format", "jpeg", "-o", "icons/{index}.jpg", "-y"],
		],
		...{ asked: 2, isRefusedWhenHome: true },
	},
	"no wait": {
		argv: ["a hill at noon", ...lightning, "-o", "hill.jpg", "--no-wait"],
		...{ asked: 1, isRefusedWhenHome: true },
	},
	listen: batchOf(3, "-p", "3", "--listen", "0"),
};

/** The words of a command that tells what it did in records, where it can. */
export function withRecords({ argv, toStdout }) {
	return toStdout ? argv : [...argv, "--json"];
}

/** Puts the file in place that a command reads. */
export async function prepare({ command, cwd }) {
	const { input, asked } = command;
	if (input === undefined) return;
	const file = path.join(cwd, input);
	if (input === "rows.txt") {
		const rows = Array.from(
			{ length: asked },
			(_, at) => `a mill by the river, number ${at + 1}\n`,
		);
		return writeFileSync(file, rows.join(""));
	}
	// Of several hundred kilobytes, so that an upload can be cut in the middle.
	const noise = { type: "gaussian", mean: 128, sigma: 40 };
	const size = { width: 400, height: 400, channels: 3 };
	await sharp({ create: { ...size, noise } })
		.png()
		.toFile(file);
}

/**
 * The same command again, and `resume`, until everything has come to rest. What is wrong with how they end is put down
 * with the machine.
 * @param resumesFirst false: the same command alone has to do, if it can
 * @param isLimited a limit of the day may leave out some images
 * @param keys all that something was bought with
 */
export async function comeToRest(
	machine,
	{ isLimited = false, resumesFirst = true, keys },
) {
	const { command, service, wrong } = machine;
	const resume = async (mustSucceed) => {
		for (const RUNFLOW_API_KEY of keys) {
			const before = service.accepted();
			const words = ["resume", "--json"];
			const { code, stderr } = await machine.run(words, { RUNFLOW_API_KEY });
			// An order of a process that was killed before may be taken only now.
			if (service.account.orders.some((connection) => connection > before))
				wrong.push("resume sent an order");
			if (mustSucceed && code !== 0)
				wrong.push(`resume at the end: exit ${code}: ${stderr.trim()}`);
		}
	};
	const again = withRecords(command).filter((word) => word !== "--no-wait");
	for (let round = 0; ; round += 1) {
		if (round > 0 || resumesFirst) await resume(false);
		const outcome = await machine.run(again);
		if (await isAtRest(outcome, machine, { isLimited, keys })) break;
		if (round < 5) continue;
		wrong.push(`does not come to rest: exit ${outcome.code}`);
		break;
	}
	await resume(true);
}

async function isAtRest(
	{ code, records = [], stderr },
	machine,
	{ isLimited, keys },
) {
	if (code === 0) return true;
	// What another account bought from here once, this one cannot fetch: that is for the user to decide on.
	if (keys.length > 1 && /does not know run .*\n.*--force/.test(stderr))
		return true;
	const codes = new Set(records.map(({ error }) => error?.code));
	if (isLimited && [1, 3, 5].includes(code))
		return [...codes].every((one) => [undefined, "over_budget"].includes(one));
	const { asked, isRefusedWhenHome } = machine.command;
	const isRefused = isRefusedWhenHome && code === 2 && codes.has("exists");
	return isRefused && (await lookForImages(machine)).home === asked;
}
