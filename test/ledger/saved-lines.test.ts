import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { LedgerLine } from "../../src/ledger/ledger.ts";
import { recordsOf } from "../../src/ledger/saved-lines.ts";
import { ledgerLine } from "../purchase/sample-line.ts";
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
		expect(await recordOf(await there(image))).toEqual({
			version: 1,
			prompt: "a garden",
			seed: 42,
			model: "black-forest-labs/flux-1-1-pro-ultra",
			client_ref: "ref-1",
			index: 1,
			sandbox: false,
			status: "skipped",
			file: "shown:garden.jpg",
			bytes: 5_000,
			width: 640,
			height: 480,
			format: "jpeg",
			sha256,
			run_id: "run-1",
			charged: "no",
			cost_usd: 0,
			paid_usd: 0.06,
		});
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
