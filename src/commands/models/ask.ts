import { Failure } from "../../errors.ts";
import { liveModel } from "../../models/live-model.ts";
import type { Model } from "../../models/model.ts";
import type { Caller } from "../../runflow/caller.ts";
import {
	createModelCatalogueApi,
	type PublicList,
} from "../../runflow/model-catalogue.ts";
import { callService } from "../session/call-service.ts";
import { openWire } from "../session/connect.ts";
import type { Session } from "../session/session.ts";

/** Works with the way to what is public, which needs no key and is sent none. */
export async function withOpenCaller<T>(
	session: Session,
	work: (open: Caller) => Promise<T>,
): Promise<T> {
	// The built-in sandbox has one way in.
	if (session.service === "sandbox")
		return work((await session.connection()).caller);
	const apiUrl = session.settings.apiUrl.value;
	const { transport, callerWith } = await openWire(session, apiUrl);
	try {
		return await work(callerWith(undefined));
	} finally {
		await transport.close();
	}
}

export function readList(
	open: Caller,
	{ signal }: Session,
): Promise<PublicList> {
	return callService(() => createModelCatalogueApi(open).listPublic(signal));
}

/** Undefined where the service does not know the model. */
export async function readWithKey(
	id: string,
	caller: Caller,
	signal: AbortSignal,
): Promise<Model | undefined> {
	const { readModel } = createModelCatalogueApi(caller);
	try {
		return liveModel(await callService(() => readModel(id, signal)), id);
	} catch (error) {
		if (isUnknown(error)) return undefined;
		throw error;
	}
}

/** The way to the service with the key; undefined where there is none. */
export async function keyedCaller(
	session: Session,
): Promise<Caller | undefined> {
	try {
		return (await session.connection()).caller;
	} catch (error) {
		if (!(error instanceof Failure) || error.code !== "auth") throw error;
		session.reporter.detail(error.message);
		return undefined;
	}
}

/** Whether the service itself says that there is no such thing: a proxy's 404 says nothing of it. */
export function isUnknown(error: unknown): error is Failure {
	return (
		error instanceof Failure &&
		error.httpStatus === 404 &&
		(error.cause as { readonly fromService?: boolean }).fromService === true
	);
}
