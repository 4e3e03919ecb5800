import type { Command } from "commander";
import { addCommonOptions, type Grammar } from "../grammar/common.ts";

/** `flux-ultra models` and its verbs; without one it lists. */
export const modelsGrammar: Grammar = (program, runtime, end) => {
	const models = program
		.command("models")
		.description("the family: ids, prices, inputs");
	const refresh = [
		"--refresh",
		"ask the live catalogue, and say where it differs; costs nothing",
	] as const;
	addCommonOptions(
		models.command("list", { isDefault: true }).option(...refresh),
	)
		.description("what each costs, takes and delivers; also without the verb")
		// `models ultra` is answered with the command that was meant.
		.allowExcessArguments()
		.action(async (options, { args }: Command) => {
			const { listModels } = await import("./list.ts");
			end(await listModels(args, options, runtime));
		});
	addCommonOptions(models.command("show <model>").option(...refresh))
		.description("everything of one, by its short name or owner/slug")
		.action(async (name: string, options) => {
			const { showModel } = await import("./show.ts");
			end(await showModel(name, options, runtime));
		});
};
