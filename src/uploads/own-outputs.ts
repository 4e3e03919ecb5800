import type { Ledger } from "../ledger/ledger.ts";
import type { RunflowClient } from "../runflow/client.ts";
import { ServiceProblem } from "../runflow/problem.ts";
import { WireError } from "../runflow/wire-error.ts";

export interface OutputSources {
	readonly ledger: Pick<Ledger, "lines">;
	readonly client: Pick<RunflowClient, "readRun">;
	/** As the ledger names it. */
	readonly service: string;
}

/**
 * Finds the asset that an image is as the output of a run that was bought at this service; undefined where it is none, or nobody can
 * say just now. The ledger is read at the first question, once.
 */
export function createOutputFinder(sources: OutputSources) {
	let outputs: ReturnType<typeof readOutputs> | undefined;
	return async (
		sha256: string,
		signal: AbortSignal,
	): Promise<string | undefined> => {
		outputs ??= readOutputs(sources);
		const output = (await outputs).get(sha256);
		if (output === undefined) return undefined;
		try {
			const run = await sources.client.readRun(output.runId, signal);
			return run.outputs[output.at - 1]?.assetId;
		} catch (error) {
			// An upload is the other way, and says better what is wrong.
			if (error instanceof ServiceProblem || error instanceof WireError)
				return undefined;
			throw error;
		}
	};
}

/** Which image of which run, from 1, by the sha256 of what was saved. */
async function readOutputs({ ledger, service }: OutputSources) {
	const outputs = new Map<string, { runId: string; at: number }>();
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
