import { type Answer, json } from "../server/answers.ts";
import { Problem } from "../server/problems.ts";
import type { Service } from "../service.ts";
import { progressAt } from "../state/progress.ts";
import type { RunRecord } from "../state/records.ts";
import type { Exchange } from "./exchange.ts";
import { withLinks } from "./input.ts";
import { outputOf } from "./output.ts";
import { iso, runFacts, shaped } from "./run-view.ts";

/** `GET /v1/runs/{id}`: the run as it is now, with fresh links. */
export async function readRun(
	exchange: Exchange,
	service: Service,
): Promise<Answer> {
	const run = findRun(exchange, service);
	const now = service.now();
	const signed = exchange.url.searchParams.get("add_signature") === "true";
	exchange.note(progressAt(run, now).status);
	const look = signed ? "signed" : "alone";
	const output = await outputOf(service, run, now, look);
	const input = await withLinks(run.input, service);
	const view = { ...runFacts(run, now), input, output };
	return json(200, shaped(view, exchange.faults));
}

/** `GET /v1/runs/{id}/logs`: what has happened so far. */
export function readLogs(exchange: Exchange, service: Service): Answer {
	const run = findRun(exchange, service);
	const { status, startedAt, completedAt, failure } = progressAt(
		run,
		service.now(),
	);
	const lines: readonly (readonly [string, string, number | null])[] = [
		["info", "Run accepted", run.createdAt],
		["info", "Model started", startedAt],
		failure
			? ["error", `${failure.code}: ${failure.message}`, completedAt]
			: ["info", `Run ${status}`, completedAt],
	];
	const items = lines
		.filter(([, , at]) => at !== null)
		.map(([level_code, message, at]) => ({
			level_code,
			message,
			timestamp: iso(at),
		}));
	return json(200, { items });
}

/** `GET /v1/runs/statuses`: every status that the documentation names. */
export function readStatuses(): Answer {
	const going = ["queued", "dispatching", "running"];
	const final = ["succeeded", "partial_succeeded", "failed", "canceled"];
	return json(200, {
		items: [
			...going.map((code) => ({ code, is_final: false })),
			...final.map((code) => ({ code, is_final: true })),
		],
	});
}

/** @throws {Problem} 404 where there is no such run */
export function findRun(
	{ captured: id, faults }: Exchange,
	{ store }: Service,
): RunRecord {
	const run = store.runs.get(id);
	if (run && !faults.has("404")) return run;
	throw new Problem("RUN_NOT_FOUND", `Run ${id} was not found`);
}
