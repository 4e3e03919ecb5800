import * as z from "zod/mini";
import { type ErrorCode, exitCodes } from "./errors.ts";

/*
 * What is told of one image, or of a command that ended before any (`--json`, the ledger): the types (`record.ts`) and the JSON Schema
 * (`flux-ultra schema`) are made of this. The names are the public contract, version 1: names are added, never changed.
 */

const version = z.literal(1);
const usd = z.nullable(z.number());
const charged = described(
	z.enum(["yes", "no", "unknown"]),
	"whether this command bought it",
);
const costIsEstimate = z.exactOptional(z.literal(true));
const isUnbilled = described(
	costIsEstimate,
	"the amounts go by the list price: the bill has not come, or the service states none",
);
const submittedAt = described(z.nullable(z.string()), "ISO 8601");

export const errorSchema = object({
	code: z.enum(Object.keys(exitCodes) as [ErrorCode, ...ErrorCode[]]),
	message: z.string(),
	hint: described(z.nullable(z.string()), "the next command or step, a line"),
	retryable: described(
		z.boolean(),
		"whether the same command may well succeed later",
	),
	http_status: z.nullable(z.number()),
	request_id: described(
		z.nullable(z.string()),
		"the service's own, for its support desk",
	),
	rows: described(
		z.exactOptional(
			z.readonly(z.array(object({ line: z.number(), reason: z.string() }))),
		),
		"the first 100 rows of a batch that cannot be bought, by their lines",
	),
});

const next = described(
	z.exactOptional(
		object({
			command: z.string(),
			effect: z.enum(["free", "spends"]),
		}),
	),
	"the command that goes on, for a POSIX shell with the same variables; free: it can buy nothing",
);

/** What every record of an image says, a plan's but for `client_ref`. */
export const imageAsked = {
	version,
	prompt: z.string(),
	seed: described(z.nullable(z.number()), "null where the model takes none"),
	model: described(z.string(), "owner/slug"),
	inputs: described(
		z.exactOptional(z.readonly(z.record(z.string(), z.unknown()))),
		"what the model was given beside prompt and seed; addresses with … for their query, which may be a secret",
	),
	input_files: described(
		z.exactOptional(
			z.readonly(z.array(object({ file: z.string(), sha256: z.string() }))),
		),
		"the files of this machine among the inputs, by their absolute paths",
	),
	client_ref: described(z.string(), "shared by the images of one run"),
	index: described(z.number(), "from 1, in the order of asking"),
	output: described(
		z.exactOptional(z.number()),
		"which image of its run, from 1, where a run makes several",
	),
	line: described(
		z.exactOptional(z.number()),
		"where the row starts in the file of a batch, from 1",
	),
	sandbox: z.boolean(),
};

const imageFile = {
	file: described(
		z.string(),
		"path as a user in this folder would write it; - for stdout",
	),
	path: described(
		z.exactOptional(z.string()),
		"the same, absolute; not for stdout",
	),
	thumbnail: described(
		z.exactOptional(z.nullable(z.string())),
		"with --thumbnail: the absolute path of a JPEG of it of at most 1,024 pixels a side; null where it could not be made",
	),
	bytes: z.number(),
	width: z.number(),
	height: z.number(),
	format: z.string(),
	sha256: z.string(),
};

const saved = object({
	...imageAsked,
	...imageFile,
	status: z.literal("saved"),
	run_id: z.string(),
	charged: described(
		z.enum(["yes", "no"]),
		"no for what an earlier command bought and this one fetched",
	),
	cost_usd: described(
		usd,
		"what this command spent; 0 for what an earlier one bought",
	),
	paid_usd: described(
		usd,
		"what it cost when it was bought, by the service's word, or our price where it doesn't say; null where neither is known",
	),
	cost_is_estimate: isUnbilled,
	width_promised: described(
		z.exactOptional(z.number()),
		"by the service, where what came has another size; so is height_promised",
	),
	height_promised: z.exactOptional(z.number()),
	seed_used: described(
		z.exactOptional(z.number()),
		"by the service, where it is not the one asked for",
	),
	nsfw_detected: described(
		z.exactOptional(z.literal(true)),
		"found indecent by the service, and delivered all the same",
	),
	file_asked: described(
		z.exactOptional(z.string()),
		"the name asked for, where the image's own format gave it another",
	),
	submitted_at: submittedAt,
	run_ms: described(
		z.nullable(z.number()),
		"milliseconds of the run, by the service's count",
	),
	total_ms: described(
		z.number(),
		"milliseconds from the start of this command's work on the image",
	),
});

/** Already on disk: nothing was spent by this command. */
const skipped = object({
	...imageAsked,
	...imageFile,
	status: z.literal("skipped"),
	run_id: z.string(),
	charged: z.literal("no"),
	cost_usd: z.literal(0),
	paid_usd: usd,
	cost_is_estimate: isUnbilled,
});

/** Money in an image that is not on disk: nothing where none is in it, or nobody knows; null where the amount is not known. */
const spent = {
	cost_usd: z.exactOptional(usd),
	paid_usd: z.exactOptional(usd),
	cost_is_estimate: isUnbilled,
};

/** Left for later: `submitted` on purpose, `pending` for the reason in `error`. */
const unfinished = object({
	...imageAsked,
	...spent,
	file: described(
		z.exactOptional(z.string()),
		"where it will be; left out while its name waits for the id of its run",
	),
	path: imageFile.path,
	status: z.enum(["submitted", "pending"]),
	run_id: z.nullable(z.string()),
	charged,
	submitted_at: submittedAt,
	error: z.exactOptional(errorSchema),
	next,
});

const failed = object({
	...imageAsked,
	...spent,
	status: z.literal("failed"),
	run_id: z.nullable(z.string()),
	charged,
	submitted_at: z.exactOptional(submittedAt),
	error: errorSchema,
	next,
});

const { client_ref: _, ...imagePlanned } = imageAsked;

const planned = object({
	...imagePlanned,
	status: z.literal("planned"),
	file: imageFile.file,
	path: imageFile.path,
	seed_is_fresh: described(
		z.exactOptional(z.literal(true)),
		"nobody asked for the seed: the command makes another one, for the file's name too",
	),
	charged: z.literal("no"),
	cost_usd: described(usd, "the estimate; null where the price is not known"),
	cost_is_estimate: described(
		costIsEstimate,
		"the inputs leave the price open, or nobody has told it: the bill settles it",
	),
});

/** By kind; `error` is the only record of a command that ended before any image. */
export const recordSchemas = {
	saved,
	skipped,
	unfinished,
	failed,
	planned,
	error: object({
		version,
		status: z.literal("error"),
		charged,
		error: errorSchema,
		next,
	}),
};

function object<Shape extends Readonly<Record<string, z.core.$ZodType>>>(
	shape: Shape,
) {
	return z.readonly(z.object(shape));
}

/** With words for whoever reads the JSON Schema. */
export function described<Schema extends z.ZodMiniType>(
	schema: Schema,
	description: string,
): Schema {
	return schema.check(z.describe(description));
}
