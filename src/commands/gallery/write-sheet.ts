import path from "node:path";
import { Failure } from "../../errors.ts";
import { drawSheet, sheetStart } from "../../gallery/sheet.ts";
import { loadSharp } from "../../images/load-sharp.ts";
import { escaped } from "../../system/escape.ts";
import { checkWritable } from "../../system/folder.ts";
import { checkSideOutput } from "../../system/side-output.ts";
import { writeWhole } from "../../system/write-whole.ts";
import { showPath } from "../session/job-context.ts";
import { summaryOf } from "./describe.ts";
import type { Found } from "./gather.ts";
import type { Work, Written } from "./run.ts";

/**
 * Writes a contact sheet, and tells which image has which number.
 * @throws {Failure} `usage`, `exists`, `config` without sharp, `disk`
 */
export async function writeSheet(
	images: readonly Found[],
	name: string,
	{ options, session }: Work,
): Promise<Written> {
	const { cwd } = session.runtime;
	if (!/\.jpe?g$/i.test(name))
		throw new Failure(
			"usage",
			`--sheet ${escaped(name)} is no name of a JPEG`,
			{ hint: "for one: --sheet sheet.jpg" },
		);
	const file = path.resolve(cwd, name);
	checkSideOutput("--sheet", name, {
		cwd,
		force: options.force === true,
		inputs: images.map((image) => image.path),
		kind: "contact sheet",
		ownStart: sheetStart,
	});
	await checkWritable(path.dirname(file), "name another: --sheet sheet.jpg");
	const sharp = await loadSharp("no contact sheet");
	const columns = options.columns ? Number(options.columns) : undefined;
	const sheet = await drawSheet(
		images.map(({ path: image, facts }, at) => ({
			number: at + 1,
			path: facts && image,
			ratio: facts ? facts.width / facts.height : 1,
		})),
		columns,
		sharp,
	);
	await writeWhole(file, sheet);
	const shown = images.map(({ path: image, origin }, at) => ({
		number: at + 1,
		file: showPath(image, cwd),
		prompt: origin?.record.prompt ?? null,
		seed: origin?.record.seed_used ?? origin?.record.seed ?? null,
	}));
	const legend = shown.map((one) => `#${one.number}  ${one.file}`);
	return {
		summary: [...(options.json ? [] : legend), summaryOf(images)],
		record: { version: 1, file: showPath(file, cwd), images: shown },
	};
}
