import type importedSharp from "sharp";
import { Failure } from "../errors.ts";

export type MakeSharp = typeof importedSharp;

/**
 * The optional package that reads and draws pictures.
 * @param purpose what cannot be done without it: `The sandbox cannot paint`
 * @throws {Failure} `config` where it cannot be loaded
 */
export async function loadSharp(
	purpose: string,
	load: () => Promise<{ readonly default: MakeSharp }> = () => import("sharp"),
): Promise<MakeSharp> {
	try {
		const { default: sharp } = await load();
		// No two pictures share an operation that could be kept; several at once have a thread each.
		sharp.cache(false);
		sharp.concurrency(1);
		return sharp;
	} catch (cause) {
		const message = `${purpose}: the package sharp is missing, or has no build for this machine`;
		const hint =
			"npm install --include=optional (or npm install sharp beside flux-ultra)";
		throw new Failure("config", message, { hint, cause });
	}
}
