import { setMaxListeners } from "node:events";
import path from "node:path";
import { Failure } from "../../errors.ts";
import type { JobLabel } from "../../events.ts";
import { createBillRatios } from "../../ledger/bill.ts";
import { type Ledger, openLedger } from "../../ledger/ledger.ts";
import { type LedgerView, openLedgerView } from "../../ledger/view.ts";
import { type Catalogue, createCatalogue } from "../../models/catalogue.ts";
import { openCatalogueStore } from "../../models/catalogue-store.ts";
import type { InputUploads, JobContext } from "../../purchase/context.ts";
import type { Job } from "../../purchase/job.ts";
import type { Show } from "../../purchase/job-records.ts";
import {
	type Admission,
	createAdmission,
} from "../../purchase/limits/admission.ts";
import {
	createDayBudget,
	type DayBudget,
} from "../../purchase/limits/day-budget.ts";
import { createReservations } from "../../purchase/limits/reservations.ts";
import { type Journal, openJournal } from "../../purchase/store/journal.ts";
import { openTargets, type Targets } from "../../purchase/store/targets.ts";
import type { Runtime } from "../../runtime.ts";
import { locateFolders } from "../../settings/folders.ts";
import { loadSettings, type ResolvedSettings } from "../../settings/resolve.ts";
import type { SettingFlags } from "../../settings/settings.ts";
import { createReporter, type Reporter } from "../../terminal/reporter.ts";
import { retype } from "../retype.ts";
import { type Connection, connect } from "./connect.ts";
import { writeToStdout } from "./stdout.ts";

/** Options that every command with runs has. */
export interface SessionOptions extends SettingFlags {
	readonly json?: boolean;
	readonly quiet?: boolean;
	readonly verbose?: boolean;
	readonly color?: boolean;
	readonly sandbox?: boolean;
}

/** What a command that deals with runs works with, from its start to its end. */
export interface Session {
	readonly runtime: Runtime;
	readonly settings: ResolvedSettings;
	readonly reporter: Reporter;
	readonly journal: Journal;
	readonly ledger: Ledger;
	/** What the ledger says since this command began. */
	readonly view: LedgerView;
	/** Names that unfinished jobs will give. */
	readonly targets: Targets;
	/** Undefined where no limit of the day is set. */
	readonly day: DayBudget | undefined;
	/** What every order passes right before it leaves. @throws {Failure} `auth` */
	readonly admission: () => Promise<Admission>;
	/** From now on no order leaves. The first reason counts. */
	readonly stopOrders: (reason: Failure) => void;
	/** Our table of models, with what the live catalogue said of late. */
	readonly catalogue: Catalogue;
	readonly folders: { readonly config: string; readonly state: string };
	/** Where images are bought: the API's URL, or `sandbox`. */
	readonly service: string;
	readonly resumeCommand: string;
	/** Aborts at Ctrl-C. */
	readonly signal: AbortSignal;
	/** Aborts when nothing more is to be bought; what is bought is still brought home. */
	readonly noMore: AbortSignal;
	/** 130 or 143 after an interrupt. */
	readonly interruptCode: () => number | undefined;
	readonly startedAtMs: number;
	/** Calls `tell` where a second interrupt ends the process at once; the answer takes it off again. */
	readonly onLeave: (tell: () => void) => () => void;
	/** The service; the key is looked for at the first call. @throws {Failure} `auth` */
	readonly connection: () => Promise<Connection>;
	/** Brings files to the service, each content once for all images of the command. @throws {Failure} `auth` */
	readonly uploads: () => Promise<InputUploads>;
}

/** Opens a session, works in it, and puts everything away again, whatever happens. */
export async function withSession(
	options: SessionOptions & {
		readonly stdoutTaken?: boolean;
		/** A batch: the first interrupt only ends the buying, and what is told is of many images. */
		readonly isBatch?: boolean;
	},
	runtime: Runtime,
	work: (session: Session) => Promise<number>,
): Promise<number> {
	const settings = await loadSettings(runtime, options);
	const reporter = await createReporter(runtime, options);
	const isSandbox = wantsSandbox(options, runtime.env);
	const folders = locateFolders(runtime);
	const { state } = folders;
	const journal = openJournal(path.join(state, "jobs"));
	const resumeCommand = `flux-ultra resume${isSandbox ? " --sandbox" : ""}`;
	const interrupt = listenForInterrupt(
		runtime,
		reporter,
		resumeCommand,
		options.isBatch === true,
	);
	const service = isSandbox ? "sandbox" : settings.apiUrl.value;
	const kept = await openCatalogueStore(path.join(state, "catalogue"), () =>
		runtime.clock.now(),
	).load(service);
	let connection: Promise<Connection> | undefined;
	let uploads: Promise<InputUploads> | undefined;
	let admission: Promise<Admission> | undefined;
	const ledger = openLedger(path.join(state, "ledger"));
	const targets = openTargets(
		path.join(state, "targets"),
		path.join(state, "jobs"),
	);
	const ratios = createBillRatios();
	const view = await openLedgerView(
		path.join(state, "ledger"),
		service,
		ratios,
		runtime.clock,
	);
	const limit = settings.maxCostPerDayMicros;
	const day =
		limit.value === undefined
			? undefined
			: createDayBudget({
					limit,
					journal,
					view,
					ratios,
					service,
					clock: runtime.clock,
				});
	const admit = async ({ account }: Connection) => {
		const { noMore } = interrupt;
		const reservations = createReservations(settings.maxCostMicros, ratios);
		if (settings.maxCostMicros.value !== undefined) await view.learnBills();
		return createAdmission({
			view,
			targets,
			reservations,
			day,
			ratios,
			account,
			noMore,
		});
	};
	try {
		const session: Session = {
			runtime,
			settings,
			reporter,
			journal,
			folders,
			ledger,
			view,
			targets,
			day,
			admission: () => {
				admission ??= session.connection().then(admit);
				return admission;
			},
			stopOrders: (reason) => void admission?.then(({ stop }) => stop(reason)),
			catalogue: createCatalogue(kept?.models),
			service,
			resumeCommand,
			signal: interrupt.signal,
			noMore: interrupt.noMore,
			interruptCode: interrupt.code,
			onLeave: interrupt.onLeave,
			startedAtMs: runtime.clock.now(),
			connection: () => {
				connection ??= connect({ runtime, settings, reporter, isSandbox });
				return connection;
			},
			uploads: () => {
				uploads ??= openUploads(session);
				return uploads;
			},
		};
		return await work(session);
	} finally {
		interrupt.forget();
		journal.close();
		targets.close();
		reporter.end();
		await connection?.then(
			(open) => open.close(),
			() => {},
		);
	}
}

/** What the steps of one job work with; `index` is its place among the images of this command. */
export async function contextFor(
	job: Pick<
		Job,
		"prompt" | "seed" | "priceMicros" | "isEstimate" | "model" | "files"
	>,
	index: number,
	session: Session,
): Promise<JobContext> {
	const { runtime, settings, reporter, ledger, signal } = session;
	const { client, transport, account } = await session.connection();
	const admission = await session.admission();
	const label: JobLabel = { ...job, index };
	return {
		client,
		transport,
		ledger,
		admission,
		halt: (reason) => admission.stop(reason),
		account,
		clock: runtime.clock,
		random: runtime.random,
		signal,
		deadlineMs: runtime.clock.elapsed() + settings.timeoutMs.value,
		...(job.files && { uploads: await session.uploads() }),
		likelyEndMs: session.catalogue.find(job.model).likelyEndMs,
		emit: (event) => reporter.event(label, event),
		incoming: path.join(session.folders.state, "incoming"),
		writeToStdout: (file) => writeToStdout(file, runtime.stdout),
		showPath: (file) => showPath(file, runtime.cwd),
		resumeCommand: session.resumeCommand,
		isSandbox: () => session.service === "sandbox" || client.isSandbox(),
	};
}

async function openUploads(session: Session): Promise<InputUploads> {
	const { runtime, ledger, service, folders, reporter, signal } = session;
	const { client, caller, transport, account } = await session.connection();
	// Most images start from no file.
	const { createUploads } = await import("../../uploads/uploads.ts");
	const { createAssetApi } = await import("../../runflow/assets.ts");
	return createUploads({
		assets: createAssetApi(caller),
		client,
		transport,
		ledger,
		service,
		account,
		folder: path.join(folders.state, "uploads"),
		clock: runtime.clock,
		random: runtime.random,
		showPath: (file) => showPath(file, runtime.cwd),
		note: (text) => reporter.note(text),
		signal,
	});
}

/** A path as a user in this folder would write it: relative where that does not climb out. */
export function showPath(file: string, cwd: string): string {
	const relative = path.relative(cwd, file);
	const isBelow = relative !== "" && !relative.startsWith("..");
	return isBelow && !path.isAbsolute(relative) ? relative : file;
}

/** How records are told of what no order was sent for. */
export function showOf({ service, runtime }: Session): Show {
	return {
		isSandbox: () => service === "sandbox",
		showPath: (file) => showPath(file, runtime.cwd),
	};
}

/** Whether the built-in sandbox is asked for, by the option or the variable. */
function wantsSandbox(
	options: { readonly sandbox?: boolean },
	env: Runtime["env"],
): boolean {
	const variable = env.FLUX_ULTRA_SANDBOX ?? "";
	return options.sandbox ?? !["", "0", "false"].includes(variable);
}

/** The first interrupt ends the work in order (a batch: the buying), the second everything at once. */
function listenForInterrupt(
	runtime: Runtime,
	reporter: Reporter,
	resumeCommand: string,
	isBatch: boolean,
) {
	const controller = new AbortController();
	const noMore = new AbortController();
	// Each image listens: Node would warn of a leak at the eleventh.
	setMaxListeners(0, controller.signal, noMore.signal);
	const leaving = new Set<() => void>();
	let code: number | undefined;
	const forget = runtime.onSignal((signal) => {
		if (signal !== "SIGPIPE") {
			if (code !== undefined) {
				// Last in, first out: what was opened first is needed until the end.
				for (const tell of [...leaving].reverse()) tell();
				runtime.exit(code);
			}
			code = signal === "SIGTERM" ? 143 : 130;
			reporter.interrupted(isBatch ? retype(runtime.argv) : resumeCommand);
		}
		const reason = new Failure("interrupted", `stopped by ${signal}`);
		noMore.abort(reason);
		if (!isBatch) controller.abort(reason);
	});
	return {
		signal: controller.signal,
		noMore: noMore.signal,
		onLeave(tell: () => void) {
			leaving.add(tell);
			return () => leaving.delete(tell);
		},
		code: () => code,
		forget,
	};
}
