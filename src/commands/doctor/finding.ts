import { type ErrorCode, toFailure } from "../../errors.ts";

export interface Verdict {
	/** `note`: it works, and there is something to know; `skipped`: what it rests on is not there. */
	readonly status: "ok" | "note" | "failed" | "skipped";
	readonly message: string;
	readonly hint?: string | undefined;
	/** Of what failed: decides the exit code. */
	readonly code?: ErrorCode;
	/** The same for programs, by names in snake case: names are added, never changed. */
	readonly facts?: Readonly<Record<string, unknown>>;
}

export interface Finding extends Verdict {
	readonly check: string;
}

export class Skipped extends Error {}

export function ok(message: string, facts: Verdict["facts"] = {}): Verdict {
	return { status: "ok", message, facts };
}

export function note(
	message: string,
	hint: string | undefined,
	facts: Verdict["facts"] = {},
): Verdict {
	return { status: "note", message, hint, facts };
}

/** What a check rests on, and another check tells of: where it failed, this one is skipped. */
export async function needed<T>(basis: Promise<T>): Promise<T> {
	try {
		return await basis;
	} catch (error) {
		throw new Skipped(`not tried: ${toFailure(error).message}`);
	}
}

/** Judges one check alone: whatever it throws is what it found. */
export async function judged(
	check: string,
	work: Promise<Verdict>,
): Promise<Finding> {
	try {
		return { check, ...(await work) };
	} catch (error) {
		if (error instanceof Skipped)
			return { check, status: "skipped", message: error.message };
		const { code, message, hint } = toFailure(error);
		return { check, status: "failed", message, hint, code };
	}
}

export function recordOf({ facts, hint, code, ...found }: Finding) {
	return {
		version: 1,
		...found,
		...{ hint: hint ?? null, code: code ?? null },
		...facts,
	};
}
