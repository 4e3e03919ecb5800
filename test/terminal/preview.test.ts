import { writeFile } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { findPreview } from "../../src/terminal/preview.ts";
import { fakeRuntime } from "../fake-runtime.ts";
import { temporaryFolder } from "../temporary-folder.ts";

async function redSquare(): Promise<string> {
	const file = path.join(temporaryFolder(), "red.png");
	const pixels = { width: 2, height: 2, channels: 3, background: "#ff0000" };
	await sharp({ create: { ...pixels, channels: 3 } })
		.png()
		.toFile(file);
	return file;
}

describe("the preview of an image", () => {
	test("is offered only where somebody can see it", () => {
		const offered = (world: Parameters<typeof fakeRuntime>[0]) =>
			findPreview(fakeRuntime(world)) !== undefined;
		expect([
			offered({ tty: { stderr: true } }),
			offered({ tty: { stderr: false } }),
			offered({ tty: { stderr: true }, env: { TERM: "dumb" } }),
		]).toEqual([true, false, false]);
	});

	test("is the file's own bytes in a terminal that shows images", async () => {
		const runtime = fakeRuntime({
			tty: { stderr: true },
			env: { TERM_PROGRAM: "WezTerm" },
		});
		const file = path.join(temporaryFolder(), "image.jpg");
		await writeFile(file, "bytes");
		await findPreview(runtime)?.(file);
		expect(runtime.stderrText()).toBe(
			"\x1b]1337;File=inline=1;height=20;preserveAspectRatio=1;size=5:Ynl0ZXM=\x07\n",
		);
	});

	test.each([
		{ TERM_PROGRAM: "Apple_Terminal" },
		{ TERM_PROGRAM: "WezTerm", TERM: "tmux-256color" },
	])("is two pixels a character elsewhere: %o", async (env) => {
		const runtime = fakeRuntime({ tty: { stderr: true }, env });
		await findPreview(runtime)?.(await redSquare());
		const [firstLine = ""] = runtime.stderrText().split("\n");
		const cell = "\x1b[38;2;255;0;0;48;2;255;0;0m▀";
		expect(firstLine.replaceAll(cell, "")).toBe("\x1b[0m");
	});
});
