/**
 * A command line as it may be pasted into a POSIX shell. The query of an address may be a signature or a token, and is
 * left out: this is shown, and kept with the job.
 */
export function retype(argv: readonly string[]): string {
	return ["flux-ultra", ...argv.map(withoutSecret).map(quote)].join(" ");
}

/** An address of the command line without what may be a secret in it. */
export function withoutSecret(word: string): string {
	return word.replace(
		/(https?:\/\/)(?:[^/?#\s]*@)?([^?#\s]*)\?\S*/gi,
		"$1$2?…",
	);
}

function quote(word: string): string {
	if (/^[\w@%+=:,./-]+$/.test(word)) return word;
	return `'${word.replaceAll("'", `'\\''`)}'`;
}
