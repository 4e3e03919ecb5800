import type { Ledger } from "../ledger/ledger.ts";
import type { RunflowClient } from "../runflow/client.ts";
import { ServiceProblem } from "../runflow/problem.ts";
import { WireError } from "../runflow/wire-error.ts";

/** Images that came from the service and are known there. */
export interface OwnOutputs {
	/** The asset that an image is as the output of a run; undefined where it is none, or nobody can say just now. */
	assetOf(sha256: string, signal: AbortSignal): Promise<string | undefined>;
}

/** Those in the ledger that were bought at this service. The ledger is read at the first question, once. */
export function createOwnOutputs({
	ledger,
	client,
	service,
}: {
	readonly ledger: Pick<Ledger, "lines">;
	readonly client: Pick<RunflowClient, "readRun">;
	/** As the ledger names it. */
	readonly service: string;
}): OwnOutputs {
	let outputs: Promise<ReadonlyMap<string, Output>> | undefined;
	return {
		async assetOf(sha256, signal) {
			outputs ??= readOutputs(ledger, service);
			const output = (await outputs).get(sha256);
			if (output === undefined) return undefined;
			try {
				const run = await client.readRun(output.runId, signal);
				return run.outputs[output.at - 1]?.assetId;
			} catch (error) {
				const isAnswer =
					error instanceof ServiceProblem || error instanceof WireError;
				// An upload is the other way, and says better what is wrong.
				if (isAnswer) return undefined;
				throw error;
			}
		},
	};
}

interface Output {
	readonly runId: string;
	/** Which image of its run, from 1. */
	readonly at: number;
}

/** By the sha256 of what was saved. */
async function readOutputs(
	ledger: Pick<Ledger, "lines">,
	service: string,
): Promise<ReadonlyMap<string, Output>> {
	const outputs = new Map<string, Output>();
	try {
		for await (const { record, service: at } of ledger.lines())
			if (record.status === "saved" && at === service)
				outputs.set(record.sha256, {
					runId: record.run_id,
					at: record.output ?? 1,
				});
	} catch {
		// Only an upload is lost by a ledger that cannot be read; whoever writes to it says what is wrong.
	}
	return outputs;
}
