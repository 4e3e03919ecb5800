import { escaped } from "../system/escape.ts";

/**
 * A command line as it may be pasted into a POSIX shell. An address with a query may hold a signature or a token, and is
 * left out: this is shown, and kept with the job.
 */
export function retype(argv: readonly string[]): string {
	return ["flux-ultra", ...argv.map(withoutSecret).map(quoteForShell)].join(
		" ",
	);
}

/** The same from whichever folder it is pasted in: what it names may be relative. Kept with a job, which is seen elsewhere later. */
export function retypeIn(cwd: string, argv: readonly string[]): string {
	return enter(cwd) + retype(argv);
}

/** The words of a command for a sandbox that only a variable asked for: nowhere must they buy for money. */
export function withSandbox(
	argv: readonly string[],
	service: string,
): readonly string[] {
	if (service !== "sandbox" || argv.includes("--sandbox")) return argv;
	const end = argv.indexOf("--");
	return argv.toSpliced(end < 0 ? argv.length : end, 0, "--sandbox");
}

/** A command line for one service. @param own the address that the settings name */
export function commandAt(
	argv: readonly string[],
	service: string,
	own: string,
): string {
	const command = retype(withSandbox(argv, service));
	return service === "sandbox" || service === own
		? command
		: `FLUX_ULTRA_API_URL=${service} ${command}`;
}

/** Such a command as short as it may be in this folder. */
export function shownIn(cwd: string, command: string): string {
	const way = enter(cwd);
	return command.startsWith(way) ? command.slice(way.length) : command;
}

function enter(folder: string): string {
	return `cd ${quoteForShell(folder)} && `;
}

/** Pasted as it is shown, such a command is refused: no file and no host has this name. */
function withoutSecret(word: string): string {
	return word.replace(/https?:\/\/[^?]*\?.+/s, "…");
}

/**
 * A word as it may be pasted into a POSIX shell. What a terminal would act on is spelled out byte by byte, for `printf %b`, as
 * not every `sh` knows `$'…'`: shown as it is, it would be something else when it is copied.
 */
export function quoteForShell(word: string): string {
	if (/^[\w@%+=:,./-]+$/.test(word)) return word;
	if (escaped(word) === word) return singleQuoted(word);
	const text = word.replace(/\n+$/, "");
	// Of what a command prints a shell drops the last line ends.
	const lineEnds = word.slice(text.length);
	return [
		text && `"$(printf %b ${singleQuoted(spelledOut(text))})"`,
		lineEnds && singleQuoted(lineEnds),
	].join("");
}

function singleQuoted(text: string): string {
	return `'${text.replaceAll("'", `'\\''`)}'`;
}

function spelledOut(text: string): string {
	return [...text]
		.map((character) => {
			if (character === "\n") return "\\n";
			if (character === "\\") return "\\\\";
			if (escaped(character) === character) return character;
			const octal = (byte: number) => byte.toString(8).padStart(3, "0");
			return [...Buffer.from(character)]
				.map((byte) => `\\0${octal(byte)}`)
				.join("");
		})
		.join("");
}
