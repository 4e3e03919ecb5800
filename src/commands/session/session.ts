import path from "node:path";
import type { Failure } from "../../errors.ts";
import { createBillRatios } from "../../ledger/bill.ts";
import { type Ledger, openLedger } from "../../ledger/ledger.ts";
import { type LedgerView, openLedgerView } from "../../ledger/view.ts";
import type { Catalogue } from "../../models/catalogue.ts";
import { readCatalogue } from "../../models/catalogue-store.ts";
import type { InputUploads } from "../../purchase/context.ts";
import { Admission } from "../../purchase/limits/admission.ts";
import { DayBudget } from "../../purchase/limits/day-budget.ts";
import { createReservations } from "../../purchase/limits/reservations.ts";
import {
	openRunHistories,
	type RunHistories,
} from "../../purchase/poll/run-history.ts";
import { type Journal, openJournal } from "../../purchase/store/journal.ts";
import { openTargets, type Targets } from "../../purchase/store/targets.ts";
import type { Clock, Runtime } from "../../runtime.ts";
import { locateFolders } from "../../settings/folders.ts";
import { loadSettings, type ResolvedSettings } from "../../settings/resolve.ts";
import { wantsSandbox } from "../../settings/sandbox.ts";
import type { SettingFlags } from "../../settings/settings.ts";
import { setV8Option } from "../../system/v8-option.ts";
import { createReporter, type Reporter } from "../../terminal/reporter.ts";
import type { Trace } from "../../trace/trace.ts";
import { once } from "../once.ts";
import { retype, withSandbox } from "../retype.ts";
import { type Connection, connect } from "./connect.ts";
import { type Interrupt, listenForInterrupt } from "./interrupt.ts";
import { openUploads } from "./job-context.ts";
import { type TraceOptions, withTrace } from "./with-trace.ts";

export interface SessionOptions extends SettingFlags, TraceOptions {
	readonly json?: boolean;
	readonly quiet?: boolean;
	readonly verbose?: boolean;
	readonly color?: boolean;
	readonly sandbox?: boolean;
	/** Nothing is sent and nothing is made: what would be is told. */
	readonly dryRun?: boolean;
}

/** What is on disk of earlier commands and of this one. */
interface Books {
	readonly journal: Journal;
	readonly ledger: Ledger;
	/** What the ledger says since this command began. */
	readonly view: LedgerView;
	/** Names that unfinished jobs will give. */
	readonly targets: Targets;
}

/** What a command that deals with runs works with, from its start to its end. */
export interface Session extends Books {
	readonly runtime: Runtime;
	readonly settings: ResolvedSettings;
	readonly reporter: Reporter;
	readonly trace: Trace | undefined;
	/** Our table of models, with what the live catalogue said of late. */
	readonly catalogue: Catalogue;
	readonly folders: { readonly config: string; readonly state: string };
	/** Where images are bought: the API's URL, or `sandbox`. */
	readonly service: string;
	/** A command that goes on where this one works, by its words. */
	readonly command: (words: string) => string;
	readonly startedAtMs: number;
	/** Aborts when everything is to end; in a batch a first interrupt only ends the buying. */
	readonly signal: AbortSignal;
	readonly interrupt: Interrupt;
	/** The service; the key is looked for at the first call. @throws {Failure} `auth` */
	readonly connection: () => Promise<Connection>;
	/** Undefined where no limit of the day is set. */
	readonly day: DayBudget | undefined;
	/** What every order passes right before it leaves. @throws {Failure} `auth` */
	readonly admission: () => Promise<Admission>;
	/** From now on no order leaves. The first reason counts. */
	readonly stopOrders: (reason: Failure) => void;
	/** @throws {Failure} `auth` */
	readonly uploads: () => Promise<InputUploads>;
	readonly histories: () => Promise<RunHistories>;
}

type OpenOptions = SessionOptions & {
	readonly stdoutTaken?: boolean;
	/** A batch: the first interrupt only ends the buying, and what is told is of many images. */
	readonly isBatch?: boolean;
	/** There is nothing to tell of money at an interrupt: nothing is ever bought. */
	readonly buysNothing?: boolean;
};

/** Opens a session, works in it, and puts everything away again, whatever happens. */
export async function withSession(
	options: OpenOptions,
	runtime: Runtime,
	work: (session: Session) => Promise<number>,
): Promise<number> {
	const reporter = await createReporter(runtime, options);
	return withTrace(options, runtime, reporter, (trace) =>
		workInSession(options, { runtime, reporter, trace }, work),
	);
}

/** The same for a command that has its reporter and its trace already. */
export async function workInSession(
	options: OpenOptions,
	{ runtime, ...told }: Pick<Session, "runtime" | "reporter" | "trace">,
	work: (session: Session) => Promise<number>,
): Promise<number> {
	const { reporter, trace } = told;
	// What has come of a picture lies outside of the heap until V8 collects its young generation, which it does the later the
	// larger it has let it grow.
	if (!options.buysNothing) setV8Option("--semi-space-growth-factor=1");
	const settings = await loadSettings(runtime, options);
	const isSandbox = wantsSandbox(options, runtime.env);
	const isBatch = options.isBatch === true;
	const command = (words: string) =>
		`flux-ultra ${words}${isSandbox ? " --sandbox" : ""}`;
	const service = isSandbox ? "sandbox" : settings.apiUrl.value;
	const { signal, forget, ...interrupt } = listenForInterrupt(
		runtime,
		isBatch,
		() => {
			if (!options.buysNothing)
				reporter.interrupted(
					isBatch
						? retype(withSandbox(runtime.argv, service))
						: command("resume"),
				);
		},
	);
	const forgetTrace = trace && interrupt.onLeave(trace.close);
	const folders = locateFolders(runtime);
	const catalogue = await readCatalogue(folders.state, service, () =>
		runtime.clock.now(),
	);
	const ratios = createBillRatios();
	const books = await openBooks(folders.state, service, ratios, {
		clock: runtime.clock,
		resume: command("resume"),
	});
	const connection = once(() =>
		connect({ runtime, settings, isSandbox, ...told }),
	);
	const limits = openLimits(
		{ ...books, settings, service, runtime, interrupt, ratios },
		connection,
	);
	const uploads = once(() => openUploads(session));
	const histories = once(() =>
		openRunHistories(path.join(folders.state, "run-times.json"), service),
	);
	const session: Session = {
		...{ runtime, settings, catalogue, folders, service, ...told },
		...{ command, signal, interrupt, ...books, ...limits },
		startedAtMs: runtime.clock.now(),
		connection,
		uploads,
		histories,
	};
	try {
		return await work(session);
	} finally {
		forget();
		forgetTrace?.();
		books.journal.close();
		books.targets.close();
		reporter.end();
		await (await histories.begun)?.save();
		await connection.begun?.then(
			(open) => open.close(),
			() => {},
		);
	}
}

type BillRatios = ReturnType<typeof createBillRatios>;

async function openBooks(
	state: string,
	service: string,
	ratios: BillRatios,
	{ clock, resume }: { readonly clock: Clock; readonly resume: string },
): Promise<Books> {
	const jobs = path.join(state, "jobs");
	const ledger = path.join(state, "ledger");
	return {
		journal: openJournal(jobs),
		ledger: openLedger(ledger),
		view: await openLedgerView(ledger, service, ratios, clock),
		targets: openTargets(path.join(state, "targets"), jobs, resume),
	};
}

function openLimits(
	{
		journal,
		view,
		targets,
		settings,
		service,
		runtime: { clock },
		interrupt: { noMore },
		ratios,
	}: Books &
		Pick<Session, "settings" | "service" | "runtime" | "interrupt"> & {
			readonly ratios: BillRatios;
		},
	connection: () => Promise<Connection>,
): Pick<Session, "day" | "admission" | "stopOrders"> {
	const { maxCostMicros, maxCostPerDayMicros: limit } = settings;
	const day =
		limit.value === undefined
			? undefined
			: new DayBudget({ limit, journal, view, ratios, service, clock });
	const admission = once(async () => {
		const { account } = await connection();
		const reservations = createReservations(maxCostMicros, ratios);
		if (maxCostMicros.value !== undefined) await view.learnBills();
		const parts = { view, targets, reservations, day, ratios };
		return new Admission({ ...parts, account, noMore });
	});
	return {
		day,
		admission,
		stopOrders: (reason) =>
			void admission.begun?.then(
				(open) => open.stop(reason),
				() => {},
			),
	};
}
