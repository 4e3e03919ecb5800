import { open } from "node:fs/promises";
import path from "node:path";
import { Failure } from "../../errors.ts";
import { systemReason } from "../../system/disk-failure.ts";
import { escaped } from "../../system/escape.ts";

/**
 * Sees whether a file is a colour profile for CMYK: sharp passes over what is none without a word. Byte 16 of one names its colours, byte
 * 36 says that it is one (ICC.1:2022, 7.2).
 * @returns its absolute path
 * @throws {Failure} `usage`
 */
export async function readProfile(name: string, cwd: string): Promise<string> {
	const file = path.resolve(cwd, name);
	const header = Buffer.alloc(40);
	const refuse = (why: string) =>
		new Failure("usage", `--cmyk ${escaped(name)}: ${why}`, {
			hint: "an ICC profile for CMYK, which the print shop has; for one: ISOcoated_v2_300_eci.icc",
		});
	try {
		const handle = await open(file);
		await handle.read(header).finally(() => handle.close());
	} catch (error) {
		throw refuse(systemReason(error));
	}
	if (header.toString("latin1", 36, 40) !== "acsp")
		throw refuse("it is no ICC profile");
	const colours = header.toString("latin1", 16, 20).trim();
	if (colours !== "CMYK")
		throw refuse(`it is a profile for ${escaped(colours)}`);
	return file;
}
