import type { Grammar } from "../grammar/common.ts";

/** `flux-ultra config` and its verbs. */
export const configGrammar: Grammar = (program, runtime, end) => {
	const load = () => import("./run.ts");
	const config = program
		.command("config")
		.description("settings that hold for every command");
	config
		.command("list")
		.description("each setting, its value, and where it comes from")
		.option("--json", "one JSON object a line on stdout")
		.action(async (options) =>
			end(await (await load()).listSettings(options, runtime)),
		);
	config
		.command("get <setting>")
		.description("the value that holds")
		.action(async (name: string) =>
			end(await (await load()).getSetting(name, runtime)),
		);
	config
		.command("set <setting> <value>")
		.description("keep a value; the names: flux-ultra config list")
		.action(async (name: string, value: string) =>
			end(await (await load()).setSetting(name, value, runtime)),
		);
	config
		.command("unset <setting>")
		.description("take a value away")
		.action(async (name: string) =>
			end(await (await load()).unsetSetting(name, runtime)),
		);
	config
		.command("path")
		.description("the file that keeps them")
		.action(async () => end(await (await load()).printSettingsPath(runtime)));
};
