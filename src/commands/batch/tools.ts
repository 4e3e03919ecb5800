import type { jobOfImage } from "../../orders/job-of-image.ts";
import type { BatchOrder, PlannedImage } from "../../orders/plan-rows.ts";
import type { Survey } from "../../orders/survey.ts";
import type { JobContext, Poller } from "../../purchase/context.ts";
import type { Admission } from "../../purchase/limits/admission.ts";
import type { Session } from "../session/session.ts";
import type { FailureLimit } from "./options.ts";
import type { Report } from "./report.ts";

type BatchGoal = "image" | "submitted";

export interface BatchWork {
	/** The images of this process, in the same order at each call. */
	readonly plan: () => AsyncIterable<PlannedImage>;
	readonly survey: Survey;
	readonly goal: BatchGoal;
	readonly maxFailures: FailureLimit;
	readonly report: Report;
	readonly replace: "nothing" | "update" | "force";
	readonly order: BatchOrder;
	/** Is told of the ends of runs by callbacks; undefined: they are looked for. */
	readonly poller: Poller | undefined;
}

/** What the images of a batch share. */
export interface Tools {
	readonly work: BatchWork;
	readonly session: Session;
	readonly stop: AbortController;
	/** Undefined where everything is there already. */
	readonly admission: Admission | undefined;
	readonly shared: Pick<
		JobContext,
		"poller" | "runLimiter" | "downloads" | "halt"
	>;
	readonly nextNames: (() => Names) & { readonly group: string };
}

/** What a new job is called. */
export type Names = Parameters<typeof jobOfImage>[2];
