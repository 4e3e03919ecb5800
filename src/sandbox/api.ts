import type { IncomingMessage, RequestListener } from "node:http";
import {
	type Effect,
	effectAfter,
	effectBefore,
	problemAnswer,
} from "./effects.ts";
import type { Exchange } from "./exchange.ts";
import { requestId } from "./ids.ts";
import { Problem, problems } from "./problems.ts";
import type { LogRequest } from "./request-log.ts";
import { findRoute, type Match } from "./routes.ts";
import type { Service } from "./service.ts";
import { carryOut, pause, readBody } from "./wire.ts";

/** A prompt and small images as data URIs, and room beside them. */
const maxBodyBytes = 8 * 1024 * 1024;

/** The port of the API: finds the endpoint, lets the faults strike, answers. */
export function createApi(service: Service, log: LogRequest): RequestListener {
	return (request, response) => {
		const entry = log("api", request);
		const id = requestId();
		response.setHeader("x-request-id", id);
		decide(request, service, id, entry.note).then(
			(effect) => entry.done(carryOut(effect, response)),
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
	const method = request.method ?? "GET";
	const url = new URL(request.url ?? "/", "http://127.0.0.1");
	const match = findRoute(method, url.pathname);
	const strikes = service.dice.roll(["any", ...(match.route?.points ?? [])]);
	strikes.names.forEach(note);
	const fail = (problem: Problem, headers = {}): Effect => ({
		kind: "answer",
		answer: problemAnswer(problem, strikes, id, headers),
	});

	try {
		const body = await readBody(request, maxBodyBytes);
		const slowMs = strikes.timeOf("slow");
		if (slowMs) await pause(slowMs);
		const struck = effectBefore(strikes, method === "POST", fail);
		if (struck) return struck;
		const route = checkRequest(match, request);
		service.store.refresh();
		const exchange: Exchange = {
			method,
			url,
			captured: match.captured,
			headers: request.headers,
			body,
			strikes,
			requestId: id,
			note,
		};
		const answer = await route.handle(exchange, service);
		return effectAfter(strikes, answer, fail);
	} catch (error) {
		if (error instanceof Problem) {
			note(error.code);
			return fail(error, allowHeader(match, error));
		}
		if (request.destroyed && !request.complete) throw error;
		const message = error instanceof Error ? error.message : String(error);
		note(message);
		return fail(problems.internal(message));
	}
}

/** @throws {Problem} 404 and 405 for what is not there, 401 where a key is missing: any key will do */
function checkRequest({ route, allows }: Match, request: IncomingMessage) {
	if (!route)
		throw allows.length > 0
			? problems.methodNotAllowed(request.method ?? "")
			: problems.notFound();
	if (route.needsKey && !hasKey(request.headers.authorization))
		throw problems.unauthorized();
	return route;
}

function hasKey(authorization: string | undefined): boolean {
	return /^bearer\s+\S/i.test(authorization ?? "");
}

function allowHeader({ allows }: Match, { status }: Problem) {
	return status === 405 ? { allow: allows.join(", ") } : undefined;
}
