import type { Model } from "../../models/model.ts";
import { ownColumns, type Row } from "../../rows/row.ts";
import { mistypedName } from "../../system/nearest-name.ts";
import type { Session } from "../session/session.ts";

/** Keys of a row that name images: files of this machine are looked at and uploaded. */
export const imageKeys = ["image", "image_url", "image_urls"];
export const maskKeys = ["mask", "mask_url"];

/**
 * Finds columns that somebody thinks are inputs. A column for names is all right.
 * @param usedNames columns that a template names
 * @param found takes what was found first of each, in words
 */
export function createColumnCheck(
	usedNames: readonly string[],
	catalogue: Session["catalogue"],
	found: Map<string, string>,
): (row: Row, model: Model) => void {
	const others = familyInputs(catalogue);
	// By model: there may be a hundred thousand rows, and each column is thought about once.
	const judgedOf = new Map<string, Set<string>>();
	return ({ columns, line }, model) => {
		const judged = judgedOf.get(model.id) ?? new Set(usedNames);
		judgedOf.set(model.id, judged);
		for (const column in columns) {
			if (judged.has(column) || columns[column]?.trim() === "") continue;
			judged.add(column);
			const why = mistakeIn(column, model, others);
			if (why && !found.has(column))
				found.set(column, `line ${line}: ${column} is passed over, ${why}`);
		}
	};
}

/** Why a column was most likely meant for an input; undefined where it is none of our business. */
function mistakeIn(
	column: string,
	{ inputs, name }: Model,
	others: ReadonlySet<string>,
): string | undefined {
	if (inputs === undefined) return undefined;
	const known = [...inputs.map((input) => input.name), ...rowNames];
	if (known.includes(column)) return undefined;
	if (others.has(column)) return `${name} has no such input`;
	const meant = mistypedName(column, known);
	return meant && `did you mean ${meant}?`;
}

const rowNames: readonly string[] = [...ownColumns, ...imageKeys, ...maskKeys];
/** Options that have other names as inputs, so that no model knows them. */
const optionNames = ["size", "negative", "format"];

function familyInputs({ models }: Session["catalogue"]): ReadonlySet<string> {
	const names = models.flatMap(({ inputs = [] }) =>
		inputs.map(({ name }) => name),
	);
	const foreign = names.filter((name) => !rowNames.includes(name));
	return new Set([...foreign, ...optionNames]);
}
