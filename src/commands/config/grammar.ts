import type { CommandGrammar } from "../grammar/common.ts";

const load = () => import("./run.ts");

export const configGrammar: CommandGrammar = {
	call: "config",
	description: "settings that hold for every command",
	isLocal: true,
	verbs: [
		{
			call: "list",
			description: "each setting, its value, and where it comes from",
			options: [["--json", "one JSON object a line on stdout"]],
			run: async (options, runtime) =>
				(await load()).listSettings(options, runtime),
		},
		{
			call: "get <setting>",
			description: "the value that holds",
			run: async (name, _, runtime) => (await load()).getSetting(name, runtime),
		},
		{
			call: "set <setting> <value>",
			description: "keep a value; the names: flux-ultra config list",
			run: async (name, value, _, runtime) =>
				(await load()).setSetting(name, value, runtime),
		},
		{
			call: "unset <setting>",
			description: "take a value away",
			run: async (name, _, runtime) =>
				(await load()).unsetSetting(name, runtime),
		},
		{
			call: "path",
			description: "the file that keeps them",
			run: async (_, runtime) => (await load()).printSettingsPath(runtime),
		},
	],
};
