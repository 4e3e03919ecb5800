import type { Grammar } from "../grammar/common.ts";

/** `flux-ultra schema`. */
export const schemaGrammar: Grammar = (program, runtime, end) => {
	program
		.command("schema")
		.description(
			"commands, options, exit codes, environment, settings and records as JSON, for programs and agents",
		)
		.action(async () => {
			const { printSchema } = await import("./run.ts");
			end(printSchema(program, runtime));
		});
};
