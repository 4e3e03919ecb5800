import path from "node:path";
import { Failure } from "../../errors.ts";
import { parseTemplate, placeholdersOf } from "../../names/template.ts";
import { escaped } from "../../system/escape.ts";
import type { ReportRow } from "../verify/report-rows.ts";
import type { Found } from "./gather.ts";

/** The text below an image, or in the place of one that is missing; undefined without a template. */
export type Caption = (
	row: ReportRow | undefined,
	image?: Found,
) => string | undefined;

/** What an image is called by, beside the columns of its row. */
const ownNames = ["file", "name", "prompt", "seed", "model", "project"];

/**
 * @param template `{sku} {name}`: columns of a batch, by its report, or what is known of every image. What an image does not have is
 * left empty
 * @throws {Failure} `usage` for a name that nothing has
 */
export function readCaption(
	template: string | undefined,
	rows: readonly ReportRow[],
): Caption {
	if (template === undefined) return () => undefined;
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
	const pieces = parseTemplate(template);
	return (row, image) => {
		const { record, project = "" } = image?.origin ?? {};
		const values: Readonly<Record<string, string>> = {
			...(image
				? {
						file: image.name,
						name: path.parse(image.name).name,
						prompt: record?.prompt ?? "",
						seed: String(record?.seed ?? ""),
						model: record?.model ?? "",
						project,
					}
				: { prompt: row?.prompt ?? "" }),
			...row?.columns,
		};
		return pieces
			.map((piece) =>
				piece.kind === "text" ? piece.text : (values[piece.name] ?? ""),
			)
			.join("")
			.trim();
	};
}
