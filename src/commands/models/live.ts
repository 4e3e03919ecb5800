import path from "node:path";
import { exitCodes, Failure, toFailure } from "../../errors.ts";
import {
	type CatalogueStore,
	openCatalogueStore,
} from "../../models/catalogue-store.ts";
import { family } from "../../models/family.ts";
import { idOf, liveModel, liveModels } from "../../models/live-model.ts";
import type { Model } from "../../models/model.ts";
import type { Caller } from "../../runflow/caller.ts";
import type { Session } from "../session/session.ts";
import {
	isUnknown,
	keyedCaller,
	readList,
	readWithKey,
	withOpenCaller,
} from "./ask.ts";

export interface LiveReading {
	readonly models: readonly Model[];
	/** Ids of our table that it does not have. */
	readonly gone: readonly string[];
	/** Why some of our models could not be asked for. */
	readonly trouble: Failure | undefined;
}

/**
 * Does what asks the live catalogue; where that can't be had it is told, and the command goes on with what is known.
 * @returns the exit code
 * @throws what is no matter of the catalogue
 */
export async function withLiveCatalogue(
	{ reporter }: Session,
	work: () => Promise<void>,
): Promise<number> {
	try {
		await work();
		return 0;
	} catch (error) {
		const failure = toFailure(error);
		if (isUnrelated(failure)) throw failure;
		reporter.failed(failure);
		reporter.note(
			"the live catalogue can't be had: this is what we know without",
		);
		return exitCodes[failure.code];
	}
}

export function isUnrelated({ code }: Failure): boolean {
	return code === "interrupted" || code === "internal";
}

/**
 * Reads the live catalogue, for the session and for a day: the public list and, where there is a key, those of our
 * models that the list does not describe. Buys nothing.
 * @throws {Failure} where it can't be had
 */
export function readLiveModels(session: Session): Promise<LiveReading> {
	return withOpenCaller(session, (open) => readAll(open, session));
}

async function readAll(open: Caller, session: Session): Promise<LiveReading> {
	// A service without the list may know each model all the same.
	const list = await readList(open, session).catch((error) => {
		if (isUnknown(error)) return error;
		throw error;
	});
	const listed = list instanceof Failure ? [] : liveModels(list.models);
	const isListed = ({ id }: Model) =>
		listed.some((one) => one.id === id && one.sure.inputs === "catalogue");
	const answers = await readEach(
		family.filter((model) => !isListed(model)),
		session,
	);
	const read = [...answers.values()].flatMap((one) =>
		one === undefined || one instanceof Failure ? [] : [one],
	);
	const models = [
		...listed.filter(({ id }) => !read.some((one) => one.id === id)),
		...read,
	];
	const failures = [list, ...answers.values()].filter(
		(answer) => answer instanceof Failure,
	);
	if (models.length === 0)
		throw (
			failures[0] ??
			new Failure("bad_response", "the live catalogue has no model for images")
		);
	await keep(models, session, (store) => store.save(session.service, models));
	const isWhole = !(list instanceof Failure) && list.isComplete;
	const isGone = ({ id }: Model) =>
		!models.some((one) => one.id === id) &&
		(answers.has(id) ? answers.get(id) === undefined : isWhole);
	return {
		models,
		gone: family.filter(isGone).map(({ id }) => id),
		trouble: failures.find((failure) => failure !== list),
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
		? await readWithKey(id, caller, session.signal)
		: await findListed(id, session);
	if (model)
		await keep([model], session, (store) =>
			store.add(session.service, [model]),
		);
	return model;
}

async function findListed(
	id: string,
	session: Session,
): Promise<Model | undefined> {
	const { models } = await withOpenCaller(session, (open) =>
		readList(open, session),
	);
	const wire = models.find((model) => idOf(model) === id);
	return wire && liveModel(wire, id);
}

type Answer = Model | Failure | undefined;

/** What the service says of each; of none without a key. */
async function readEach(
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
				await readWithKey(id, caller, signal).catch(toFailure),
			],
		),
	);
	signal.throwIfAborted();
	return new Map(answers);
}

async function keep(
	models: readonly Model[],
	{ catalogue, folders, runtime, reporter }: Session,
	write: (store: CatalogueStore) => Promise<void>,
): Promise<void> {
	catalogue.learn(models);
	const folder = path.join(folders.state, "catalogue");
	try {
		await write(openCatalogueStore(folder, () => runtime.clock.now()));
	} catch (error) {
		const { message } = toFailure(error);
		reporter.note(`the live catalogue can't be kept: ${message}`);
	}
}
