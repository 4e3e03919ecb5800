/**
 * The ways a command can end that are not success, and the exit code of each.
 * The table is the public contract: a code is never renamed, an exit code never moved.
 */
export const exitCodes = {
	run_failed: 1,
	canceled: 1,
	no_output: 1,
	bad_response: 1,
	internal: 1,
	usage: 2,
	exists: 2,
	config: 2,
	auth: 4,
	no_credit: 5,
	over_budget: 5,
	moderated: 6,
	network: 7,
	rate_limited: 7,
	unavailable: 7,
	timeout: 8,
	unknown_charge: 8,
	disk: 9,
	bad_image: 9,
	interrupted: 130,
} as const;

/** What each exit code says, of 0 and of what is more than one error. */
export const exitMeanings: Readonly<Record<number, string>> = {
	0: "every image asked for is on disk and checked",
	1: "a run failed, or the service's answer makes no sense",
	2: "wrong usage or settings; nothing was sent",
	3: "some of several images are missing; where all are: the code of the reason that they share, 8 where some are paid and none failed, or 1",
	4: "key missing, refused, or not allowed",
	5: "no credit, or the budget would be passed",
	6: "refused by moderation",
	7: "service or network not reachable",
	8: "still running, or not known whether it was bought: flux-ultra resume goes on",
	9: "the file could not be written, or what came is not the image",
	130: "interrupted; 143 where the system asked to end",
};

export type ErrorCode = keyof typeof exitCodes;

/** Whether money left the account for an image: `unknown` until the service has been asked. */
export type Charged = "yes" | "no" | "unknown";

/** A command that goes on, as it may be run in a POSIX shell. */
export interface NextCommand {
	readonly command: string;
	/** `free` where it can buy nothing. */
	readonly effect: "free" | "spends";
}

interface FailureDetails {
	/** The next command or step, as one line. */
	readonly hint?: string | undefined;
	/** The command that the hint names, where it needs nobody's thought before it is run. */
	readonly next?: NextCommand | undefined;
	/** True where the same command later may well succeed. */
	readonly retryable?: boolean;
	/** Status of the HTTP answer that said so. */
	readonly httpStatus?: number | undefined;
	/** The service's own id of the request, for its support desk. */
	readonly requestId?: string | undefined;
	readonly charged?: Charged | undefined;
	/** The run that is known, where the job could not be told of it. */
	readonly runId?: string | undefined;
	/** The rows of a batch that it is about. */
	readonly rows?: readonly WrongRow[] | undefined;
	readonly cause?: unknown;
	/** The user was asked and said no: told without calling it an error. */
	readonly isAnswer?: true | undefined;
}

/** A row of a batch, by the line where it starts, and what is wrong with it. */
interface WrongRow {
	readonly line: number;
	readonly reason: string;
}

/** An expected way to fail: what failed with the value in question, then what to do. Shown without a stack. */
export class Failure extends Error {
	override readonly name = "Failure";
	readonly code: ErrorCode;
	readonly hint: string | undefined;
	readonly next: NextCommand | undefined;
	readonly retryable: boolean;
	readonly httpStatus: number | undefined;
	readonly requestId: string | undefined;
	readonly charged: Charged | undefined;
	readonly runId: string | undefined;
	readonly rows: readonly WrongRow[] | undefined;
	readonly isAnswer: true | undefined;

	constructor(code: ErrorCode, message: string, details: FailureDetails = {}) {
		super(message, { cause: details.cause });
		this.code = code;
		this.hint = details.hint;
		this.next = details.next;
		this.retryable = details.retryable ?? false;
		this.httpStatus = details.httpStatus;
		this.requestId = details.requestId;
		this.charged = details.charged;
		this.runId = details.runId;
		this.rows = details.rows;
		this.isAnswer = details.isAnswer;
	}
}

/** A hint that ends in a command which needs nobody's thought before it is run, unless something was left out of it (`…`). */
export function hintAt(
	words: string,
	command: string,
	effect: NextCommand["effect"] = "free",
): Pick<FailureDetails, "hint" | "next"> {
	return {
		hint: `${words}: ${command}`,
		next: command.includes("…") ? undefined : { command, effect },
	};
}

/** Any thrown value as a Failure; what nobody expected becomes `internal`. */
export function toFailure(error: unknown): Failure {
	if (error instanceof Failure) return error;
	const message = error instanceof Error ? error.message : String(error);
	return new Failure("internal", message, { cause: error });
}

/** The `code` of a Node system error (`ENOSPC`, `EEXIST`, …), if this is one. */
export function systemCode(error: unknown): string | undefined {
	const code = (error as { code?: unknown } | null)?.code;
	return typeof code === "string" ? code : undefined;
}
