import * as z from "zod/mini";
import { described } from "../../record-schema.ts";

const text = z.nullable(z.string());
const usd = z.nullable(z.number());

/** What `runs list --json` prints of a run, a line each. The names are those of the records. */
export const rowSchema = z.readonly(
	z.object({
		version: z.literal(1),
		status: z.string(),
		run_id: text,
		created_at: described(text, "of the purchase, ISO 8601"),
		cost_usd: described(
			usd,
			"spent on it from here, whichever command that was; of one that is unfinished the estimate",
		),
		paid_usd: described(
			usd,
			"what it cost when it was bought; null where that is not known yet, or by nobody",
		),
		cost_is_estimate: described(
			z.boolean(),
			"the amounts go by the list price: no bill has come",
		),
		file: text,
		path: described(text, "the same, absolute"),
		seed: z.nullable(z.number()),
		prompt: text,
		client_ref: text,
		model: described(
			text,
			"owner/slug; null where the service alone tells of the run",
		),
		sha256: described(
			text,
			"of the image's bytes; null where it is not on disk",
		),
		project: text,
		sandbox: described(z.nullable(z.boolean()), "null where nobody says"),
	}),
);
