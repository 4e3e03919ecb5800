import { Failure } from "../../errors.ts";
import type { Runtime } from "../../runtime.ts";
import { refused } from "../../settings/parse.ts";
import { formatAbout, formatUsd } from "../../system/money.ts";
import { counted } from "../../system/plural.ts";
import { retype } from "../retype.ts";
import { isOfSandbox } from "../session/is-of-sandbox.ts";
import {
	type Session,
	type SessionOptions,
	withSession,
} from "../session/session.ts";
import {
	addOpen,
	type Grouping,
	groupings,
	readImages,
	type SpentOnImage,
} from "./images.ts";
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
		// The journal first: a job that ends meanwhile is then in the ledger.
		const open = (await session.journal.list()).flatMap(({ job }) =>
			job?.service === session.service && job.stage.name !== "planned"
				? [job]
				: [],
		);
		const { paid, play } = await readImages(by, since, session);
		const interrupted = session.interrupt.code();
		if (interrupted !== undefined) return interrupted;
		const isBuiltIn = session.service === "sandbox";
		const isTried =
			play.size > 0 || (open.length > 0 && open.every(isOfSandbox));
		const isPlay = isBuiltIn || (paid.size === 0 && isTried);
		const shown = isPlay ? play : paid;
		const added = addOpen(open, shown, by, since);
		noteWhatIsMissing(shown.size, isPlay ? 0 : play.size, since, session);
		noteWhatIsUnderWay(
			added.filter(({ unsure }) => !unsure),
			session,
		);
		noteWhatIsUnsure(
			added.flatMap(({ unsure = [] }) => unsure),
			session,
		);
		await noteWhatIsReserved(session);
		if (shown.size === 0 && !isBuiltIn) await notePlayMoney(by, since, session);
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

/** Whoever only tried things looks for them here. */
async function notePlayMoney(
	by: Grouping,
	since: string,
	session: Session,
): Promise<void> {
	const inSandbox = { ...session, service: "sandbox" };
	const { play } = await readImages(by, since, inSandbox);
	if (play.size > 0)
		session.reporter.note(
			`play money of the sandbox: ${retype(["spend", "--sandbox"])}`,
		);
}

/** Of what is not on disk the price is known, and no bill. */
function noteWhatIsUnderWay(
	open: readonly SpentOnImage[],
	{ reporter, command }: Session,
): void {
	if (open.length === 0) return;
	const micros = open.reduce((sum, one) => sum + (one.micros ?? 0), 0);
	const cost = micros === 0 ? "" : ` (${formatAbout(micros)})`;
	reporter.note(
		`paid and not on disk yet: ${counted(open.length, "image")}${cost}; to bring what there is: ${command("resume")}`,
	);
}

/** Orders that may have been bought: nobody can say what they cost before the service is asked. */
function noteWhatIsUnsure(
	orders: readonly { readonly mostMicros: number | undefined }[],
	{ reporter, command }: Session,
): void {
	if (orders.length === 0) return;
	const micros = orders.reduce(
		(sum, { mostMicros = Number.NaN }) => sum + mostMicros,
		0,
	);
	const most = Number.isNaN(micros) ? "" : `: up to ${formatUsd(micros)}`;
	reporter.note(
		`${counted(orders.length, "order")} whose charge is not known${most}; to find out: ${command("resume")}`,
	);
}

/** The limit counts orders without a bill at the worst that bills have been: more than the sums say. */
async function noteWhatIsReserved({ day, reporter }: Session): Promise<void> {
	const { spentMicros = 0, reservedMicros = 0 } =
		(await day?.read(new Set())) ?? {};
	if (reservedMicros > 0)
		reporter.note(
			`the limit of the day counts ${formatUsd(spentMicros)} spent today and ${formatUsd(reservedMicros)} reserved for what is under way`,
		);
}
