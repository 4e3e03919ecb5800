import path from "node:path";
import { Failure } from "../../errors.ts";
import {
	type KnownImage,
	lookAt,
	unknownOrigin,
} from "../../origin/look-at.ts";
import type { Origin } from "../../origin/origin.ts";
import { recipeOf } from "../../origin/recipe.ts";
import { unknownModel } from "../../record.ts";
import type { Runtime } from "../../runtime.ts";
import { escaped, escapedJson } from "../../system/escape.ts";
import { commandAt } from "../retype.ts";
import { showPath } from "../session/job-context.ts";
import { openPreviews } from "../session/previews.ts";
import {
	type Session,
	type SessionOptions,
	withSession,
} from "../session/session.ts";
import { commandFor } from "./again.ts";
import { imagePage, imageRecord, type Shown } from "./page.ts";

export interface ShowOptions extends SessionOptions {
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
			{ hint: "ask for one of them; --json has both" },
		);
	return withSession(options, runtime, async (session) => {
		const file = path.resolve(runtime.cwd, name);
		const ledger = path.join(session.folders.state, "ledger");
		const known = await lookAt(file, name, ledger);
		const { origin } = known;
		const shown = {
			...known,
			file: showPath(known.image, runtime.cwd),
			...(origin && (await commandsOf(origin, session))),
			repair: repairOf(known, name, session.settings.apiUrl.value),
		};
		const { stdout } = runtime;
		if (options.seed || options.prompt) {
			const part = partOf(origin, name, options);
			stdout.write(
				`${stdout.isTTY ? escaped(part, { keepNewlines: true }) : part}\n`,
			);
			return 0;
		}
		stdout.write(
			options.json ? `${escapedJson(imageRecord(shown))}\n` : imagePage(shown),
		);
		const previews = openPreviews(options, false, session);
		previews.add(known.image);
		await previews.shown();
		return origin === undefined ? 1 : 0;
	});
}

/**
 * What the ledger alone can bring back to its place.
 * @param apiUrl where a command goes by itself
 */
function repairOf(
	{ origin, sizeBytes, damage }: KnownImage,
	name: string,
	apiUrl: string,
): string | undefined {
	const isWhole = sizeBytes !== undefined && damage === undefined;
	if (origin?.knownBy !== "path" || isWhole) return undefined;
	const words = ["verify", name, "--repair"];
	return commandAt(words, origin.service ?? apiUrl, apiUrl);
}

async function commandsOf(
	{ record }: Origin,
	{ catalogue, settings, runtime }: Session,
): Promise<Pick<Shown, "again" | "variation">> {
	if (record.model === unknownModel) return {};
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
	if (origin === undefined) throw unknownOrigin(name);
	const { prompt, seed } = recipeOf(origin.record);
	if (options.prompt) return prompt;
	if (seed !== undefined) return String(seed);
	throw new Failure("usage", `${escaped(name)} was made without a seed`, {
		hint: `${origin.record.model} takes none`,
	});
}
