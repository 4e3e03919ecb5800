import { Failure, hintAt } from "../../errors.ts";
import { deliversNone } from "../../models/catalogue.ts";
import type { Model } from "../../models/model.ts";
import type { Session } from "./session.ts";

/**
 * The model that the settings name. One that our table does not have is looked up in the live catalogue first.
 * @param isOffline nothing may be sent
 * @throws {Failure} `usage` or `config` for a name that nobody knows, with where it came from
 */
export async function chooseModel(
	isOffline: boolean,
	session: Session,
): Promise<Model> {
	const { catalogue, settings } = session;
	const { value, source, origin } = settings.model;
	try {
		const known = catalogue.find(value);
		if (known.source === "nobody")
			await describeAll(new Set([known.id]), isOffline, session);
		const model = catalogue.find(value);
		tellStanding(model, session);
		tellPrice(model, session);
		return model;
	} catch (error) {
		if (!(error instanceof Failure) || error.code !== "usage") throw error;
		if (source === "flag") throw error;
		throw new Failure("config", `${error.message} (set by ${origin})`, {
			hint: error.hint,
			next: error.next,
			cause: error,
		});
	}
}

/** What the service says of a model beside what it takes: that it is deprecated, or makes no images at all. */
function tellStanding({ id, standing }: Model, { reporter }: Session): void {
	if (standing === undefined) return;
	if (standing === deliversNone)
		throw new Failure(
			"usage",
			`${id} ${deliversNone}`,
			hintAt("those that do", "flux-ultra models"),
		);
	reporter.note(`the service says of ${id}: ${standing}`);
}

/** What to reckon with is for the user to say: the service's words about its price are no number. */
function tellPrice(
	{ id, price, pricingNote }: Model,
	{ reporter }: Session,
): void {
	if (price.per === "unknown" && pricingNote !== undefined)
		reporter.note(
			`the price of ${id} is not known; the service says: "${pricingNote}"`,
		);
}

/**
 * Looks up models that no table describes; what can't be had leaves them as they are.
 * @param isOffline nothing may be sent
 * @returns whether something was learnt
 * @throws {Failure} `usage` for one that the service does not know
 */
export async function describeAll(
	ids: ReadonlySet<string>,
	isOffline: boolean | undefined,
	session: Session,
): Promise<boolean> {
	let isWiser = false;
	for (const id of ids) {
		const why = isOffline
			? "nothing is sent"
			: await learn(id, session).catch(reasonOf(session));
		if (why === undefined) isWiser = true;
		else
			session.reporter.note(
				`${id} is not in our table, and its live description can't be had (${why}): its inputs are not checked, and its price is not known`,
			);
	}
	return isWiser;
}

async function learn(id: string, session: Session): Promise<undefined> {
	// Most models are in the table.
	const { readLiveModel } = await import("../models/live.ts");
	if (await readLiveModel(id, session)) return;
	throw new Failure(
		"usage",
		`the service knows no model ${id}`,
		hintAt("all that it has", session.command("models --refresh")),
	);
}

/** Why a description can't be had; an interrupt, and a model that does not exist, are more than that. */
function reasonOf({ signal }: Session) {
	return (error: unknown): string => {
		signal.throwIfAborted();
		if (!(error instanceof Failure) || error.code === "usage") throw error;
		return error.message;
	};
}
