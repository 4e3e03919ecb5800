import { Failure, hintAt } from "../../errors.ts";
import { createCatalogue } from "../../models/catalogue.ts";
import {
	describeFormats,
	describePriceShortly,
	describeSure,
	mostImages,
} from "../../models/describe.ts";
import { family } from "../../models/family.ts";
import type { Model } from "../../models/model.ts";
import type { Runtime } from "../../runtime.ts";
import { escaped, escapedJson } from "../../system/escape.ts";
import { mistypedName } from "../../system/nearest-name.ts";
import { alignRows } from "../../terminal/align-rows.ts";
import { lineWidth } from "../../terminal/style.ts";
import { retype } from "../retype.ts";
import {
	type Session,
	type SessionOptions,
	withSession,
} from "../session/session.ts";
import { type LiveReading, readLiveModels, withLiveCatalogue } from "./live.ts";
import { differencesFromTable, modelRecord } from "./record.ts";

export interface ModelOptions extends SessionOptions {
	readonly refresh?: boolean;
}

/** Prints the models that are known: a table, or a JSON object a line. Without `refresh` nothing is sent. */
export async function listModels(
	words: readonly string[],
	options: ModelOptions,
	runtime: Runtime,
): Promise<number> {
	refuseWords(words);
	return withSession(options, runtime, async (session) => {
		let { models } = session.catalogue;
		const refresh = async () => {
			const reading = await readLiveModels(session);
			tellOfCatalogue(reading, session);
			// Not what it said before: a model may be gone since.
			models = createCatalogue(reading.models).models;
		};
		const code = options.refresh
			? await withLiveCatalogue(session, refresh)
			: 0;
		runtime.stdout.write(
			options.json
				? models.map((one) => `${escapedJson(modelRecord(one))}\n`).join("")
				: tableOf(models, lineWidth(runtime.stdout)),
		);
		return code;
	});
}

/** `models ultra`, and `models shwo ultra`: nothing is listed by a word. @throws {Failure} `usage` */
function refuseWords(words: readonly string[]): void {
	const [word, ...rest] = words;
	if (word === undefined) return;
	const verb = mistypedName(word, ["show", "list"]);
	if (verb)
		throw new Failure(
			"usage",
			`there is no command models ${word}`,
			hintAt("the command", retype(["models", verb, ...rest])),
		);
	throw new Failure(
		"usage",
		`models list takes no model: ${word}`,
		hintAt("to see one", retype(["models", "show", word])),
	);
}

function tellOfCatalogue(
	{ models, gone, trouble }: LiveReading,
	{ reporter: { note } }: Session,
): void {
	const found = [
		...models.flatMap(differenceLines),
		...gone.map(
			(id) => `${shortName(id)}: the live catalogue does not have it`,
		),
	];
	for (const line of found) note(line);
	const isDescribed = ({ id }: Model) =>
		models.some((one) => one.id === id && one.sure.inputs === "catalogue");
	const silent = family
		.filter((model) => !gone.includes(model.id) && !isDescribed(model))
		.map(({ id }) => shortName(id))
		.join(", ");
	if (found.length === 0) note(silent ? `${same}, as far as it goes` : same);
	if (silent) note(`it tells no inputs of ${silent}`);
	if (trouble) note(`not all models could be asked for: ${trouble.message}`);
	const others = models
		.map(({ id }) => id)
		.filter((id) => !family.some((model) => model.id === id));
	// A catalogue may hold hundreds.
	const more = others.length > 5 ? ` and ${others.length - 5} more` : "";
	if (others.length > 0)
		note(`not in our table: ${others.slice(0, 5).join(", ")}${more}`);
}

export const same = "the live catalogue says the same as our table";

export function differenceLines(model: Model): readonly string[] {
	const name = shortName(model.id);
	return differencesFromTable(model).map((found) => `${name}: ${found}`);
}

function shortName(id: string): string {
	return family.find((model) => model.id === id)?.aliases[0] ?? id;
}

function tableOf(models: readonly Model[], width: number): string {
	const head = ["model", "price", "at most", "delivers", "images", "how sure"];
	const rows = models.map((model) => [
		model.aliases[0] ?? model.id,
		describePriceShortly(model.price),
		model.maxResolution ?? "?",
		describeFormats(model.formats),
		String(mostImages(model) ?? "?"),
		[model.standing ?? [], describeSure(model.sure)].flat().join(", "),
	]);
	return alignRows(
		[head, ...rows].map((row) => row.map((cell) => escaped(cell))),
		width,
	);
}
