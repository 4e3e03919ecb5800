import type { Failure } from "../../errors.ts";
import { family } from "../../models/family.ts";
import type { Model } from "../../models/model.ts";
import type { Session } from "../session/session.ts";
import type { LiveReading } from "./live.ts";
import { differencesFromTable } from "./record.ts";

/** Says where the live catalogue and our table differ, and what of it could not be compared. */
export function tellOfCatalogue(
	{ models, gone, trouble }: LiveReading,
	{ reporter }: Session,
): void {
	const found = models.flatMap(lines);
	for (const line of found) reporter.note(line);
	for (const id of gone)
		reporter.note(`${shortName(id)}: the live catalogue does not have it`);
	const silent = family
		.filter(({ id }) => !gone.includes(id) && !isDescribed(id, models))
		.map(({ id }) => shortName(id));
	if (found.length + gone.length === 0)
		reporter.note(silent.length > 0 ? `${same}, as far as it goes` : same);
	if (silent.length > 0)
		reporter.note(`it tells no inputs of ${silent.join(", ")}`);
	if (trouble)
		reporter.note(`not all models could be asked for: ${trouble.message}`);
	const ours = new Set(family.map(({ id }) => id));
	const others = models.filter(({ id }) => !ours.has(id)).map(({ id }) => id);
	if (others.length > 0) reporter.note(`not in our table: ${few(others)}`);
}

/** Says where the live catalogue has another opinion of one model than our table. */
export function tellOfModel(model: Model, { reporter }: Session): void {
	const found = lines(model);
	for (const line of found) reporter.note(line);
	const isOurs = family.some(({ id }) => id === model.id);
	if (isOurs && found.length === 0) reporter.note(same);
}

/** Says why the live catalogue can't be had, for a command that goes on without it. @throws what is no matter of the catalogue */
export function tellOfFailure(
	failure: Failure,
	{ reporter }: Session,
): Failure {
	if (failure.code === "interrupted" || failure.code === "internal")
		throw failure;
	reporter.failed(failure);
	reporter.note(
		"the live catalogue can't be had: this is what we know without",
	);
	return failure;
}

const same = "the live catalogue says the same as our table";

function lines(model: Model): readonly string[] {
	const name = shortName(model.id);
	return differencesFromTable(model).map((found) => `${name}: ${found}`);
}

function isDescribed(wanted: string, models: readonly Model[]): boolean {
	const model = models.find(({ id }) => id === wanted);
	return model?.sure.inputs === "catalogue";
}

function shortName(id: string): string {
	return family.find((model) => model.id === id)?.aliases[0] ?? id;
}

/** A catalogue may hold hundreds. */
function few(ids: readonly string[]): string {
	const shown = ids.slice(0, 5).join(", ");
	return ids.length > 5 ? `${shown} and ${ids.length - 5} more` : shown;
}
