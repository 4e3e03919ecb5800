import { type Answer, json } from "./answers.ts";
import type { Exchange } from "./exchange.ts";
import { endings } from "./outcomes.ts";
import { documentedStatuses, progressAt } from "./run-clock.ts";
import { iso } from "./run-view.ts";
import { findRun } from "./runs.ts";
import type { Service } from "./service.ts";

/** `GET /v1/runs/{id}/logs`: what has happened so far. */
export function readLogs(exchange: Exchange, service: Service): Answer {
	const run = findRun(exchange, service);
	const { startedAt, completedAt, status } = progressAt(run, service.now());
	const failure = endings[run.outcome].failure;
	const items = [
		line("info", "Run accepted", run.createdAt),
		startedAt !== null && line("info", "Model started", startedAt),
		completedAt !== null &&
			line(
				failure ? "error" : "info",
				failure ? `${failure.code}: ${failure.message}` : `Run ${status}`,
				completedAt,
			),
	];
	return json(200, { items: items.filter(Boolean) });
}

/** `GET /v1/runs/statuses` */
export function readStatuses(): Answer {
	return json(200, { items: documentedStatuses });
}

function line(level: string, message: string, at: number) {
	return { level_code: level, message, timestamp: iso(at) };
}
