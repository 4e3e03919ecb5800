/** What happens to an image on its way, for whoever shows it. */
export type JobEvent =
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
	readonly seed: number;
	readonly priceMicros: number | undefined;
}
