import type { Job } from "../purchase/job.ts";
import { shownIn } from "./retype.ts";
import type { Session } from "./session/session.ts";

/** The same commands were as good as this one until now: once all of their images are here, they buy others. */
export async function tellComplete(
	jobs: readonly Job[],
	{ journal, reporter, runtime }: Session,
): Promise<void> {
	const unfinished = new Set(
		(await journal.list()).map(({ job }) => job?.group),
	);
	const complete = new Map(
		jobs
			.filter((job) => job.hasFreshSeed && !unfinished.has(job.group))
			.map(({ group, command }) => [group, shownIn(runtime.cwd, command)]),
	);
	for (const command of complete.values())
		reporter.note(
			`all images of this command are here; once more it asks for others, and buys them: ${command}`,
		);
}
