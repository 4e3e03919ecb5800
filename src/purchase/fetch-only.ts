import { type BoughtRun, dedupeKey, type Job } from "./job.ts";

/** What is known of a run that exists already, and where its images go. */
type Known = Pick<
	Job,
	| "ref"
	| "clientRef"
	| "service"
	| "model"
	| "prompt"
	| "seed"
	| "images"
	| "wanted"
	| "output"
	| "project"
	| "isRefetch"
	| "createdAt"
	| "command"
>;

/** A job that brings images of a run that exists already, and can buy nothing; with its dedupe key. */
export function fetchOnly(
	run: BoughtRun,
	known: Known,
): { readonly key: string; readonly job: Job } {
	return {
		key: dedupeKey({
			service: known.service,
			model: "",
			input: { run: run.id },
			output: known.output.path ?? "-",
			copy: 1,
		}),
		job: {
			version: 1,
			...known,
			body: "",
			group: run.id,
			index: 1,
			priceMicros: undefined,
			stage: { name: "bought", runId: run.id, submittedAt: run.submittedAt },
		},
	};
}
