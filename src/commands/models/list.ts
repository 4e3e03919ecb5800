import { exitCodes, Failure, toFailure } from "../../errors.ts";
import { createCatalogue } from "../../models/catalogue.ts";
import {
	describeFormats,
	describePriceShortly,
	describeSure,
	mostImages,
} from "../../models/describe.ts";
import type { Model } from "../../models/model.ts";
import type { Runtime } from "../../runtime.ts";
import { escaped, escapedJson } from "../../system/escape.ts";
import { mistypedName } from "../../system/nearest-name.ts";
import { alignRows } from "../../terminal/format.ts";
import { retype } from "../retype.ts";
import {
	type Session,
	type SessionOptions,
	withSession,
} from "../session/session.ts";
import { tellOfCatalogue, tellOfFailure } from "./findings.ts";
import { readLiveModels } from "./live.ts";
import { modelRecord } from "./record.ts";

export interface ModelOptions extends SessionOptions {
	/** Ask the live catalogue. */
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
		const known: Known = options.refresh
			? await refresh(session)
			: session.catalogue;
		const { models, failure } = known;
		runtime.stdout.write(
			options.json
				? models.map((one) => `${escapedJson(modelRecord(one))}\n`).join("")
				: tableOf(models),
		);
		return failure === undefined ? 0 : exitCodes[failure.code];
	});
}

/** `models ultra`, and `models shwo ultra`: nothing is listed by a word. @throws {Failure} `usage` */
function refuseWords(words: readonly string[]): void {
	const [word, ...rest] = words;
	if (word === undefined) return;
	const verb = mistypedName(word, ["show", "list"]);
	if (verb)
		throw new Failure("usage", `there is no command models ${word}`, {
			hint: `the command: ${retype(["models", verb, ...rest])}`,
		});
	throw new Failure("usage", `models list takes no model: ${word}`, {
		hint: `to see one: ${retype(["models", "show", word])}`,
	});
}

/** Our table with what the live catalogue says now; where it can't be had, what is known without. */
async function refresh(session: Session): Promise<Known> {
	try {
		const reading = await readLiveModels(session);
		tellOfCatalogue(reading, session);
		// Not what it said before: a model may be gone since.
		return createCatalogue(reading.models);
	} catch (error) {
		const failure = tellOfFailure(toFailure(error), session);
		return { models: session.catalogue.models, failure };
	}
}

interface Known {
	readonly models: readonly Model[];
	readonly failure?: Failure;
}

function tableOf(models: readonly Model[]): string {
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
	);
}
