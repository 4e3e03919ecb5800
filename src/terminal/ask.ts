import { createInterface } from "node:readline";
import { Failure } from "../errors.ts";
import type { Runtime } from "../runtime.ts";

type Terminal = Pick<Runtime, "stdin" | "stderr" | "onSignal">;

/** Whether somebody is there to answer: stdin and stderr are terminals. */
export function canAsk(world: Pick<Runtime, "stdin" | "stderr">): boolean {
	return world.stdin.isTTY === true && world.stderr.isTTY === true;
}

/** The line that is typed or pasted, without showing it; empty after Ctrl-D. Throws Failure `interrupted` after Ctrl-C. */
export async function askSecret(
	question: string,
	world: Terminal,
): Promise<string> {
	return (await readAnswer(question, world, { echo: false })) ?? "";
}

/** True for a yes; Enter alone and Ctrl-D are a no. Throws Failure `interrupted` after Ctrl-C. */
export async function askYesNo(
	question: string,
	world: Terminal,
): Promise<boolean> {
	for (;;) {
		const ask = `${question} [y/N] `;
		const answer = (await readAnswer(ask, world, { echo: true })) ?? "";
		if (/^y(es)?$/i.test(answer.trim())) return true;
		if (/^(no?)?$/i.test(answer.trim())) return false;
	}
}

/**
 * One line from the terminal, undefined where it ended (Ctrl-D). The question goes to stderr, as stdout is for results.
 * node:readline and not the package read: that one never settles after Ctrl-D, and the process ends with code 13.
 */
function readAnswer(
	question: string,
	{ stdin, stderr, onSignal }: Terminal,
	{ echo }: { readonly echo: boolean },
): Promise<string | undefined> {
	return new Promise((resolve, reject) => {
		// A line editor that has no output shows nothing of what is typed.
		const lines = createInterface({
			input: stdin,
			terminal: true,
			historySize: 0,
			...(echo && { output: stderr }),
		});
		// Enter is echoed by the editor; after Ctrl-C, Ctrl-D and a hidden answer the cursor still stands behind the question.
		let lineIsOpen = true;
		const interrupt = () => {
			reject(new Failure("interrupted", "interrupted at the question"));
			lines.close();
		};
		const forget = onSignal(interrupt);
		lines.on("SIGINT", interrupt);
		lines.on("line", (line) => {
			lineIsOpen = !echo;
			resolve(line);
			lines.close();
		});
		lines.on("close", () => {
			forget();
			if (lineIsOpen) stderr.write("\n");
			resolve(undefined);
		});
		if (echo) {
			lines.setPrompt(question);
			lines.prompt();
		} else stderr.write(question);
	});
}
