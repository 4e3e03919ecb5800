import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
	createWorld,
	type Json,
	type Outcome,
	type RunOptions,
	type World,
	type WorldOptions,
} from "../cli/world.ts";

/** A machine with a service, and files of rows in its working folder. */
export interface RowsWorld extends World {
	/** Writes a file into the working folder: its lines, or its bytes. */
	write(name: string, content: readonly string[] | string | Uint8Array): void;
	/** `flux-ultra batch rows -o out/`, and what is added to that. */
	batch(more?: readonly string[], options?: RunOptions): Promise<Outcome>;
	/** What the account and the folder of the images hold. */
	totals(): { readonly bought: number; readonly images: number };
}

/** As `createWorld`; runs are short, and `rows` is what `rows` holds. */
export async function createRowsWorld(
	rows: readonly string[],
	options: WorldOptions = {},
): Promise<RowsWorld> {
	const world = await createWorld({
		latencyMs: 500,
		size: { width: 64, height: 48 },
		...options,
	});
	const write: RowsWorld["write"] = (name, content) =>
		writeFileSync(
			join(world.cwd, name),
			Array.isArray(content)
				? `${content.join("\n")}\n`
				: (content as string | Uint8Array),
		);
	write("rows", rows);
	return {
		...world,
		write,
		batch: (more = [], runOptions) =>
			world.run(["batch", "rows", "-o", "out/", ...more], runOptions),
		totals: () => ({
			bought: world.sandbox.summary().bought,
			images: world.files().filter((file) => file.startsWith("out/")).length,
		}),
	};
}

/** `n` prompts of which none is another's. */
export function prompts(n: number, what = "a garden"): readonly string[] {
	return Array.from({ length: n }, (_, at) => `${what} ${at + 1}`);
}

/** How many of the requests asked for a purchase. */
export function purchases({ sent }: Outcome): number {
	return sent.filter(
		({ method, url }) => method === "POST" && url.pathname.endsWith("/runs"),
	).length;
}

/** The statuses of the records, each with how often it came. */
export function statuses({ records }: Outcome): Record<string, number> {
	const counts: Record<string, number> = {};
	for (const { status } of records as readonly Json[])
		counts[status] = (counts[status] ?? 0) + 1;
	return counts;
}

/** What was asked of the service, a word each, with how often. */
export function requests({ sent }: Outcome): Record<string, number> {
	const counts: Record<string, number> = {};
	for (const { method, url } of sent) {
		const path = url.pathname.replace(/\/[\da-f-]{20,}/g, "/ID");
		const what = `${method} ${path}`;
		counts[what] = (counts[what] ?? 0) + 1;
	}
	return counts;
}
