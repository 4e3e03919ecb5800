import type { Job } from "../../purchase/job.ts";
import type { Journal, ListedJob } from "../../purchase/store/journal.ts";
import { shownIn } from "../retype.ts";
import type { Session } from "../session/session.ts";

/**
 * Tells of jobs that were planned and never sent, in a line a command, and takes away those that the same command makes
 * anew. Those of a command that brought other images already stay: by them it knows that it was cut short.
 * @returns the jobs that were sent, or may have been, and those that another process went on with since they were listed
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
	/** By group, the jobs that its command does not ask for again. */
	const begun = new Map<string, Set<string>>();
	const keysOf = (group: string) => {
		const keys = begun.get(group) ?? new Set();
		begun.set(group, keys);
		return keys;
	};
	for (const one of listed)
		if (one.job && !isPlanned(one)) keysOf(one.job.group).add(one.key);
	const groups = planned.flatMap(({ job }) => (job ? [job.group] : []));
	for await (const { group, key, record } of ledger.find("group", groups)) {
		const keys = keysOf(group);
		if (record.status === "saved") keys.add(key.replace(/\..*/, ""));
	}
	const commands = new Map<
		string,
		{ count: number; asked: number; least: string }
	>();
	const setAside = new Set<ListedJob>();
	for (const one of planned) {
		const job = await plannedStill(one, begun, journal);
		if (job === undefined) continue;
		setAside.add(one);
		const known = begun.get(job.group);
		const count = 1 + (commands.get(job.command)?.count ?? 0);
		const asked = (job.groupSize ?? 1) - (known?.size ?? 0);
		// Of a batch, whose groups share references, only rows that were about to leave are on disk.
		const least = job.clientRef.startsWith(`${job.group}.`) ? "at least " : "";
		commands.set(job.command, { count, asked, least });
	}
	for (const [command, { count, asked, least }] of commands)
		reporter.note(
			`${least}${count === 1 ? "1 image was" : `${count} images were`} planned and never bought; nothing was charged, and to buy${asked > count ? ` ${asked}, as others were given up` : ""}: ${shownIn(runtime.cwd, command)}`,
		);
	return listed.filter((one) => !setAside.has(one));
}

/** A job that was planned when it was listed, if it is so still: it is taken away, or let go where its command is to find it. */
async function plannedStill(
	{ key }: ListedJob,
	begun: ReadonlyMap<string, unknown>,
	journal: Journal,
): Promise<Job | undefined> {
	// One that cannot be taken is told by whoever takes the rest.
	const found = await journal.takeOver(key).catch(() => undefined);
	if (found === undefined || found.state === "busy") return undefined;
	const { held } = found;
	const { job } = held;
	const isPlanned = job.stage.name === "planned";
	// A row of a batch is found by what it asks for, and needs no job for that.
	const isKept = (job.groupSize ?? 1) > 1 && begun.has(job.group);
	await (isPlanned && !isKept ? held.close() : held.release());
	return isPlanned ? job : undefined;
}
