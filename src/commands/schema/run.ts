import type { Command } from "commander";
import * as z from "zod/mini";
import { environment } from "../../environment.ts";
import { exitCodes, exitMeanings } from "../../errors.ts";
import { readVersion } from "../../package-files.ts";
import { recordSchemas } from "../../record-schema.ts";
import type { Runtime } from "../../runtime.ts";
import {
	presentSetting,
	settingNames,
	settings,
	settingTraits,
} from "../../settings/settings.ts";
import { describeCommands } from "../grammar/describe-commands.ts";
import { rowSchema } from "../runs/row-schema.ts";
import { outputSchemas } from "./outputs.ts";

/** Prints what scripts can rely on as one JSON object: names are added, never changed, within a version. */
export function printSchema(program: Command, runtime: Runtime): number {
	// On one line, as with --json: whoever reads it pays by the byte.
	runtime.stdout.write(`${JSON.stringify(schemaOf(program))}\n`);
	return 0;
}

function schemaOf(program: Command) {
	return {
		version: 1,
		program: program.name(),
		program_version: readVersion(),
		commands: describeCommands(program),
		exit_codes: exitMeanings,
		error_codes: exitCodes,
		environment,
		settings: Object.fromEntries(
			settingNames.map((name) => [name, describeSetting(name)]),
		),
		/** JSON Schema of what `--json` prints of an image, by kind. */
		records: jsonSchemas(recordSchemas),
		/** Of a line of `runs list --json`. */
		run: jsonSchema(rowSchema),
		/** Of a line of what other commands print with `--json`. */
		outputs: jsonSchemas(outputSchemas),
	};
}

function jsonSchemas(schemas: Readonly<Record<string, z.ZodMiniType>>) {
	return Object.fromEntries(
		Object.entries(schemas).map(([name, schema]) => [name, jsonSchema(schema)]),
	);
}

/** As what reads it should take names that later versions add. */
function jsonSchema(schema: z.ZodMiniType) {
	return z.toJSONSchema(schema, { io: "input" });
}

function describeSetting(name: (typeof settingNames)[number]) {
	const { flag, environment: variable } = settingTraits(name);
	const long = flag?.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
	return {
		default: presentSetting(name, settings[name].initial) ?? null,
		option: long === undefined ? null : `--${long}`,
		environment: variable ?? null,
	};
}
