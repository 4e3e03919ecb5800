import type { CommandGrammar } from "../grammar/common.ts";

const refresh = [
	"--refresh",
	"ask the live catalogue, and say where it differs; costs nothing",
] as const;

export const modelsGrammar: CommandGrammar = {
	call: "models",
	description: "the family: ids, prices, inputs",
	verbs: [
		{
			call: "list",
			description: "what each costs, takes and delivers; also without the verb",
			options: [refresh],
			isDefault: true,
			run: async (options, runtime, { args }) =>
				(await import("./list.ts")).listModels(args, options, runtime),
		},
		{
			call: "show <model>",
			description: "everything of one, by its short name or owner/slug",
			options: [refresh],
			run: async (name, options, runtime) =>
				(await import("./show.ts")).showModel(name, options, runtime),
		},
	],
};
