import type { Failure } from "../errors.ts";
import type { JobEvent } from "../events.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { RunflowClient } from "../runflow/client.ts";
import type { Run } from "../runflow/schemas.ts";
import type { Transport } from "../runflow/transport.ts";
import type { Clock } from "../runtime.ts";
import type { InputFile } from "./job.ts";
import type { AdaptiveLimiter } from "./limits/adaptive-limiter.ts";
import type { Admission } from "./limits/admission.ts";
import type { Limiter } from "./limits/limiter.ts";
import type { RunHistory } from "./poll/run-history.ts";

/** A run that the service has taken. */
export interface SubmittedRun {
	readonly id: string;
	/** What it was sent with. */
	readonly clientRef: string;
	/** When it was made, by `Clock.elapsed`. */
	readonly submittedAtMs: number;
	/** Bought with another key, which may be of another account: this one may never be shown the run. */
	readonly byOtherKey?: boolean | undefined;
	/** The last answer about it; spares the first look. */
	readonly known?: Run | undefined;
}

/** Waits for the ends of runs. */
export interface Poller {
	/**
	 * Looks at a run until it has ended, and tells of its states.
	 * @throws {Failure} `timeout` at the deadline, `auth` where the key is refused, `bad_response` where the run is not known,
	 * `unknown_charge` where it is not, and was bought with another key
	 */
	waitForEnd(run: SubmittedRun, context: PollContext): Promise<Run>;
}

/** What waiting for a run needs. */
export type PollContext = Pick<
	JobContext,
	| "client"
	| "clock"
	| "random"
	| "signal"
	| "deadlineMs"
	| "runTimes"
	| "command"
	| "emit"
>;

/** Brings files of this machine to the service, each content once. */
export interface InputUploads {
	/**
	 * What stands for the file in the inputs of a run.
	 * @throws {Failure} with `charged: "no"`
	 */
	urlFor(
		file: InputFile,
		onProgress: (sentBytes: number, totalBytes: number) => void,
	): Promise<string>;
	/** The service refused this reference. */
	forget(file: InputFile, url: string): Promise<void>;
}

/** An input of a model that takes images. */
export interface ImageInputName {
	readonly name: string;
	/** It takes a list of them. */
	readonly isList: boolean;
}

/** What every step of a job works with. */
export interface JobContext {
	readonly client: RunflowClient;
	readonly transport: Transport;
	readonly ledger: Ledger;
	readonly clock: Clock;
	readonly random: () => number;
	/** Aborts at Ctrl-C, with a Failure `interrupted` as its reason. */
	readonly signal: AbortSignal;
	/** Until when a run is waited for, by `Clock.elapsed`. */
	readonly deadlineMs: number;
	/** How long runs of the job's model take. */
	readonly runTimes: RunHistory;
	/** Opened when a file has to be sent: most jobs have none. */
	readonly uploads: () => Promise<InputUploads>;
	/** One for all runs of the command. */
	readonly poller: Poller;
	/** What every order passes right before it leaves. */
	readonly admission: Admission;
	/** Names the account of the key (see `accountOf`). */
	readonly account: string;
	/** How many runs may be under way; undefined: as many as there are jobs. */
	readonly runLimiter?: AdaptiveLimiter | undefined;
	/** How many images may be downloaded at once; undefined: as many as there are jobs. */
	readonly downloads?: Limiter | undefined;
	/** Ends the buying of all other images: what stopped this one would stop them as well. */
	readonly halt: (reason: Failure) => void;
	/** One of many, as in a batch of a night: a service that cannot be reached is tried until the deadline, not five times. */
	readonly isUnattended?: boolean | undefined;
	readonly emit: (event: JobEvent) => void;
	/** Folder of what is on its way to stdout. */
	readonly incoming: string;
	/** Writes the bytes of a file to stdout, for `-o -`. */
	readonly writeToStdout: (file: string) => Promise<void>;
	/** A path as a user in this folder would write it. */
	readonly showPath: (path: string) => string;
	/** A command that goes on where this one works, by its words: `resume`. */
	readonly command: (words: string) => string;
	/** The inputs for images of a model of which ours are a guess, by its live description; free of charge. */
	readonly imageInputs?: (
		model: string,
	) => Promise<readonly ImageInputName[] | undefined>;
	/**
	 * How long a run may be missing from listings after it was made, in milliseconds, by what `doctor --live` saw of the service;
	 * infinite where it never came, undefined where nobody has seen it.
	 */
	readonly listingDelayMs?: () => Promise<number | undefined>;
	/** Whether the image comes from a sandbox. */
	readonly isSandbox: () => boolean;
}
