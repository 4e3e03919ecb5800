import { exitCodes, Failure, toFailure } from "../../errors.ts";
import type { Model } from "../../models/model.ts";
import type { Runtime } from "../../runtime.ts";
import { escapedJson } from "../../system/escape.ts";
import { type Session, withSession } from "../session/session.ts";
import { keyedCaller } from "./ask.ts";
import { exampleOf } from "./example.ts";
import { tellOfFailure, tellOfModel } from "./findings.ts";
import { meaningOfFlags } from "./flags.ts";
import type { ModelOptions } from "./list.ts";
import { readLiveModel } from "./live.ts";
import { modelPage } from "./page.ts";
import { modelRecord } from "./record.ts";

/** Prints all that is known of a model. One that nobody has described is asked for at once, the others with `refresh`. */
export async function showModel(
	name: string,
	options: ModelOptions,
	runtime: Runtime,
): Promise<number> {
	return withSession(options, runtime, async (session) => {
		const known = session.catalogue.find(name);
		if (known.source === "nobody") {
			print(await findUnknown(known.id, session), options, session);
			return 0;
		}
		const failure = options.refresh ? await refresh(known, session) : undefined;
		print(session.catalogue.find(known.id), options, session);
		return failure === undefined ? 0 : exitCodes[failure.code];
	});
}

/** @throws {Failure} `usage` where the service does not know it either, else why it can't be asked */
async function findUnknown(id: string, session: Session): Promise<Model> {
	const asked = await readLiveModel(id, session).catch((error) => {
		throw asUnknown(id, toFailure(error));
	});
	if (asked) return asked;
	const isAll = (await keyedCaller(session)) !== undefined;
	throw new Failure("usage", `the service knows no model "${id}"`, {
		hint: isAll
			? "all of them: flux-ultra models list --refresh"
			: "only what is public was asked, as there is no key: flux-ultra auth login",
	});
}

function asUnknown(id: string, failure: Failure): Failure {
	const { code, message, hint, retryable, httpStatus, requestId } = failure;
	if (code === "interrupted" || code === "internal") return failure;
	return new Failure(
		code,
		`${id} is not in our table, and the live catalogue can't be had: ${message}`,
		{
			hint: hint ?? "those that we know: flux-ultra models",
			retryable,
			httpStatus,
			requestId,
			cause: failure.cause,
		},
	);
}

async function refresh(
	{ id }: Model,
	session: Session,
): Promise<Failure | undefined> {
	try {
		const model = await readLiveModel(id, session);
		if (model) tellOfModel(model, session);
		else session.reporter.note(`the live catalogue does not have ${id}`);
		return undefined;
	} catch (error) {
		return tellOfFailure(toFailure(error), session);
	}
}

function print(
	model: Model,
	{ json }: ModelOptions,
	{ catalogue, runtime }: Session,
): void {
	const meanings = meaningOfFlags(model)?.map(
		({ flag, inputs }) => [flag, inputs] as const,
	);
	const record = {
		...modelRecord(model),
		flags: meanings ? Object.fromEntries(meanings) : null,
		example: exampleOf(model),
	};
	const edit =
		model.edit === undefined ? undefined : catalogue.find(model.edit);
	runtime.stdout.write(
		json ? `${escapedJson(record)}\n` : modelPage(model, edit),
	);
}
