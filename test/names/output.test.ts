import { mkdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import {
	defaultOutput,
	outputForRun,
	outputTemplate,
} from "../../src/names/output.ts";
import { failureOf } from "../purchase/job-world.ts";
import { temporaryFolder } from "../temporary-folder.ts";

async function cwd(): Promise<string> {
	const folder = temporaryFolder();
	await mkdir(path.join(folder, "images"));
	await symlink(path.join(folder, "images"), path.join(folder, "link"));
	await writeFile(path.join(folder, "file.jpg"), "");
	return folder;
}

const own = "{slug}-{seed}.{ext}";

const one = { runs: 1, images: 1 };
const three = { runs: 3, images: 1 };

describe("what -o means", () => {
	test.each([
		["a file below a folder that is not there", "a/b/c.jpg", "a/b/c.jpg"],
		["a link to a folder", "link", `link/${own}`],
		["this folder", ".", own],
		["the folder above", "..", `../${own}`],
	])("%s", async (_what, output, template) => {
		const folder = await cwd();
		expect(await outputTemplate(output, one, folder)).toBe(
			path.join(folder, template),
		);
	});

	test("stdout", async () => {
		expect(await outputTemplate("-", one, "/")).toBeNull();
	});

	test("an absolute path stays what it is", async () => {
		const folder = await cwd();
		const file = path.join(folder, "garden.jpg");
		expect(await outputTemplate(file, one, "/elsewhere")).toBe(file);
	});

	test("braces in the working folder's own name are no placeholders", async () => {
		const folder = path.join(await cwd(), "{a}b{");
		await mkdir(folder);
		const escaped = path.join(path.dirname(folder), "{{a}}b{{");
		expect(await outputTemplate(undefined, one, folder)).toBe(
			`${escaped}/${own}`,
		);
		expect(await outputTemplate("x.jpg", one, folder)).toBe(`${escaped}/x.jpg`);
		expect(await outputTemplate("{seed}.jpg", three, folder)).toBe(
			`${escaped}/{seed}.jpg`,
		);
	});

	test.each(["", "  "])("%j is nothing", async (output) => {
		const failure = await failureOf(outputTemplate(output, one, "/"));
		expect([failure.code, failure.message]).toEqual([
			"usage",
			"-o needs a file, a folder or a template",
		]);
	});
});

describe("several images", () => {
	test.each([
		["a template", "{index}.jpg", "{index}.jpg"],
		["a folder", "images", `images/${own}`],
		["a new folder", "a/garden", `a/garden/${own}`],
		["nothing", undefined, own],
	])("may go to %s", async (_what, output, template) => {
		const folder = await cwd();
		expect(await outputTemplate(output, three, folder)).toBe(
			path.join(folder, template),
		);
	});

	test.each([
		[
			"garden.jpg",
			"3 images would share the name garden.jpg",
			'tell them apart: -o "garden-{seed}.jpg"',
		],
		[
			"garden-v1.5",
			"3 images would share the name garden-v1.5",
			'tell them apart: -o "garden-v1-{seed}.5"',
		],
		[
			"-",
			"-o - takes one image, not several",
			"save them in a folder: -o images/",
		],
	])("may not all go to %s", async (output, message, hint) => {
		const failure = await failureOf(outputTemplate(output, three, await cwd()));
		expect({ ...failure, message: failure.message }).toMatchObject({
			code: "usage",
			message,
			hint,
		});
	});
});

test("an image that has lost its place gets a name of prompt and seed in the working folder", () => {
	const asked = { ref: "r", prompt: "A Garden, at dawn!", seed: 7 };
	expect(defaultOutput(asked, "/home/ann")).toBe(
		"/home/ann/a-garden-at-dawn-7.{ext}",
	);
});

describe("the image of a run that exists", () => {
	const asked = { ref: "r", prompt: "A garden", seed: 7 };

	test.each([
		["a name of its own", undefined, "a-garden-7.{ext}"],
		["a file", "x.jpg", "x.jpg"],
		["a folder", "images", "images/a-garden-7.{ext}"],
		["a template", "{run}-{slug}.{ext}", "{run}-a-garden.{ext}"],
	])("goes to %s, whatever its format", async (_what, output, template) => {
		const folder = await cwd();
		expect(await outputForRun(asked, { output }, folder)).toEqual({
			path: path.join(folder, template),
			force: false,
			sidecar: false,
			formats: ["jpeg", "png", "webp"],
		});
	});

	test("goes to stdout", async () => {
		const options = { output: "-", force: true, sidecar: true };
		expect(await outputForRun(asked, options, "/")).toEqual({
			path: null,
			force: true,
			sidecar: true,
			formats: ["jpeg", "png", "webp"],
		});
	});
});
