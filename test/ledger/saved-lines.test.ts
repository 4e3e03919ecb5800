import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { LedgerLine } from "../../src/ledger/ledger.ts";
import { recordsOf } from "../../src/ledger/saved-lines.ts";
import { ledgerLine } from "../purchase/sample-line.ts";
import { skippedRecord } from "../records.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { tinyJpeg } from "../tiny-jpeg.ts";

const image = tinyJpeg();
const sha256 = createHash("sha256").update(image).digest("hex");

describe("the record of an image that is there already", () => {
	async function there(bytes: Buffer | undefined) {
		const file = path.join(temporaryFolder(), "garden.jpg");
		if (bytes) await writeFile(file, bytes);
		return ledgerLine({ path: file }, { sha256, file: "elsewhere.jpg" });
	}
	const show = (file: string) => `shown:${path.basename(file)}`;
	const recordOf = async (line: LedgerLine) =>
		(await recordsOf([line], show))[0];

	test("says that nothing was spent", async () => {
		expect(await recordOf(await there(image))).toEqual(
			skippedRecord({ sha256, file: "shown:garden.jpg" }),
		);
	});

	test.each([
		["is gone", undefined],
		["was changed", tinyJpeg({ shade: 0x33 })],
		["was cut", image.subarray(0, 30)],
	])("is what was booked where the file %s", async (_how, bytes) => {
		expect(await recordOf(await there(bytes))).toMatchObject({
			status: "saved",
		});
	});

	test("is what was booked for stdout", async () => {
		const line = { ...(await there(image)), path: null };
		expect(await recordOf(line)).toMatchObject({ status: "saved" });
	});
});
