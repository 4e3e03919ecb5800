/** What happens to an image on its way, for whoever shows it. */
export type JobEvent =
	/** A file that the model starts from is on its way to the service. */
	| {
			readonly type: "uploading";
			readonly sentBytes: number;
			readonly totalBytes: number;
	  }
	| { readonly type: "sending" }
	| { readonly type: "submitted"; readonly runId: string }
	/** The state of the run, in the service's word; `known` is false for a word that nobody told us of. */
	| {
			readonly type: "state";
			readonly state: "queued" | "running" | "unknown";
			readonly status: string;
			readonly sinceMs: number;
	  }
	| {
			readonly type: "downloading";
			readonly receivedBytes: number;
			/** Undefined where the storage doesn't say. */
			readonly totalBytes: number | undefined;
	  }
	/** Another process is at the same image: its outcome is waited for. */
	| { readonly type: "joined"; readonly pid: number }
	/** Something went wrong and is being mended, or is worth knowing. */
	| { readonly type: "note"; readonly text: string };

/** Which image an event is about. */
export interface JobLabel {
	/** From 1. */
	readonly index: number;
	readonly prompt: string;
	/** Null where the model takes none. */
	readonly seed: number | null;
	/** Of its run, in micro-dollars. */
	readonly priceMicros: number | undefined;
	readonly isEstimate?: boolean | undefined;
}
