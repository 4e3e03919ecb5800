import type { ImageInputName } from "../../purchase/context.ts";
import type { Session } from "./session.ts";

/** Asked once a model and command. */
const asked = new WeakMap<Session, Map<string, Promise<Names>>>();

type Names = readonly ImageInputName[] | undefined;

/**
 * The inputs for images of a model of which our table only guesses them, by its live description; undefined where that can't be
 * had, or need not. It is not kept for the next command: what is asked for is told apart by our own names, so that the same
 * command stays the same.
 */
export function imageInputsOf(id: string, session: Session): Promise<Names> {
	const known = asked.get(session) ?? new Map<string, Promise<Names>>();
	asked.set(session, known);
	const names = known.get(id) ?? read(id, session);
	known.set(id, names);
	return names;
}

async function read(id: string, session: Session): Promise<Names> {
	const { source, sure } = session.catalogue.find(id);
	if (source !== "table" || sure.inputs !== "inferred") return undefined;
	const { readWithKey } = await import("../models/ask.ts");
	try {
		const { caller } = await session.connection();
		const model = await readWithKey(id, caller, session.signal);
		if (model?.sure.inputs !== "catalogue") return undefined;
		return model.inputs
			?.filter(({ kind }) => kind === "image" || kind === "images")
			.map(({ name, kind }) => ({ name, isList: kind === "images" }));
	} catch {
		// Our guess is as good as before; an interrupt ends the purchase by itself.
		return undefined;
	}
}
