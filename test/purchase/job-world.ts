import { mkdir, readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { expect, onTestFinished } from "vitest";
import { Failure } from "../../src/errors.ts";
import type { JobEvent } from "../../src/events.ts";
import { createBillRatios } from "../../src/ledger/bill.ts";
import { type Ledger, openLedger } from "../../src/ledger/ledger.ts";
import { openLedgerView } from "../../src/ledger/view.ts";
import type { JobContext } from "../../src/purchase/context.ts";
import type { Job, Stage } from "../../src/purchase/job.ts";
import { Admission } from "../../src/purchase/limits/admission.ts";
import { DayBudget } from "../../src/purchase/limits/day-budget.ts";
import {
	createReservations,
	type Reservations,
} from "../../src/purchase/limits/reservations.ts";
import { createPoller } from "../../src/purchase/poll/poller.ts";
import type { RunHistory } from "../../src/purchase/poll/run-history.ts";
import {
	type HeldJob,
	type Journal,
	openJournal,
} from "../../src/purchase/store/journal.ts";
import { lastLine } from "../../src/purchase/store/lease.ts";
import { openTargets } from "../../src/purchase/store/targets.ts";
import type { RunflowClient } from "../../src/runflow/client.ts";
import type { Transport } from "../../src/runflow/transport.ts";
import { FakeClock } from "../fake-clock.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { FakeClient, type Script } from "./fake-client.ts";

export interface JobWorld {
	readonly clock: FakeClock;
	readonly client: FakeClient;
	readonly context: JobContext;
	/** What was told, in order. */
	readonly events: JobEvent[];
	/** The notes among the events. */
	readonly notes: () => string[];
	readonly journal: Journal;
	readonly ledger: Ledger;
	/** Where images go; the state lies in `.state` in it. */
	readonly folder: string;
	readonly jobsFolder: string;
	readonly ledgerFolder: string;
	/** A job in the hands of this process, at this stage. */
	readonly hold: (job?: Partial<Job>, key?: string) => Promise<HeldJob>;
	/** What a process that starts now would find on disk; undefined where the job is gone. */
	readonly jobOnDisk: () => Promise<Job | undefined>;
	readonly interrupt: () => void;
	/** Why all buying was to end. */
	readonly halts: readonly Failure[];
	/** Ends the buying from outside. */
	readonly noMore: AbortController;
}

interface Limits {
	/** Limit of the command, in micro-dollars. */
	readonly maxMicros?: number;
	/** Limit of the day, in micro-dollars. */
	readonly maxMicrosPerDay?: number;
	/** In the place of those by `maxMicros`. */
	readonly reservations?: Reservations;
}

const service = "https://api.test";

/** The surroundings of one job: real folders, a service by script, and a clock that waits for nobody. */
export async function jobWorld(
	script: Script = {},
	own: Partial<JobContext> = {},
	limits: Limits = {},
): Promise<JobWorld> {
	const folder = temporaryFolder();
	const jobsFolder = path.join(folder, ".state", "jobs");
	const ledgerFolder = path.join(folder, ".state", "ledger");
	await mkdir(jobsFolder, { recursive: true });
	const journal = openJournal(jobsFolder);
	onTestFinished(() => journal.close());
	const clock = new FakeClock();
	const client = new FakeClient(script);
	const events: JobEvent[] = [];
	const controller = new AbortController();
	const ledger = openLedger(ledgerFolder);
	const halts: Failure[] = [];
	const noMore = new AbortController();
	const ratios = createBillRatios();
	const limit = { value: limits.maxMicros, origin: "--max-cost" };
	const view = await openLedgerView(ledgerFolder, service, ratios, clock);
	const targets = openTargets(
		path.join(folder, ".state", "targets"),
		jobsFolder,
		"flux-ultra resume",
	);
	onTestFinished(() => targets.close());
	const dayLimit = {
		value: limits.maxMicrosPerDay,
		origin: "max-cost-per-day",
	};
	const admission = new Admission({
		view,
		targets,
		reservations: limits.reservations ?? createReservations(limit, ratios),
		day:
			dayLimit.value === undefined
				? undefined
				: new DayBudget({
						limit: dayLimit,
						journal,
						view,
						ratios,
						service,
						clock,
					}),
		ratios,
		account: "account-1",
		noMore: noMore.signal,
	});
	const context: JobContext = {
		// What no step of a job asks is not there, and asking for it fails the test.
		client: client as Partial<RunflowClient> as RunflowClient,
		transport: noTransport,
		ledger,
		admission,
		uploads: async () => expect.fail("no file was expected"),
		account: "account-1",
		halt: (reason) => halts.push(reason),
		clock,
		random: () => 0,
		signal: controller.signal,
		deadlineMs: clock.elapsed() + 300_000,
		runTimes: newModel,
		poller: createPoller(),
		emit: (event) => events.push(event),
		incoming: path.join(folder, ".state", "incoming"),
		writeToStdout: async () => expect.fail("nothing is for stdout"),
		showPath: (file) => path.relative(folder, file),
		command: (words) => `flux-ultra ${words}`,
		isSandbox: () => false,
		...own,
	};
	return {
		halts,
		noMore,
		clock,
		client,
		context,
		events,
		notes: () =>
			events.flatMap((event) => (event.type === "note" ? [event.text] : [])),
		journal,
		ledger,
		folder,
		jobsFolder,
		ledgerFolder,
		async hold(job, key = "job") {
			const made = makeJob({ ...job }, folder);
			const acquired = await journal.acquire(key, () => made);
			if (acquired.state !== "created") expect.fail(acquired.state);
			return acquired.held;
		},
		async jobOnDisk() {
			const names = await readdir(path.join(jobsFolder, "job")).catch(() => []);
			const name = names.find((one) => one.endsWith(".json"));
			if (name === undefined) return undefined;
			const text = await readFile(path.join(jobsFolder, "job", name), "utf8");
			return JSON.parse(lastLine(text));
		},
		interrupt: () => controller.abort(interrupted),
	};
}

export const interrupted = new Failure("interrupted", "stopped by SIGINT");

export function makeJob(job: Partial<Job> = {}, folder = "/images"): Job {
	return {
		version: 1,
		ref: "ref-1",
		clientRef: "ref-1",
		service: "https://api.test",
		model: "black-forest-labs/flux-1-1-pro-ultra",
		body: '{"input":{"prompt":"a garden","seed":42},"client_ref":"ref-1"}',
		prompt: "a garden",
		seed: 42,
		output: {
			path: path.join(folder, "garden.jpg"),
			force: false,
			sidecar: false,
			formats: ["jpeg"],
		},
		group: "group-1",
		index: 1,
		project: undefined,
		priceMicros: 60_000,
		createdAt: "2026-11-03T12:00:00.000Z",
		command: 'flux-ultra "a garden"',
		stage: { name: "planned" },
		...job,
	};
}

export const bought = {
	name: "bought",
	runId: "run-1",
	submittedAt: "2026-11-03T12:00:00.000Z",
} as const satisfies Stage;

/** The failure that a promise ends with. */
export async function failureOf(promise: Promise<unknown>): Promise<Failure> {
	const error = await promise.then(
		() => expect.fail("nothing failed"),
		(thrown: unknown) => thrown,
	);
	if (!(error instanceof Failure)) throw error;
	return error;
}

/** Of which no run has been seen, and none is remembered. */
export const newModel: RunHistory = {
	likelyEndMs: { from: 3_000, to: 15_000 },
	pastMs: [],
	learn: () => {},
};

const noTransport: Transport = {
	isLocal: true,
	fetchText: async () => expect.fail("no request was expected"),
	openStream: async () => expect.fail("no request was expected"),
	putFile: async () => expect.fail("no request was expected"),
	close: async () => {},
};
