import { Failure } from "../../errors.ts";
import { parseJson } from "../../system/json.ts";

/**
 * Further inputs of a model from `--param key=value`: JSON where it parses, text where it doesn't.
 * @throws {Failure} `usage`
 */
export function parseParams(
	params: readonly string[],
): Record<string, unknown> {
	const inputs: Record<string, unknown> = {};
	for (const param of params) {
		const at = param.indexOf("=");
		const name = param.slice(0, at).trim();
		if (at < 1 || name === "")
			throw new Failure("usage", `--param ${param} is not key=value`, {
				hint: "for one: --param quality=low",
			});
		if (name === "prompt" || name === "seed")
			throw new Failure("usage", `--param ${name} is not for the ${name}`, {
				hint:
					name === "seed"
						? "use --seed"
						: "the prompt is the argument, or comes on stdin",
			});
		if (Object.hasOwn(inputs, name))
			throw new Failure("usage", `--param ${name} is given twice`);
		inputs[name] = readValue(param.slice(at + 1));
	}
	return inputs;
}

/** JSON where it parses, else the text itself. */
export function readValue(text: string): unknown {
	return parseJson(text, text);
}
