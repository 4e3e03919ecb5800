import type { Command } from "commander";
import type { Runtime } from "../../runtime.ts";
import type { End } from "../grammar/common.ts";

/** `flux-ultra config` and its verbs. */
export function configGrammar(
	program: Command,
	runtime: Runtime,
	end: End,
): void {
	const config = program
		.command("config")
		.description("settings that hold for every command");
	config
		.command("list")
		.description("each setting, its value, and where it comes from")
		.option("--json", "one JSON object a line on stdout")
		.action(async (options) => {
			const { listSettings } = await import("./list.ts");
			end(await listSettings(options, runtime));
		});
	config
		.command("get <name>")
		.description("the value that holds")
		.action(async (name: string) => {
			const { getSetting } = await import("./get.ts");
			end(await getSetting({ name }, runtime));
		});
	config
		.command("set <name> <value>")
		.description("keep a value; the names: flux-ultra config list")
		.action(async (name: string, value: string) => {
			const { setSetting } = await import("./set.ts");
			end(await setSetting({ name, value }, runtime));
		});
	config
		.command("unset <name>")
		.description("take a value away")
		.action(async (name: string) => {
			const { unsetSetting } = await import("./unset.ts");
			end(await unsetSetting({ name }, runtime));
		});
	config
		.command("path")
		.description("the file that keeps them")
		.action(async () => {
			const { printSettingsPath } = await import("./path.ts");
			end(await printSettingsPath({}, runtime));
		});
}
