/** A command line as it may be pasted into a POSIX shell. */
export function retype(argv: readonly string[]): string {
	return ["flux-ultra", ...argv.map(quote)].join(" ");
}

function quote(word: string): string {
	if (/^[\w@%+=:,./-]+$/.test(word)) return word;
	return `'${word.replaceAll("'", `'\\''`)}'`;
}
