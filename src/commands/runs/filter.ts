import { Failure } from "../../errors.ts";
import type { Catalogue } from "../../models/catalogue.ts";
import { service } from "../../runflow/service.ts";
import { readOption, refused } from "../../settings/parse.ts";
import { localDate } from "../../system/local-date.ts";
import { nearestName } from "../../system/nearest-name.ts";
import { parseSince } from "../spend/since.ts";
import type { Row } from "./row.ts";

export interface FilterFlags {
	/** A part of the prompt or of the file's name, in whichever case. */
	readonly grep?: string;
	/** The first day that counts: 2026-11-01, 7d, 2w, 3m or today. */
	readonly since?: string;
	readonly model?: string;
	readonly project?: string;
	readonly status?: string;
}

export interface Filter {
	readonly fits: (row: Row) => boolean;
	readonly isEmpty: boolean;
	/** YYYY-MM-DD: what is older fits in no case. */
	readonly since: string | undefined;
}

/**
 * @param isAccount the service is asked, which knows neither our projects nor the names of models
 * @throws {Failure} `usage`
 */
export function readFilter(
	{ grep, since: from, model, project, status }: FilterFlags,
	isAccount: boolean,
	catalogue: Catalogue,
	nowMs: number,
): Filter {
	if (isAccount && (model ?? project) !== undefined)
		throw new Failure(
			"usage",
			`--account and --${model === undefined ? "project" : "model"} exclude one another`,
			{
				hint: "the service does not tell it of a run; this machine does, without --account",
			},
		);
	if (status !== undefined)
		readOption("--status", () => checkStatus(status, isAccount));
	const since = from === undefined ? undefined : parseSince(from, nowMs);
	const id = model === undefined ? undefined : catalogue.find(model).id;
	const words = grep?.toLowerCase() ?? "";
	return {
		since,
		isEmpty: [grep, since, id, project, status].every(
			(one) => one === undefined,
		),
		fits: (row) =>
			(since === undefined || dayOf(row) >= since) &&
			(id === undefined || row.model === id) &&
			(project === undefined || row.project === project) &&
			(status === undefined || row.status === status.toLowerCase()) &&
			[row.prompt, row.file].some((text) =>
				(text ?? "").toLowerCase().includes(words),
			),
	};
}

/** What the history calls how far an image is; the service has words of its own. */
const statuses = ["saved", "failed", "planned", "sending", "bought"];

/** @throws {Failure} `usage` */
function checkStatus(word: string, isAccount: boolean): void {
	const known = isAccount ? Object.keys(service.statuses) : statuses;
	if (known.includes(word.toLowerCase())) return;
	const meant = nearestName(word, known);
	const hint = meant ? `did you mean ${meant}?` : `one of ${known.join(", ")}`;
	throw refused(word, "no status of a run", hint);
}

function dayOf({ created_at: time }: Row): string {
	return time === null ? "" : localDate(new Date(time));
}
