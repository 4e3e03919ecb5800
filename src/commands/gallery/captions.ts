import path from "node:path";
import { Failure } from "../../errors.ts";
import { parseTemplate, placeholdersOf } from "../../names/template.ts";
import { escaped } from "../../system/escape.ts";
import type { ReportRow } from "../verify/report-rows.ts";
import type { Found } from "./gather.ts";

export interface Captions {
	/** Undefined without a template. */
	ofImage(image: Found, row: ReportRow | undefined): string | undefined;
	ofRow(row: ReportRow): string | undefined;
}

/** What an image is called by, beside the columns of its row. */
const ownNames = ["file", "name", "prompt", "seed", "model", "project"];

/**
 * @param template `{sku} {name}`: columns of a batch, by its report, or what is known of every image. What an image does not have is
 * left empty
 * @throws {Failure} `usage` for a name that nothing has
 */
export function readCaptions(
	template: string | undefined,
	rows: readonly ReportRow[],
): Captions {
	if (template === undefined)
		return { ofImage: () => undefined, ofRow: () => undefined };
	const columns = new Set(rows.flatMap((row) => Object.keys(row.columns)));
	const unknown = placeholdersOf(template).find(
		(name) => !columns.has(name) && !ownNames.includes(name),
	);
	if (unknown !== undefined)
		throw new Failure(
			"usage",
			`--caption names {${escaped(unknown)}}, which no image has`,
			{
				hint: `there are: ${escaped([...columns, ...ownNames].slice(0, 30).join(", "))}${rows.length === 0 ? "; a batch's own columns are in its --report" : ""}`,
			},
		);
	const fill = (values: Readonly<Record<string, string>>) =>
		parseTemplate(template)
			.map((piece) =>
				piece.kind === "text" ? piece.text : (values[piece.name] ?? ""),
			)
			.join("")
			.trim();
	return {
		ofImage: ({ name, origin }, row) =>
			fill({
				file: name,
				name: path.parse(name).name,
				prompt: origin?.record.prompt ?? "",
				seed: String(origin?.record.seed ?? ""),
				model: origin?.record.model ?? "",
				project: origin?.project ?? "",
				...row?.columns,
			}),
		ofRow: ({ columns: own, prompt = "" }) => fill({ prompt, ...own }),
	};
}
