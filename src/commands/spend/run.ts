import { Failure } from "../../errors.ts";
import { runOf } from "../../purchase/job.ts";
import { estimateMicros } from "../../purchase/limits/budget.ts";
import type { Runtime } from "../../runtime.ts";
import { refused } from "../../settings/parse.ts";
import { formatAbout } from "../../system/money.ts";
import {
	type Session,
	type SessionOptions,
	withSession,
} from "../session/session.ts";
import { type Grouping, groupings, readImages } from "./images.ts";
import { printSpending } from "./report.ts";
import { parseSince } from "./since.ts";

export interface SpendOptions extends SessionOptions {
	/** The first day that counts: 2026-11-01, 7d, 2w, 3m or today. */
	readonly since?: string;
	readonly by?: string;
	readonly csv?: boolean;
}

/**
 * Shows what was spent from this machine, by its ledger: no key, no network. Days are those of this machine's calendar.
 * @throws {Failure} `usage` for options that say nothing, `disk` where the ledger cannot be read
 */
export async function spend(
	options: SpendOptions,
	runtime: Runtime,
): Promise<number> {
	if (options.json && options.csv)
		throw new Failure("usage", "--json and --csv both want stdout", {
			hint: "ask for one of them",
		});
	const by = parseGrouping(options.by ?? "day");
	const since = parseSince(options.since ?? "30d", runtime.clock.now());
	return withSession(options, runtime, async (session) => {
		const { paid, play } = await readImages(by, since, session);
		const interrupted = session.interrupt.code();
		if (interrupted !== undefined) return interrupted;
		const isBuiltIn = session.service === "sandbox";
		const isPlay = isBuiltIn || (paid.size === 0 && play.size > 0);
		const shown = isPlay ? play : paid;
		noteWhatIsMissing(shown.size, isPlay ? 0 : play.size, since, session);
		await noteWhatIsUnderWay(session);
		const report = { by, since, images: [...shown.values()], isPlay };
		await printSpending(report, options, runtime.stdout);
		return 0;
	});
}

function parseGrouping(text: string): Grouping {
	const found = groupings.find((one) => one === text);
	if (found) return found;
	const hint = `group by one of ${groupings.join(", ")}`;
	throw refused(text, "nothing that --by takes", hint);
}

/** What the figures leave out, or that there are none. */
function noteWhatIsMissing(
	shown: number,
	leftOut: number,
	since: string,
	{ reporter, service }: Session,
): void {
	const where = service === "sandbox" ? "in the sandbox" : `at ${service}`;
	if (shown === 0) reporter.note(`nothing was spent ${where} since ${since}`);
	if (leftOut > 0)
		reporter.note(
			`left out, as play money: ${leftOut} of a sandbox that was ${where}`,
		);
}

/** What is bought and not on disk is in no line of the ledger yet. */
async function noteWhatIsUnderWay(session: Session): Promise<void> {
	const open = (await session.journal.list()).flatMap(({ job }) =>
		job?.service === session.service && runOf(job) ? [job] : [],
	);
	if (open.length === 0) return;
	const micros = estimateMicros(open);
	const cost = micros === undefined ? "" : `, ${formatAbout(micros)}`;
	const runs =
		open.length === 1 ? "1 run that is" : `${open.length} runs that are`;
	session.reporter.note(
		`not counted: ${runs} paid and not on disk yet${cost}; to bring them: ${session.resumeCommand}`,
	);
}
