import path from "node:path";
import { Failure, toFailure } from "../../errors.ts";
import {
	type CatalogueStore,
	openCatalogueStore,
} from "../../models/catalogue-store.ts";
import { family } from "../../models/family.ts";
import { idOf, liveModel, liveModels } from "../../models/live-model.ts";
import type { Model } from "../../models/model.ts";
import type { Session } from "../session/session.ts";
import {
	askForList,
	askForModel,
	isUnknown,
	keyedCaller,
	withOpenCaller,
} from "./ask.ts";

/** What the live catalogue says. */
export interface LiveReading {
	readonly models: readonly Model[];
	/** Ids of our table that it does not have. */
	readonly gone: readonly string[];
	/** Why some of our models could not be asked for. */
	readonly trouble: Failure | undefined;
}

/**
 * Reads the live catalogue, for the session and for a day: the public list and, where there is a key, those of our
 * models that the list does not describe. Buys nothing.
 * @throws {Failure} where it can't be had
 */
export async function readLiveModels(session: Session): Promise<LiveReading> {
	const { list, listed, answers } = await ask(session);
	const read = [...answers.values()].filter(isModel);
	const models = [
		...listed.filter(({ id }) => !read.some((one) => one.id === id)),
		...read,
	];
	if (models.length === 0) throw whyNone(list, answers);
	await keep(models, session, (store) => store.save(session.service, models));
	const isWhole = !(list instanceof Failure) && list.isComplete;
	const isGone = ({ id }: Model) =>
		!models.some((one) => one.id === id) &&
		(answers.has(id) ? answers.get(id) === undefined : isWhole);
	return {
		models,
		gone: family.filter(isGone).map(({ id }) => id),
		trouble: [...answers.values()].find((one) => one instanceof Failure),
	};
}

/**
 * What the live catalogue says of one model, for the session and for a day; without a key the public list is asked. Buys
 * nothing.
 * @returns undefined where the service does not know it
 * @throws {Failure} where it can't be asked
 */
export async function readLiveModel(
	id: string,
	session: Session,
): Promise<Model | undefined> {
	const caller = await keyedCaller(session);
	const model = caller
		? await askForModel(id, caller, session.signal)
		: await findListed(id, session);
	if (model)
		await keep([model], session, (store) =>
			store.add(session.service, [model]),
		);
	return model;
}

type Answer = Model | Failure | undefined;

async function ask(session: Session) {
	return withOpenCaller(session, async (caller) => {
		const list = await askForList(caller, session.signal).catch(onlyUnknown);
		const listed = list instanceof Failure ? [] : liveModels(list.models);
		const open = family.filter(
			({ id }) => !listed.some((one) => one.id === id && isDescribed(one)),
		);
		return { list, listed, answers: await askForEach(open, session) };
	});
}

/** What the service says of each; of none without a key. */
async function askForEach(
	models: readonly Model[],
	session: Session,
): Promise<ReadonlyMap<string, Answer>> {
	const caller = models.length > 0 ? await keyedCaller(session) : undefined;
	if (caller === undefined) return new Map();
	const { signal } = session;
	const answers = await Promise.all(
		models.map(
			async ({ id }): Promise<[string, Answer]> => [
				id,
				await askForModel(id, caller, signal).catch(toFailure),
			],
		),
	);
	signal.throwIfAborted();
	return new Map(answers);
}

/** A service without the list may know each model all the same. */
function onlyUnknown(error: unknown): Failure {
	if (isUnknown(error)) return error;
	throw error;
}

function whyNone(list: unknown, answers: ReadonlyMap<string, Answer>): Failure {
	const [first] = [list, ...answers.values()].filter(
		(answer) => answer instanceof Failure,
	);
	return (
		first ??
		new Failure("bad_response", "the live catalogue has no model for images")
	);
}

async function findListed(
	id: string,
	session: Session,
): Promise<Model | undefined> {
	const { models } = await withOpenCaller(session, (caller) =>
		askForList(caller, session.signal),
	);
	const wire = models.find((model) => idOf(model) === id);
	return wire && liveModel(wire, id);
}

async function keep(
	models: readonly Model[],
	session: Session,
	write: (store: CatalogueStore) => Promise<void>,
): Promise<void> {
	session.catalogue.learn(models);
	try {
		await write(storeOf(session));
	} catch (error) {
		const { message } = toFailure(error);
		session.reporter.note(`the live catalogue can't be kept: ${message}`);
	}
}

function storeOf({ folders, runtime }: Session): CatalogueStore {
	const folder = path.join(folders.state, "catalogue");
	return openCatalogueStore(folder, () => runtime.clock.now());
}

function isDescribed({ sure }: Model): boolean {
	return sure.inputs === "catalogue";
}

function isModel(answer: Answer): answer is Model {
	return answer !== undefined && !(answer instanceof Failure);
}
