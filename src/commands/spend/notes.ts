import { runOf } from "../../purchase/job.ts";
import { estimateMicros } from "../../purchase/limits/budget.ts";
import { formatAbout } from "../../system/money.ts";
import type { Session } from "../session/session.ts";

/** What is bought and not on disk is in no line of the ledger yet. */
export async function noteWhatIsUnderWay(session: Session): Promise<void> {
	const { journal, reporter, service } = session;
	const open = (await journal.list()).flatMap(({ job }) =>
		job?.service === service && runOf(job) ? [job] : [],
	);
	if (open.length === 0) return;
	const micros = estimateMicros(open);
	const cost = micros === undefined ? "" : `, ${formatAbout(micros)}`;
	const runs = open.length === 1 ? "1 run" : `${open.length} runs`;
	reporter.note(
		`not counted: ${runs} that ${open.length === 1 ? "is" : "are"} paid and not on disk yet${cost}; to bring them: ${session.resumeCommand}`,
	);
}

/** What the figures leave out, or that there are none. */
export function noteWhatIsMissing(
	shown: number,
	leftOut: number,
	since: string,
	session: Session,
): void {
	const { reporter, service } = session;
	const where =
		session.service === "sandbox" ? "in the sandbox" : `at ${service}`;
	if (shown === 0) reporter.note(`nothing was spent ${where} since ${since}`);
	if (leftOut > 0)
		reporter.note(
			`left out, as play money: ${leftOut} of a sandbox that was ${where}`,
		);
}
