import { Failure, toFailure } from "../../errors.ts";
import { family } from "../../models/family.ts";
import type { Model } from "../../models/model.ts";
import type { Runtime } from "../../runtime.ts";
import { escapedJson } from "../../system/escape.ts";
import { type Session, withSession } from "../session/session.ts";
import { keyedCaller } from "./ask.ts";
import { differenceLines, type ModelOptions, same } from "./list.ts";
import { isUnrelated, readLiveModel, withLiveCatalogue } from "./live.ts";
import { exampleOf, meaningOfFlags, modelPage } from "./page.ts";
import { modelRecord } from "./record.ts";

/** Prints all that is known of a model. One that nobody has described is asked for at once, the others with `refresh`. */
export async function showModel(
	name: string,
	options: ModelOptions,
	runtime: Runtime,
): Promise<number> {
	return withSession(options, runtime, async (session) => {
		const known = session.catalogue.find(name);
		const isUnknown = known.source === "nobody";
		if (isUnknown) await learnUnknown(known.id, session);
		const refresh = () => tellOfModel(known.id, session);
		const code =
			options.refresh && !isUnknown
				? await withLiveCatalogue(session, refresh)
				: 0;
		print(session.catalogue.find(known.id), options, session);
		return code;
	});
}

/** @throws {Failure} `usage` where the service does not know it either, else why it can't be asked */
async function learnUnknown(id: string, session: Session): Promise<void> {
	const asked = await readLiveModel(id, session).catch((error) => {
		const failure = toFailure(error);
		if (isUnrelated(failure)) throw failure;
		const {
			code,
			message,
			hint = "those that we know: flux-ultra models",
		} = failure;
		throw new Failure(
			code,
			`${id} is not in our table, and the live catalogue can't be had: ${message}`,
			{ ...failure, hint, cause: failure.cause },
		);
	});
	if (asked) return;
	const isAll = (await keyedCaller(session)) !== undefined;
	throw new Failure("usage", `the service knows no model "${id}"`, {
		hint: isAll
			? `all of them: ${session.command("models list --refresh")}`
			: "only what is public was asked, as there is no key: flux-ultra auth login",
	});
}

/** Asks the live catalogue about a model, and says where it has another opinion than our table. */
async function tellOfModel(id: string, session: Session): Promise<void> {
	const { note } = session.reporter;
	const model = await readLiveModel(id, session);
	if (model === undefined) {
		note(`the live catalogue does not have ${id}`);
		return;
	}
	const found = differenceLines(model);
	for (const line of found) note(line);
	const isOurs = family.some((one) => one.id === id);
	if (isOurs && found.length === 0) note(same);
}

function print(
	model: Model,
	{ json }: ModelOptions,
	{ catalogue, runtime }: Session,
): void {
	const record = {
		...modelRecord(model),
		flags: meaningOfFlags(model) ?? null,
		example: exampleOf(model),
	};
	const edit =
		model.edit === undefined ? undefined : catalogue.find(model.edit);
	runtime.stdout.write(
		json ? `${escapedJson(record)}\n` : modelPage(model, edit),
	);
}
