import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "vitest";
import { noise } from "../cli/paint.ts";
import { createShell } from "../cli/shell.ts";

it.skipIf(process.platform === "win32")(
	"what does not fit on the disk leaves nothing behind, and what was there stays",
	async (context) => {
		const { expect } = context;
		const shell = await createShell(context);
		writeFileSync(join(shell.cwd, "x.jpg"), await noise(200));
		writeFileSync(join(shell.cwd, "x-export.jpg"), "mine");
		// Blocks of a file: of 512 bytes, or of 1,024.
		const { code, stdout, stderr } = await shell.sh(
			"trap '' XFSZ; ulimit -f 8; flux-ultra export x.jpg --force",
		);
		expect([code, stdout.toString()]).toEqual([9, ""]);
		expect(stderr).toContain(
			"x-export.jpg cannot be written: the file would be larger than is allowed here",
		);
		expect(shell.files()).toEqual(["x-export.jpg", "x.jpg"]);
	},
);
