/**
 * A command line as it may be pasted into a POSIX shell. An address with a query may hold a signature or a token, and is
 * left out: this is shown, and kept with the job.
 */
export function retype(argv: readonly string[]): string {
	return ["flux-ultra", ...argv.map(withoutSecret).map(quote)].join(" ");
}

/** The same from whichever folder it is pasted in: what it names may be relative. Kept with a job, which is seen elsewhere later. */
export function retypeIn(cwd: string, argv: readonly string[]): string {
	return enter(cwd) + retype(argv);
}

/** Such a command as short as it may be in this folder. */
export function shownIn(cwd: string, command: string): string {
	const way = enter(cwd);
	return command.startsWith(way) ? command.slice(way.length) : command;
}

function enter(folder: string): string {
	return `cd ${quote(folder)} && `;
}

/** Pasted as it is shown, such a command is refused: no file and no host has this name. */
function withoutSecret(word: string): string {
	return word.replace(/https?:\/\/[^?]*\?.+/s, "…");
}

function quote(word: string): string {
	if (/^[\w@%+=:,./-]+$/.test(word)) return word;
	return `'${word.replaceAll("'", `'\\''`)}'`;
}
