import type { IncomingMessage, RequestListener } from "node:http";
import { sandboxKey } from "../api-key.ts";
import {
	type Effect,
	effectAfter,
	effectBefore,
	problemAnswer,
} from "../faults/effects.ts";
import { pause, readBody, sendEffect } from "../server/answers.ts";
import type { LogRequest } from "../server/listener.ts";
import { Problem } from "../server/problems.ts";
import type { Service } from "../service.ts";
import { requestId } from "../state/ids.ts";
import { findRoute, type Match } from "./routes.ts";

/** A prompt and small images as data URIs, and room beside them. */
const maxBodyBytes = 8 * 1024 * 1024;

/** The port of the API: finds the endpoint, lets the faults strike, answers. */
export function createApi(service: Service, log: LogRequest): RequestListener {
	return (request, response) => {
		const entry = log("api", request);
		const id = requestId();
		response.setHeader("x-request-id", id);
		decide(request, service, id, entry.note).then(
			(effect) => entry.done(sendEffect(effect, response)),
			// The client left while it was still talking.
			() => response.destroy(),
		);
	};
}

async function decide(
	request: IncomingMessage,
	service: Service,
	id: string,
	note: (text: string) => void,
): Promise<Effect> {
	const { method = "GET", headers } = request;
	const url = new URL(request.url ?? "/", "http://127.0.0.1");
	const match = findRoute(method, url.pathname);
	const { point } = match.route ?? {};
	const faults = service.injector.next(point ? ["any", point] : ["any"]);
	faults.told.forEach(note);

	const act = async (): Promise<Effect | Problem> => {
		const body = await readBody(request, maxBodyBytes);
		const slowMs = faults.timeOf("slow");
		if (slowMs) await pause(slowMs);
		const effect = effectBefore(faults, method === "POST");
		if (effect) return effect;
		const { handle } = checkRequest(match, request, service.settings.anyKey);
		service.store.refresh();
		const { captured } = match;
		const answer = await handle(
			{ method, url, captured, headers, body, faults, requestId: id, note },
			service,
		);
		return effectAfter(faults, answer);
	};
	const result = await act().catch((error: unknown) => {
		if (request.destroyed && !request.complete) throw error;
		const problem = asProblem(error);
		note(error === problem ? problem.code : problem.message);
		return problem;
	});
	return result instanceof Problem
		? { kind: "answer", answer: problemAnswer(result, faults, id) }
		: result;
}

function asProblem(error: unknown): Problem {
	if (error instanceof Problem) return error;
	const message = error instanceof Error ? error.message : String(error);
	return new Problem("INTERNAL_ERROR", message);
}

/** @throws {Problem} 404 and 405 for what is not there, 401 where the key is missing or another one */
function checkRequest(
	{ route, allows }: Match,
	{ method, headers }: IncomingMessage,
	anyKey: boolean,
) {
	if (!route && allows.length === 0) throw new Problem("NOT_FOUND");
	if (!route)
		throw new Problem(
			"METHOD_NOT_ALLOWED",
			`${method} is not a method of this path`,
			{ headers: { allow: allows.join(", ") } },
		);
	const [, key] = /^bearer\s+(\S.*)$/i.exec(headers.authorization ?? "") ?? [];
	if (route.needsKey && !(anyKey ? key : key === sandboxKey))
		throw new Problem(
			"UNAUTHORIZED",
			"Missing or invalid API key: a sandbox takes the one that it printed",
		);
	return route;
}
