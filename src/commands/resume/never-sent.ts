import type { ListedJob } from "../../purchase/store/journal.ts";
import { shownIn } from "../retype.ts";
import type { Session } from "../session/session.ts";

/**
 * Tells of jobs that were planned and never sent, in a line a command, and takes away those that the same command makes
 * anew. Those of a command that brought other images already stay: by them it knows that it was cut short.
 * @returns the jobs that were sent, or may have been
 */
export async function setAsidePlanned(
	listed: readonly ListedJob[],
	session: Session,
): Promise<readonly ListedJob[]> {
	const { journal, ledger, reporter, runtime } = session;
	const isPlanned = ({ job, holder }: ListedJob) =>
		job?.stage.name === "planned" && !holder.alive;
	const planned = listed.filter(isPlanned);
	if (planned.length === 0) return listed;
	const begun = new Set<string>();
	for (const one of listed)
		if (one.job && !isPlanned(one)) begun.add(one.job.group);
	const groups = planned.flatMap(({ job }) => (job ? [job.group] : []));
	for await (const { group } of ledger.find("group", groups)) begun.add(group);
	const commands = new Map<string, number>();
	for (const { key, job } of planned) {
		if (job === undefined) continue;
		commands.set(job.command, (commands.get(job.command) ?? 0) + 1);
		// A row of a batch is found by what it asks for, and needs no job for that.
		if ((job.groupSize ?? 1) > 1 && begun.has(job.group)) continue;
		const found = await journal.takeOver(key).catch(() => undefined);
		if (found && found.state !== "busy") await found.held.close();
	}
	for (const [command, count] of commands)
		reporter.note(
			`${count === 1 ? "1 image was" : `${count} images were`} planned and never bought; nothing was charged, and to buy: ${shownIn(runtime.cwd, command)}`,
		);
	return listed.filter((one) => !isPlanned(one));
}
