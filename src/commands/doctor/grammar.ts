import type { Command } from "commander";
import type { Runtime } from "../../runtime.ts";
import { addCommonOptions, type End } from "../grammar/common.ts";

/** `flux-ultra doctor`. */
export function doctorGrammar(
	program: Command,
	runtime: Runtime,
	end: End,
): void {
	addCommonOptions(
		program
			.command("doctor")
			.description("what is wrong with key, network, folders, and what to do")
			.option("-m, --model <id>", "the model to ask about"),
	).action(async (options) => {
		const { doctor } = await import("./run.ts");
		end(await doctor(options, runtime));
	});
}
