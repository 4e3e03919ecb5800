import { chmod, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { ImageFormat } from "../../src/models/model.ts";
import {
	checkExtension,
	checkPlaces,
	extensionOf,
	formatOfExtension,
	knownPath,
	plannedPath,
	withFormat,
} from "../../src/names/places.ts";
import { checkCollisions } from "../../src/names/taken-places.ts";
import type { JobOutput } from "../../src/purchase/job.ts";
import { findModel } from "../models/find-model.ts";
import { failureOf, makeJob } from "../purchase/job-world.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const anyFormat: readonly ImageFormat[] = ["jpeg", "png", "webp"];

function jobTo(file: string | null, output: Partial<JobOutput> = {}) {
	return makeJob({
		output: {
			path: file,
			force: false,
			sidecar: false,
			formats: ["jpeg"],
			...output,
		},
	});
}

/** A folder with a file, a folder, and links of every kind. */
async function furnished(): Promise<string> {
	const folder = temporaryFolder();
	const at = (name: string) => path.join(folder, name);
	await writeFile(at("file.jpg"), "mine");
	await writeFile(at("side.jpg.json"), "mine");
	await mkdir(at("folder.jpg"));
	await symlink(at("file.jpg"), at("link.jpg"));
	await symlink(at("nowhere"), at("dangling.jpg"));
	return folder;
}

/** What a check says, with the folder's own name left out; undefined where it passes. */
async function refusal(
	folder: string,
	name: string | null,
	output: Partial<JobOutput> = {},
) {
	const file = name && path.join(folder, name);
	const before = await readdir(folder);
	const done = checkPlaces([jobTo(file, output)]);
	const failure = await failureOf(done).catch(() => undefined);
	expect(await readdir(folder)).toEqual(before);
	return (
		failure && [failure.code, failure.message.replaceAll(`${folder}/`, "")]
	);
}

describe("a place", () => {
	test.each<[string | null, Partial<JobOutput>]>([
		["new.jpg", {}],
		["a/b/c/new.jpg", {}],
		[null, {}],
		["file.jpg", { force: true }],
		["link.jpg", { force: true }],
		["side.jpg", { force: true, sidecar: true }],
		// A side file that is not asked for, a file of another extension.
		["side.jpg", {}],
		["file.png", { formats: ["png"] }],
		["{run}.jpg", {}],
		["new.{ext}", { formats: anyFormat }],
	])("at %s with %j can be used", async (name, output) => {
		expect(await refusal(await furnished(), name, output)).toBeUndefined();
	});

	test.each<[string, Partial<JobOutput>, string]>([
		["file.jpg", {}, "file.jpg exists"],
		// The image may be called so, which --force does not mean.
		[
			"file.png",
			{ formats: anyFormat, force: true },
			"file.jpg exists, and the image may turn out to be called so: the model chooses the format",
		],
		["file.{ext}", { formats: anyFormat }, "file.jpg exists"],
		["side.jpg", { sidecar: true }, "side.jpg.json exists"],
		["folder.jpg", {}, "folder.jpg exists and is not a file"],
		["folder.jpg", { force: true }, "folder.jpg exists and is not a file"],
		["link.jpg", {}, "link.jpg exists and is not a file"],
		["dangling.jpg", {}, "dangling.jpg exists and is not a file"],
	])(
		"at %s with %j is taken, and nothing is touched",
		async (name, output, message) => {
			expect(await refusal(await furnished(), name, output)).toEqual([
				"exists",
				message,
			]);
		},
	);

	test.skipIf(process.platform === "win32")(
		"of a device is not a file, whatever --force says",
		async () => {
			const done = checkPlaces([jobTo("/dev/null", { force: true })]);
			expect((await failureOf(done)).code).toBe("exists");
		},
	);

	test("below a file is none", async () => {
		const folder = await furnished();
		expect(await refusal(folder, "file.jpg/new.jpg")).toEqual([
			"usage",
			"file.jpg cannot be written: a part of the path is a file",
		]);
		expect(await refusal(folder, "file.jpg/a/new.jpg")).toMatchObject([
			"usage",
			expect.stringMatching(/cannot be written: a part of the path is a file$/),
		]);
	});

	// Whoever is root may write anywhere.
	test.skipIf(process.getuid?.() === 0)(
		"in a folder that cannot be written is none",
		async () => {
			const folder = await furnished();
			await mkdir(path.join(folder, "locked"));
			await chmod(path.join(folder, "locked"), 0o500);
			expect(await refusal(folder, "locked/new.jpg")).toEqual([
				"usage",
				"locked cannot be written: permission denied",
			]);
		},
	);

	test("of each of several images is looked at", async () => {
		const folder = await furnished();
		const jobs = ["new.jpg", "file.jpg"].map((name) =>
			jobTo(path.join(folder, name)),
		);
		expect((await failureOf(checkPlaces(jobs))).code).toBe("exists");
	});
});

describe("the extension that was asked for", () => {
	const check = (name: string, model: string) => () => {
		const known = findModel(model);
		const { formats } = known;
		checkExtension(`/home/ann/${name}`, known, formats);
	};

	test.each([
		["a.jpg", "ultra"],
		["a.JPEG", "ultra"],
		["a.jfif", "ultra"],
		["a", "ultra"],
		["a.1", "ultra"],
		["v1.25", "ultra"],
		["a.{ext}", "ultra"],
		["a.something long", "ultra"],
		["a.png", "pro"],
		["a.webp", "pro"],
	])("%s is one of %s", (name, model) => {
		expect(check(name, model)).not.toThrow();
	});

	test.each([
		[".png", "ultra", "FLUX 1.1 [pro] Ultra delivers JPEG", ".jpg"],
		[".webp", "ultra", "FLUX 1.1 [pro] Ultra delivers JPEG", ".jpg"],
		[
			".gif",
			"pro",
			"FLUX 1.1 [pro] delivers JPEG, PNG, WEBP",
			".jpg or .png or .webp",
		],
		[
			".txt",
			"pro",
			"FLUX 1.1 [pro] delivers JPEG, PNG, WEBP",
			".jpg or .png or .webp",
		],
	])("%s is none of %s", (extension, model, delivers, names) => {
		expect(check(`a${extension}`, model)).toThrow(
			expect.objectContaining({
				code: "usage",
				message: `${delivers}, not ${extension}`,
				hint: `use -o with ${names}`,
			}),
		);
	});

	test("is of no matter for stdout", () => {
		expect(() =>
			checkExtension(null, findModel("ultra"), ["jpeg"]),
		).not.toThrow();
	});
});

describe("two images of one command", () => {
	const check =
		(...names: (string | null)[]) =>
		() =>
			checkCollisions(
				names.map((name, at) => ({
					...jobTo(name && `/home/ann/${name}`),
					ref: `ref-${at}`,
					index: at + 1,
				})),
			);

	test.each([
		["a.jpg", "b.jpg"],
		["a/x.jpg", "b/x.jpg"],
		["{run}.jpg", "{run}.jpg"],
		["{run}", "x/{run}/y.jpg"],
		["x", "xy/z.jpg"],
		[null, null],
	])("may be %s and %s", (one, other) => {
		expect(check(one, other)).not.toThrow();
	});

	test.each([
		["a.jpg", "a.jpg"],
		["a.jpg", "A.JPG"],
		["caf\u00e9.jpg", "cafe\u0301.jpg"],
		["x/../a.jpg", "a.jpg"],
		["a.{ext}", "a.{ext}"],
	])("may not be %s and %s: on some system they are one file", (one, other) => {
		expect(check("first.jpg", one, other)).toThrow(
			expect.objectContaining({
				code: "usage",
				message: `images 2 and 3 would share the name ${plannedPath(jobTo(`/home/ann/${other}`))}`,
				hint: "put {seed} or {index} in the template",
			}),
		);
	});

	test.each([
		["x", "x/y.jpg"],
		["x/y.jpg", "X"],
		["x/y/{run}.jpg", "x/y"],
		["a", "A/b/c/d.jpg"],
	])(
		"may not be %s and %s: one is a file where the other needs a folder",
		(one, other) => {
			expect(check("first.jpg", one, other)).toThrow(
				expect.objectContaining({
					code: "usage",
					message: expect.stringMatching(/^image 3 would be .* a folder/),
				}),
			);
		},
	);

	test("braces that a name holds are no placeholder: two such names are one", () => {
		expect(check("{{run}}.jpg", "{{run}}.jpg")).toThrow(
			"images 1 and 2 would share the name /home/ann/{run}.jpg",
		);
	});

	test("may not be outputs of one run that only its id would tell from others", () => {
		expect(() =>
			checkCollisions([{ ...jobTo("/home/ann/{run}.jpg"), images: 2 }]),
		).toThrow("images 1 and 2 would share the name /home/ann/{run}.jpg");
	});

	test("may not be a sidecar and a folder", () => {
		const side = jobTo("/home/ann/x", { sidecar: true });
		const below = { ...jobTo("/home/ann/x.json/y.jpg"), ref: "b", index: 2 };
		expect(() => checkCollisions([side, below])).toThrow(/a folder/);
	});
});

test.each<[string | null, readonly ImageFormat[], string | null]>([
	["/home/ann/a.jpg", ["jpeg"], "/home/ann/a.jpg"],
	["/home/ann/a.{ext}", ["jpeg"], "/home/ann/a.jpg"],
	["/home/ann/a.{ext}", ["png", "jpeg"], "/home/ann/a.png"],
	["/home/ann/{run}.{ext}", ["jpeg"], "/home/ann/{run}.jpg"],
	[null, ["jpeg"], null],
])("before the purchase %s (%j) is shown as %s", (file, formats, shown) => {
	expect(plannedPath(jobTo(file, { formats }))).toBe(shown);
});

test.each([
	[".jpg", "jpeg"],
	[".JPEG", "jpeg"],
	[".jpe", "jpeg"],
	[".jfif", "jpeg"],
	[".png", "png"],
	[".WebP", "webp"],
	[".gif", undefined],
	[".", undefined],
	["", undefined],
	["jpg", undefined],
])("the extension %j stands for %s", (extension, format) => {
	expect(formatOfExtension(extension)).toBe(format);
});

test("each format's own extension stands for it", () => {
	for (const format of anyFormat)
		expect(formatOfExtension(`.${extensionOf(format)}`)).toBe(format);
});

test.each<[string, ImageFormat, string]>([
	["/a.d/x.png", "jpeg", "/a.d/x.jpg"],
	["/a.d/x.jpeg", "jpeg", "/a.d/x.jpeg"],
	["/a.d/x.JPG", "webp", "/a.d/x.webp"],
	["/a.d/x", "png", "/a.d/x"],
	["/a.d/x.v2", "png", "/a.d/x.v2"],
])("%s with %s bytes is called %s", (file, format, renamed) => {
	expect(withFormat(file, format)).toBe(renamed);
});

test.each<[string, readonly ImageFormat[], string | undefined, string]>([
	["/b/x-{run}-7.{ext}", ["jpeg"], undefined, "/b/x"],
	["/b/{run}.{ext}", ["jpeg"], undefined, "/b/"],
	["/b/7-{run}.{ext}", ["jpeg"], "r1", "/b/7-r1.jpg"],
	["/b/7.{ext}", ["png", "jpeg"], "r1", "/b/7"],
	["/b/7-{output}.{ext}", ["jpeg"], "r1", "/b/7"],
	["/b/{{x}}-7.{ext}", ["jpeg"], undefined, "/b/{x}-7.jpg"],
])(
	"%s (%j) of the run %s is known as far as %s",
	(template, formats, run, known) => {
		expect(knownPath(jobTo(template, { formats }), run)).toBe(known);
	},
);
