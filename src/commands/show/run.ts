import fs from "node:fs/promises";
import path from "node:path";
import { Failure, toFailure } from "../../errors.ts";
import { type ImageFacts, inspectImage } from "../../images/inspect.ts";
import { findOrigin, type Origin } from "../../origin/origin.ts";
import { recipeOf } from "../../origin/recipe.ts";
import { imageOf, isSidecarPath, readSidecar } from "../../origin/sidecar.ts";
import type { Runtime } from "../../runtime.ts";
import { escaped, escapedJson } from "../../system/escape.ts";
import { showPath } from "../session/job-context.ts";
import {
	type Session,
	type SessionOptions,
	withSession,
} from "../session/session.ts";
import { commandFor } from "./again.ts";
import { imagePage, imageRecord, type Shown } from "./page.ts";

export interface ShowOptions extends SessionOptions {
	/** Only that. */
	readonly seed?: boolean;
	readonly prompt?: boolean;
}

/**
 * Shows how an image on disk was made, and what the file is.
 * @returns 1 where nobody here knows how it was made
 * @throws {Failure} `usage` where there is no such image, or only a part is wanted that nobody knows
 */
export async function showImage(
	name: string,
	options: ShowOptions,
	runtime: Runtime,
): Promise<number> {
	const parts = ["seed", "prompt", "json"] as const;
	const asked = parts.filter((part) => options[part]);
	if (asked.length > 1)
		throw new Failure(
			"usage",
			`--${asked[0]} and --${asked[1]} both want stdout`,
			{
				hint: "ask for one of them; --json has both",
			},
		);
	return withSession(options, runtime, async (session) => {
		const shown = await look(path.resolve(runtime.cwd, name), name, session);
		const { stdout } = runtime;
		if (options.seed || options.prompt) {
			const part = partOf(shown.origin, name, options);
			stdout.write(
				`${stdout.isTTY ? escaped(part, { keepNewlines: true }) : part}\n`,
			);
			return 0;
		}
		stdout.write(
			options.json ? `${escapedJson(imageRecord(shown))}\n` : imagePage(shown),
		);
		return shown.origin === undefined ? 1 : 0;
	});
}

async function look(
	file: string,
	name: string,
	session: Session,
): Promise<Shown> {
	const sidecar = isSidecarPath(file) ? await readSidecar(file) : undefined;
	const image = sidecar ? imageOf(file, sidecar) : file;
	const stat = await fs.stat(image).catch(() => undefined);
	if (stat && !stat.isFile())
		throw new Failure("usage", `${escaped(name)} is no file`, {
			hint: "name one image",
		});
	const found = stat && (await inspect(image));
	const facts = found instanceof Failure ? undefined : found;
	const ledger = path.join(session.folders.state, "ledger");
	const origin = await findOrigin(
		sidecar && !facts ? file : image,
		facts?.sha256,
		ledger,
	);
	if (stat === undefined && origin === undefined) throw nowhere(name);
	return {
		file: showPath(image, session.runtime.cwd),
		sizeBytes: stat?.size,
		facts,
		damage: found instanceof Failure ? found.message : undefined,
		origin,
		...(origin && (await commandsOf(origin, session))),
	};
}

/** @throws {Failure} `disk` where the file cannot be read */
async function inspect(image: string): Promise<ImageFacts | Failure> {
	return inspectImage(image).catch((error) => {
		const failure = toFailure(error);
		if (failure.code !== "bad_image") throw error;
		return failure;
	});
}

async function commandsOf(
	{ record }: Origin,
	{ catalogue, settings, runtime }: Session,
): Promise<Pick<Shown, "again" | "variation">> {
	const recipe = recipeOf(record);
	const place = {
		catalogue,
		model: settings.model.value,
		cwd: runtime.cwd,
		isSandbox: record.sandbox,
	};
	return {
		again: await commandFor(recipe, place),
		variation: await commandFor({ ...recipe, seed: undefined }, place),
	};
}

/** @throws {Failure} `usage` */
function partOf(
	origin: Origin | undefined,
	name: string,
	options: ShowOptions,
): string {
	if (origin === undefined)
		throw new Failure("usage", `nothing is known here of ${escaped(name)}`, {
			hint: "neither the ledger nor a file beside it tells how it was made",
		});
	const { prompt, seed } = recipeOf(origin.record);
	if (options.prompt) return prompt;
	if (seed !== undefined) return String(seed);
	throw new Failure("usage", `${escaped(name)} was made without a seed`, {
		hint: `${origin.record.model} takes none`,
	});
}

function nowhere(name: string): Failure {
	const isRun = /^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(name);
	return new Failure("usage", `there is no file ${escaped(name)}`, {
		hint: isRun
			? `of a run: flux-ultra runs show ${name}`
			: "name an image on disk; what was run from here: flux-ultra runs list",
	});
}
