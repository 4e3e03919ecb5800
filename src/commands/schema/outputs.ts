import * as z from "zod/mini";
import { described, errorSchema } from "../../record-schema.ts";

const version = z.literal(1);
const text = z.nullable(z.string());
const usd = z.nullable(z.number());
const maybe = z.exactOptional;
const counts = z.record(z.string(), z.number());

/** A file as `show`, `verify` and `export` name it. */
const place = {
	file: text,
	path: described(maybe(text), "the same, absolute"),
};

const input = z.object({
	...{ name: z.string(), type: z.string(), required: z.boolean() },
	...{ default: z.unknown(), min: usd, max: usd, pattern: text },
	...{ choices: z.nullable(z.array(z.string())), description: text },
});

const model = {
	version,
	...{ id: z.string(), name: z.string(), summary: z.string() },
	...{ aliases: z.array(z.string()), formats: z.array(z.string()) },
	price: described(
		z.looseObject({ per: z.enum(["image", "megapixel", "choice", "unknown"]) }),
		"in dollars: usd, a number, or of choice one for each value of its input",
	),
	inputs: described(z.nullable(z.array(input)), "null where nobody knows them"),
	size: z.nullable(z.object({ width: z.number(), height: z.number() })),
	...{ pricing_note: text, max_resolution: text, max_images: usd },
	...{ edit: text, standing: text, source: z.string() },
	sure: described(z.record(z.string(), z.string()), "how sure each fact is"),
	differences: z.array(z.string()),
	...{ docs_url: z.string(), text_url: z.string(), openapi_url: z.string() },
};

/** What `--json` prints of other things than images, a line each, by command: names are added, never changed, within a version. */
export const outputSchemas = {
	balance: z.object({ version, balance_usd: z.number(), sandbox: z.boolean() }),
	doctor: described(
		z.looseObject({
			version,
			check: z.string(),
			status: z.enum(["ok", "note", "failed", "skipped"]),
			...{ message: z.string(), hint: text },
			code: described(text, "one of error_codes, of what failed"),
		}),
		"with facts of the check beside these names",
	),
	export: z.object({
		version,
		status: z.enum(["saved", "skipped", "failed"]),
		original: described(z.string(), "as it was typed"),
		index: z.number(),
		...{ file: maybe(z.string()), path: maybe(z.string()) },
		...{ original_sha256: maybe(z.string()), sha256: maybe(z.string()) },
		...{ width: maybe(z.number()), height: maybe(z.number()) },
		...{ bytes: maybe(z.number()), format: maybe(z.string()) },
		dpi: maybe(z.number()),
		print_mm: described(maybe(z.array(z.number())), "width and height"),
		derived_from_content_credentials: maybe(z.boolean()),
		error: maybe(errorSchema),
	}),
	models: z.object(model),
	"models show": z.object({
		...model,
		flags: described(
			z.nullable(z.record(z.string(), z.array(z.string()))),
			"options of the command line, and the inputs that they stand for",
		),
		example: described(text, "a command that shows its price"),
	}),
	show: z.object({
		version,
		...place,
		known_by: z.nullable(z.enum(["content", "sidecar", "path", "original"])),
		is_unchanged: z.nullable(z.boolean()),
		...{ bytes: usd, damage: maybe(z.string()) },
		...{ width: maybe(z.number()), height: maybe(z.number()) },
		...{ format: maybe(z.string()), sha256: maybe(z.string()) },
		original_sha256: described(maybe(z.string()), "of what it is a copy of"),
		metadata: maybe(z.record(z.string(), z.boolean())),
		print_cm: maybe(z.record(z.string(), z.array(z.number()))),
		paper_dpi: maybe(counts),
		...{ prompt: maybe(z.string()), seed: maybe(usd), seed_used: maybe(usd) },
		...{ model: maybe(z.string()), run_id: maybe(z.string()) },
		inputs: maybe(z.record(z.string(), z.unknown())),
		...{ client_ref: maybe(z.string()), output: maybe(z.number()) },
		...{ sandbox: maybe(z.boolean()), paid_usd: maybe(usd) },
		cost_is_estimate: maybe(z.literal(true)),
		...{ submitted_at: maybe(text), run_ms: maybe(usd), project: maybe(text) },
		again: described(maybe(z.string()), "buys the same anew"),
		variation: described(maybe(z.string()), "buys one of a fresh seed"),
	}),
	spend: z.object({
		version,
		by: z.enum(["day", "model", "project", "month"]),
		group: described(text, "null of the total, which comes last"),
		...{ images: z.number(), failed: z.number(), cost_usd: z.number() },
		unknown_cost: described(z.number(), "images whose cost nobody has told"),
		sandbox: z.boolean(),
		cost_is_estimate: described(
			z.boolean(),
			"some of it goes by the list price, as no bill has come",
		),
	}),
	verify: z.object({
		version,
		status: z.enum([
			"whole",
			"foreign",
			"changed",
			"damaged",
			"no-image",
			"unreadable",
			"missing",
		]),
		...place,
		...{ sha256: maybe(z.string()), message: maybe(z.string()) },
		...{ run_id: maybe(text), client_ref: maybe(z.string()) },
		line: described(maybe(z.number()), "of a row that never had an image"),
	}),
};
