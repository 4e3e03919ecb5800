import { readFileSync, writeSync } from "node:fs";

/** Runs the command line of this process. What the build keeps of help and version is said before anything else is loaded. */
export async function start(): Promise<void> {
	const answer = answerTo(process.argv.slice(2));
	const rest = answer === undefined ? undefined : print(answer);
	if (rest?.length === 0) return;
	const { runProcess, stdout } = await import("./process.ts");
	if (rest) stdout().write(rest);
	else await runProcess();
}

/** What the build keeps of `makeAnswers`, so that help and version need no grammar; undefined where anything else is asked for. */
function answerTo(argv: readonly string[]): string | undefined {
	const question = questionOf(argv);
	if (question === undefined) return undefined;
	const file = new URL("answers.json", import.meta.url);
	const answers = JSON.parse(readFileSync(file, "utf8"));
	return Object.hasOwn(answers, question) ? answers[question] : undefined;
}

function questionOf(argv: readonly string[]): string | undefined {
	const last = argv.at(-1) ?? "";
	if (["--version", "-V"].includes(last))
		return [...argv.slice(0, -1), "--version"].join(" ");
	if (["--help", "-h"].includes(last))
		return ["help", ...argv.slice(0, -1)].join(" ");
	return argv[0] === "help" ? argv.join(" ") : undefined;
}

/**
 * By a plain write, as opening the stream takes a sixth of the time of a bare Node.
 * @returns what is left for the stream, which deals with a reader that left or lags
 */
function print(text: string): Buffer {
	const bytes = Buffer.from(text);
	let written = 0;
	try {
		// A console of Windows takes UTF-8 from the stream only.
		while (process.platform !== "win32" && written < bytes.length)
			written += writeSync(1, bytes, written);
	} catch {}
	return bytes.subarray(written);
}
