/**
 * A command line as it may be pasted into a POSIX shell. An address with a query may hold a signature or a token, and is
 * left out: this is shown, and kept with the job.
 */
export function retype(argv: readonly string[]): string {
	return ["flux-ultra", ...argv.map(withoutSecret).map(quote)].join(" ");
}

/** Pasted as it is shown, such a command is refused: no file and no host has this name. */
function withoutSecret(word: string): string {
	return word.replace(/https?:\/\/[^?]*\?.+/s, "…");
}

function quote(word: string): string {
	if (/^[\w@%+=:,./-]+$/.test(word)) return word;
	return `'${word.replaceAll("'", `'\\''`)}'`;
}
