import type { CommandGrammar } from "../grammar/common.ts";

export const schemaGrammar: CommandGrammar = {
	call: "schema",
	description:
		"commands, options, exit codes, environment, settings and records as JSON, for programs and agents",
	isLocal: true,
	run: async (_, runtime, { parent }) =>
		(await import("./run.ts")).printSchema(parent, runtime),
};
