import type { JobEvent } from "../events.ts";
import type { RunflowClient } from "../runflow/client.ts";
import type { Transport } from "../runflow/transport.ts";
import type { Clock } from "../runtime.ts";
import type { Ledger } from "./ledger.ts";
import type { LikelyEnd } from "./pace.ts";

/** What every step of a job works with. */
export interface JobContext {
	readonly client: RunflowClient;
	readonly transport: Transport;
	readonly ledger: Ledger;
	readonly clock: Clock;
	readonly random: () => number;
	/** Aborts at Ctrl-C, with a Failure `interrupted` as its reason. */
	readonly signal: AbortSignal;
	/** Until when a run is waited for, in milliseconds since 1970. */
	readonly deadlineMs: number;
	readonly likelyEndMs: LikelyEnd;
	readonly emit: (event: JobEvent) => void;
	/** Folder of what is on its way to stdout. */
	readonly incoming: string;
	/** Writes the bytes of a file to stdout, for `-o -`. */
	readonly writeToStdout: (file: string) => Promise<void>;
	/** A path as a user in this folder would write it. */
	readonly showPath: (path: string) => string;
	/** The command that goes on with what is unfinished. */
	readonly resumeCommand: string;
	/** Whether the image comes from a sandbox. */
	readonly isSandbox: () => boolean;
}
