import { join } from "node:path";
import { expect, it } from "vitest";
import { writeStored } from "../../src/settings/store.ts";
import { temporaryFolder } from "../temporary-folder.ts";

// Alone in its file: only the first import of conf adds listeners.
it("writing leaves the listeners for signals as they were", async () => {
	const mine = () => {};
	process.once("SIGINT", mine);
	const count = () =>
		["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"].map((name) =>
			process.listenerCount(name),
		);
	const before = count();
	await writeStored(join(temporaryFolder(), "config.json"), {});
	const after = count();
	const isThere = process.listeners("SIGINT").includes(mine);
	process.off("SIGINT", mine);
	expect(after).toEqual(before);
	expect(isThere).toBe(true);
});
