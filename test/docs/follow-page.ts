import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import type { TestContext } from "vitest";
import type { Paint } from "../../src/sandbox/pictures.ts";
import { createShell } from "../cli/shell.ts";

const prelude = fileURLToPath(new URL("follow-page.sh", import.meta.url));

/**
 * Has bash run a page of the documentation from top to bottom, beside a sandbox of its own.
 * @returns what ended otherwise than the page says, and the commands that were not reached
 */
export async function followPage(page: string, context: TestContext) {
	const shell = await createShell(context, { latencyMs: 50, paint });
	writeFileSync(
		join(shell.cwd, "ISOcoated_v2_eci.icc"),
		(await pressProfile()) ?? "",
	);
	const home = join(shell.cwd, "..");
	const lines = commandsOf(page);
	writeFileSync(join(home, "page.sh"), lines.join("\n"));
	await shell.sh(`BASH_ENV='${prelude}' exec bash -o pipefail "$HOME/page.sh"`);
	const ends = readFileSync(join(home, "exits"), "utf8").trim().split("\n");
	const reached = new Set<number>();
	const unexpected = ends.flatMap((end) => {
		const [line, code, command] = end.split("\t");
		reached.add(Number(line));
		return code === exitOf(lines[Number(line) - 1] ?? "")
			? []
			: [`line ${line}: exit ${code}: ${command}`];
	});
	const notReached = lines.flatMap((line, at) =>
		line.startsWith("flux-ultra ") && !reached.has(at + 1)
			? [`line ${at + 1}: ${line}`]
			: [],
	);
	return { unexpected, notReached };
}

/**
 * Pictures of full size, as prints are refused of small ones: all of a size are one white one, and a JPEG is told from
 * the others by its comment.
 */
const paint: Paint = async ({ prompt, seed, width, height, format }) => {
	const name = `${width}x${height}.${format}`;
	const made =
		painted.get(name) ??
		sharp({ create: { width, height, channels: 3, background: "white" } })
			.toFormat(format)
			.toBuffer();
	painted.set(name, made);
	if (format !== "jpeg") return made;
	const hash = createHash("sha256").update(`${seed} ${prompt}`).digest();
	const comment = [0xff, 0xfe, 0, 2 + hash.length, ...hash];
	const [start, rest] = [(await made).subarray(0, 2), (await made).subarray(2)];
	return Buffer.concat([start, Buffer.from(comment), rest]);
};

const painted = new Map<string, Promise<Buffer>>();

/** In the place of a profile that print shops have. */
async function pressProfile(): Promise<Buffer | undefined> {
	const background = "white";
	const press = await sharp({
		create: { width: 1, height: 1, channels: 3, background },
	})
		.toColourspace("cmyk")
		.withIccProfile("cmyk")
		.jpeg()
		.toBuffer();
	return (await sharp(press).metadata()).icc;
}

/**
 * A page as a script with the same numbers of lines: each line of a `sh` block, and what follows `$ ` in a `console`
 * block; all others are empty. A block that begins with `#!` is a file to be saved, and not pasted.
 */
function commandsOf(page: string): readonly string[] {
	let kind = "";
	return page.split("\n").map((line) => {
		const fence = /^```(\w*)/.exec(line);
		if (fence) {
			kind = kind === "" ? fence[1] || "output" : "";
			return 'cd "$HOME/work"';
		}
		if (line.startsWith("#!")) kind = "file";
		if (kind === "sh") return line;
		return kind === "console" ? (/^\$ (.*)/.exec(line)?.[1] ?? "") : "";
	});
}

/** What a comment says that a command ends with: `# … exit 5`. */
function exitOf(line: string): string {
	return /# .*\bexit (\d+)/.exec(line)?.[1] ?? "0";
}
