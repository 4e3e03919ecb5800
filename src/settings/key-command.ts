import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Failure, systemCode } from "../errors.ts";
import type { Runtime } from "../runtime.ts";

/**
 * The first line that the user's command prints, run by the system's shell (sh, cmd) so that pipes and variables work.
 * It may ask on the terminal, but never gets a piped stdin: that is the prompt. Throws Failure `auth` where it fails or prints
 * nothing, without a word of its output; `interrupted` where Ctrl-C ended it.
 * @param limitMs how long it may take: a minute, for somebody may have to unlock a password store
 */
export async function askKeyCommand(
	user: Pick<Runtime, "env" | "cwd" | "stdin" | "stderr">,
	command: string,
	limitMs = 60_000,
): Promise<string> {
	const limit = AbortSignal.timeout(limitMs);
	const child = spawn(command, {
		shell: true,
		cwd: user.cwd,
		env: user.env,
		stdio: [
			(user.stdin.isTTY ? descriptor(user.stdin) : undefined) ?? "ignore",
			"pipe",
			descriptor(user.stderr) ?? "pipe",
		],
		signal: limit,
	});
	child.stderr?.pipe(user.stderr, { end: false });
	try {
		const ending = once(child, "close");
		const [output, [exitCode, signalName]] = await Promise.all([
			collectOutput(child),
			ending,
		]);
		// A shell reports the Ctrl-C that ended its command as 130.
		if (signalName === "SIGINT" || exitCode === 130)
			throw new Failure("interrupted", "interrupted");
		if (signalName) throw failed(`was ended by ${signalName}`);
		if (exitCode !== 0) throw failed(`ended with exit code ${exitCode}`);
		return firstLine(output);
	} catch (error) {
		// What the shell started may live on and hold the pipe open: it must not hold us.
		child.stdout?.destroy();
		child.stderr?.destroy();
		child.unref();
		if (error instanceof Failure) throw error;
		throw failed(
			limit.aborted
				? `did not end within ${limitMs / 1000} s`
				: `could not be started (${systemCode(error)})`,
		);
	}
}

/** The number behind a stream of the process itself, so that the command sees the terminal and can ask there. */
function descriptor(stream: object): number | undefined {
	return "fd" in stream && typeof stream.fd === "number"
		? stream.fd
		: undefined;
}

async function collectOutput(child: ChildProcess): Promise<string> {
	let output = "";
	for await (const text of child.stdout?.setEncoding("utf8") ?? []) {
		output += text;
		if (output.length <= outputLimit) continue;
		child.kill();
		throw failed("printed more than a key");
	}
	return output;
}

function firstLine(output: string): string {
	const line = output
		.trim()
		.split(/[\r\n]/, 1)[0]
		?.trim();
	if (line) return line;
	throw failed("printed nothing");
}

function failed(how: string): Failure {
	return new Failure("auth", `the command in api-key-command ${how}`, {
		hint: "Run it by itself to see why; flux-ultra config get api-key-command shows it.",
	});
}

/** Far beyond any key, far below what would fill the memory. */
const outputLimit = 64 * 1024;
