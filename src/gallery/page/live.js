/** Takes the content anew whenever the server of `gallery --watch` says that it has changed. */
export function watchServer({ events, content }, take) {
	const source = new EventSource(events);
	source.addEventListener("message", async () => {
		const answer = await fetch(content);
		if (answer.ok) take(await answer.json());
	});
}
