import { type Answer, json } from "./answers.ts";
import type { Strikes } from "./dice.ts";
import type { Exchange } from "./exchange.ts";
import { outputOf } from "./outputs.ts";
import { problems } from "./problems.ts";
import type { RunRecord } from "./records.ts";
import { progressAt } from "./run-clock.ts";
import { runFacts } from "./run-view.ts";
import type { Service } from "./service.ts";

/** `GET /v1/runs/{id}`: the run as it is now, with fresh links. */
export function readRun(exchange: Exchange, service: Service): Answer {
	const run = findRun(exchange, service);
	const now = service.now();
	const signed = exchange.url.searchParams.get("add_signature") === "true";
	exchange.note(progressAt(run, now).status);
	const view = {
		...runFacts(run, now),
		output: outputOf(service, run, now, signed),
	};
	return json(200, renamed(view, exchange.strikes));
}

/** @throws {Problem} 404 where there is no such run */
export function findRun(exchange: Exchange, { store }: Service): RunRecord {
	const id = exchange.captured;
	const run = store.runs.get(id);
	if (!run || exchange.strikes.has("404")) throw problems.runNotFound(id);
	return run;
}

/** A run in the shape that the faults give it. */
export function renamed(
	view: Readonly<Record<string, unknown>>,
	strikes: Strikes,
): Record<string, unknown> {
	const { id, status_code, output, ...rest } = view;
	return {
		...(strikes.has("run-id") ? { run_id: id } : { id }),
		status_code,
		...(strikes.has("sparse")
			? { ...(output !== null && output !== undefined && { output }) }
			: { ...("output" in view && { output }), ...rest }),
	};
}
