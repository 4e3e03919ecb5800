/** A path with the user's folder in the place of a `~` at its start, where no shell has read it; `./~/` is a folder of that name. */
export function expandHome(
	path: string,
	user: { readonly home: string },
): string {
	return path.replace(/^~(?=$|[/\\])/, () => user.home);
}
