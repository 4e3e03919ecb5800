import type { Job } from "../purchase/job.ts";
import type { ImageRecord } from "../record.ts";
import { quoteForShell, shownIn } from "./retype.ts";
import type { Session } from "./session/session.ts";

/**
 * The record with the command that goes on, where there is one: `resume` for what is bought, or may be, and for what was never
 * bought the command that asked for it, which buys what is missing alone.
 */
export function withNext(
	record: ImageRecord,
	job: Job,
	{ command }: Pick<Session, "command">,
): ImageRecord {
	const resumption = { command: command("resume"), effect: "free" } as const;
	switch (record.status) {
		case "submitted":
		case "pending":
			return { ...record, next: resumption };
		case "failed":
			if (isKept(record)) return { ...record, next: resumption };
			return mayBeBought(record) && isToRepeat(job)
				? { ...record, next: { command: job.command, effect: "spends" } }
				: record;
		default:
			return record;
	}
}

type Failed = Extract<ImageRecord, { status: "failed" }>;

/** Paid, and not given up: its run did not end for good, and is not out of reach. */
function isKept({ paid_usd, error }: Failed): boolean {
	const isOver =
		["run_failed", "canceled", "moderated"].includes(error.code) ||
		(error.code === "bad_response" && error.http_status === 404);
	return paid_usd !== undefined && !isOver;
}

function mayBeBought({ charged, paid_usd, error }: Failed): boolean {
	// Of a run that brought fewer images than asked for the same command would buy all anew.
	const mayPass =
		error.code === "interrupted" ||
		(error.retryable && error.code !== "no_output");
	return charged === "no" && paid_usd === undefined && mayPass;
}

/**
 * Whether a command may be run again as it stands: it buys nothing twice, as `--force` would, and says all that it was given,
 * nothing of which came by stdin or was left out as a secret.
 */
function isToRepeat({ command, prompt, output, body }: Job): boolean {
	if (body === "" || output.force || /…|(^| )-( |$)/.test(command))
		return false;
	return (
		command.includes(quoteForShell(prompt)) ||
		/ (flux-ultra batch|--from) /.test(command)
	);
}

/**
 * The same commands were as good as this one until now: once all of their images are here, they buy others.
 * @param isElsewhere the images are not where the commands put them, so that their names are free
 */
export async function tellComplete(
	jobs: readonly Job[],
	isElsewhere: boolean,
	{ journal, reporter, runtime }: Session,
): Promise<void> {
	const unfinished = new Set(
		(await journal.list()).map(({ job }) => job?.group),
	);
	const complete = new Map(
		jobs
			.filter((job) => job.hasFreshSeed && !unfinished.has(job.group))
			.filter((job) => isElsewhere || canBeRepeated(job))
			.map(({ group, command }) => [group, shownIn(runtime.cwd, command)]),
	);
	for (const command of complete.values())
		reporter.note(
			`all images of this command are here; once more it asks for others, and buys them: ${command}`,
		);
}

/** A name without the seed or the run in it is taken now: the command would be refused. */
function canBeRepeated({ output: { path, force }, seed }: Job): boolean {
	const hasOwnName = [String(seed), "{run}"].some((part) =>
		path?.includes(part),
	);
	return force || hasOwnName;
}
