/**
 * What `JSON.parse` found, in few words and the same in every Node: `not JSON: unterminated string at column 14`. V8 says
 * more or less of the text and of the place from one version to the next.
 */
export function jsonFault(error: unknown): string {
	const message = error instanceof Error ? error.message : String(error);
	const fault = message
		.replace(/^Unexpected token ('.{1,2}'|.{1,2}),? .*$/su, "unexpected $1")
		.replace(/ \(line \d+ column \d+\)$/, "")
		.replace(
			/(?: in JSON)? at position (\d+)$/,
			(_, at) => ` at ${columnOf(at)}`,
		)
		.replace(/^Unexpected end of JSON input$/, "it ends too soon");
	return `not JSON: ${fault.charAt(0).toLowerCase()}${fault.slice(1)}`;
}

function columnOf(position: string): string {
	return `column ${Number(position) + 1}`;
}
