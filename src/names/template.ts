import { Failure } from "../errors.ts";

/** A stretch of a template: text as it stands, or a placeholder to be replaced. */
export type Piece =
	| { readonly kind: "text"; readonly text: string }
	| { readonly kind: "placeholder"; readonly name: string };

/**
 * The stretches of a template: `{name}` is a placeholder, `{{` and `}}` are single braces, a lone `}` is itself.
 * @throws Failure `usage` where a `{` is never closed
 */
export function parseTemplate(template: string): readonly Piece[] {
	const known = parsed.get(template);
	if (known) return known;
	const pieces = parse(template);
	if (parsed.size < mostParsed) parsed.set(template, pieces);
	return pieces;
}

/** The templates of a command come first, and again for each of its images; what is expanded from them comes once. */
const parsed = new Map<string, readonly Piece[]>();
const mostParsed = 16;

function parse(template: string): readonly Piece[] {
	const pieces: Piece[] = [];
	let text = "";
	const endText = () => {
		if (text !== "") pieces.push({ kind: "text", text });
		text = "";
	};
	for (const token of template.split(/(\{\{|\}\}|\{[^{}]*\}|\{)/)) {
		if (token === "{")
			throw new Failure("usage", `a "{" is never closed in "${template}"`, {
				hint: "write {{ for a brace in a file name",
			});
		if (token.startsWith("{") && token.endsWith("}")) {
			endText();
			pieces.push({ kind: "placeholder", name: token.slice(1, -1) });
		} else text += token === "{{" || token === "}}" ? token[0] : token;
	}
	endText();
	return pieces;
}

/** Text as it must be written in a template to stand for itself. */
export function escapeBraces(text: string): string {
	if (!/[{}]/.test(text)) return text;
	return text.replaceAll("{", "{{").replaceAll("}", "}}");
}

/** The names of the placeholders, each once, in the order of the template. @throws Failure `usage` as parseTemplate does */
export function placeholdersOf(template: string): readonly string[] {
	const names: string[] = [];
	for (const piece of parseTemplate(template))
		if (piece.kind === "placeholder" && !names.includes(piece.name))
			names.push(piece.name);
	return names;
}
