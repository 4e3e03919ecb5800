import { mkdirSync, type PathLike } from "node:fs";
import fs from "node:fs/promises";
import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import type { World } from "./world.ts";

const { readdir } = fs;

/** A folder that cannot be read until the test ends, not even by root; one at a time. @returns its absolute path */
export function closedFolder({ cwd }: World, name: string): string {
	const closed = join(cwd, name);
	mkdirSync(closed, { recursive: true });
	const refuse = async (folder: PathLike, options: object) => {
		if (folder === closed) throw Object.assign(new Error(), { code: "EACCES" });
		return readdir(folder, options);
	};
	const spy = vi.spyOn(fs, "readdir").mockImplementation(refuse as never);
	onTestFinished(() => spy.mockRestore());
	return closed;
}
