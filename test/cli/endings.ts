import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { createWorld, type World } from "./world.ts";

/*
 * One image with a fault of the sandbox on: the picture comes, or the exit code tells the truth, and when the fault is
 * gone, `resume` or the same command brings it. Whatever happens, it is bought once.
 */

const command = ["a garden", "--seed", "7", "-o", "x.jpg", "--json"];

/**
 * Runs the command with the faults on, then finishes it without them.
 * @returns how it ended with them on: `comes`, or the error's code and what the record says of the money: `+` charged,
 * `-` not charged, `?` not known
 */
export async function ending(faults: readonly string[]): Promise<string> {
	const world = await createWorld({ faults, timesOutAtOnce: true });
	const end = await run(world);
	expect(world.bought()).toBeLessThanOrEqual(1);
	expect(existsSync(join(world.cwd, "x.jpg"))).toBe(end === "comes");
	// What the service never does is no fault that passes.
	world.faults(...faults.filter((fault) => fault === "post:no-idempotency"));
	if (end !== "comes") await finish(world);
	expect({
		faults,
		bought: world.bought(),
		files: world.files(),
		jobs: world.jobs(),
	}).toEqual({ faults, bought: 1, files: ["x.jpg"], jobs: [] });
	await world.sandbox.stop();
	return end;
}

/** Runs the command once. */
export async function run(world: World): Promise<string> {
	const { code, records } = await world.run(command);
	expect(records).toHaveLength(1);
	const [{ charged, error }] = records;
	if (code === 0) return "comes";
	const marks: Record<string, string> = { yes: "+", no: "-", unknown: "?" };
	return `${error.code}${marks[charged]}`;
}

/** As the message says: resume, and where that says that it was never bought, the same command. */
async function finish(world: World): Promise<void> {
	const { code, stdout, stderr } = await world.run(["resume"]);
	expect(code).toBe(0);
	if (stdout === "x.jpg\n") return;
	expect(stderr).toMatch(/never bought|nothing is unfinished here/);
	expect(await run(world)).toBe("comes");
}

/** A table of endings, a line a fault: a dot where it cannot strike or another line says as much, a star where a test of its own does. */
export interface Endings {
	readonly columns: readonly string[];
	readonly rows: readonly (readonly string[])[];
}

export function readEndings(table: string): Endings {
	const [columns = [], ...rows] = table
		.split("\n")
		.filter((line) => line.trim() !== "")
		.map((line) => line.trim().split(/\s+/));
	return { columns, rows };
}

/** Holds one line of a table to what happens; its cells run side by side. */
export async function expectEndings(
	{ columns }: Endings,
	[fault = "", ...expected]: readonly string[],
	faultsAt: (column: string, fault: string) => readonly string[],
): Promise<void> {
	const cells = await Promise.all(
		expected.map((cell, at) =>
			cell === "." || cell === "*"
				? cell
				: ending(faultsAt(columns[at] ?? "", fault)),
		),
	);
	const named = (all: readonly string[]) =>
		Object.fromEntries(all.map((cell, at) => [columns[at], cell]));
	expect(named(cells)).toEqual(named(expected));
}

/** What a table holds, as the sandbox writes it: `post:reset-after`. */
export function strikesOf(
	{ columns, rows }: Endings,
	pointOf = (column: string) => column,
): readonly string[] {
	return rows.flatMap(([fault = "", ...cells]) =>
		cells.flatMap((cell, at) =>
			cell === "."
				? []
				: [`${pointOf(columns[at] ?? "")}:${fault.replace(/[@=].*/, "")}`],
		),
	);
}
