import type { jobOfImage } from "../batch/job-of-image.ts";
import type { News } from "../batch/news.ts";
import type { BatchOrder, PlannedImage } from "../batch/plan-rows.ts";
import type { Purse } from "../batch/purse.ts";
import type { Survey } from "../batch/survey.ts";
import type { JobContext, Watch } from "../jobs/context.ts";
import type { DayLimit } from "../jobs/day-limit.ts";
import type { FailureLimit } from "./batch-options.ts";
import type { Report } from "./report.ts";
import type { Session } from "./session.ts";

type BatchGoal = "image" | "submitted";

export interface BatchWork {
	/** The images of this process, in the same order at each call. */
	readonly plan: () => AsyncIterable<PlannedImage>;
	readonly survey: Survey;
	/** What was brought since the survey began. */
	readonly news: News;
	readonly goal: BatchGoal;
	readonly maxFailures: FailureLimit;
	readonly report: Report;
	/** Orders go through the service's own batch endpoint. */
	readonly inBulk: boolean;
	readonly replace: "nothing" | "update" | "force";
	readonly order: BatchOrder;
	/** Is told of the ends of runs by callbacks; undefined: they are looked for. */
	readonly watch: Watch | undefined;
}

/** What the images of a batch share. */
export interface Tools {
	readonly work: BatchWork;
	readonly session: Session;
	readonly stop: AbortController;
	readonly shared: Pick<JobContext, "watch" | "gate"> &
		Partial<Pick<JobContext, "client">>;
	readonly purse: Purse;
	readonly dayLimit: DayLimit;
	readonly nextNames: (() => Names) & { readonly group: string };
}

/** What a new job is called. */
export type Names = Parameters<typeof jobOfImage>[2];
