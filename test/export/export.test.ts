import { mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import type { World } from "../cli/world.ts";
import { contentOf } from "../gallery/content-of.ts";
import { credentialsInJpeg } from "../images/credentials.ts";
import { tinyJpeg } from "../tiny-jpeg.ts";
import { isMissing, readTags } from "./exiftool.ts";
import {
	bytesOf,
	halves,
	looksOf,
	sha256,
	withGarden,
	withPictures,
} from "./originals.ts";

const madeByModel =
	"http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";
const red = "500";
const blue = "005";

it("makes a copy for a paper beside the image, says before what it will be, and leaves the image alone", async () => {
	const world = await withGarden();
	const before = bytesOf(world, "garden.jpg");
	const argv = ["export", "garden.jpg", "--to", "20x10mm"];
	const { code, stdout, stderr } = await world.run(argv);
	expect({ code, stdout, stderr }).toEqual({
		code: 0,
		stdout: "garden-20x10mm.jpg\n",
		stderr:
			"garden.jpg: 160 × 90 prints at 300 dpi up to 1.4 × 0.8 cm; 20x10mm from it is 203 dpi, 160 × 80, 11 % cut off\n",
	});
	expect(await looksOf(world, "garden-20x10mm.jpg")).toMatchObject({
		...{ size: "160x80", format: "jpeg", density: 203, space: "srgb" },
	});
	expect(bytesOf(world, "garden.jpg")).toEqual(before);
	expect(world.files()).toEqual(["garden-20x10mm.jpg", "garden.jpg"]);
});

it("tells of a copy in the names of the records of images", async () => {
	const world = await withGarden();
	const { code, records } = await world.run(["export", "garden.jpg", "--json"]);
	const copy = bytesOf(world, "garden-export.jpg");
	expect({ code, records }).toEqual({
		code: 0,
		records: [
			{
				version: 1,
				status: "saved",
				original: "garden.jpg",
				original_sha256: sha256(bytesOf(world, "garden.jpg")),
				index: 1,
				file: "garden-export.jpg",
				...{ width: 160, height: 90, format: "jpeg", dpi: 300 },
				...{ bytes: copy.length, sha256: sha256(copy) },
				print_mm: [14, 8],
				derived_from_content_credentials: false,
				path: join(world.cwd, "garden-export.jpg"),
			},
		],
	});
});

describe("what another program reads", () => {
	const formats = ["jpeg", "png", "tiff", "webp"];
	it.for(formats)(
		"of a %s: pixels, dpi, profile, and that it is AI-made; no prompt",
		async (format, context) => {
			const { skip } = context;
			if (isMissing) return skip(isMissing);
			const world = await withGarden();
			const argv = ["export", "garden.jpg", "--to", "120x63px", "--dpi", "240"];
			await world.run([...argv, "--format", format, "-o", "copy.{ext}"]);
			const [name = ""] = world.files();
			const tags = readTags(join(world.cwd, name));
			expect(tags).toMatchObject({
				"File:MIMEType": `image/${format}`,
				...{ "IFD0:XResolution": 240, "IFD0:YResolution": 240 },
				"IFD0:ResolutionUnit": 2,
				"ICC_Profile:ProfileDescription": "sRGB",
				"XMP-iptcExt:DigitalSourceType": madeByModel,
				// libvips writes no EXIF into a TIFF.
				...(format !== "tiff" && {
					"IFD0:Software": `flux-ultra export of ${sha256(bytesOf(world, "garden.jpg"))}`,
				}),
			});
			expect(tags["Composite:ImageSize"]).toBe("120 63");
			expect(JSON.stringify(tags)).not.toContain("garden at dawn");
		},
	);

	it.for(formats)(
		"of a %s: the prompt where it is asked for, whatever is in it",
		async (format, context) => {
			const { skip } = context;
			if (isMissing) return skip(isMissing);
			const prompt = `</rdf:li> "a" & 'b' ]]> <!-- 桜 🌸\nnext\r\nline é`;
			const world = await withGarden(prompt);
			await world.run([
				...["export", "garden.jpg", "--with-prompt", "--format", format],
			]);
			const file = world.files().find((name) => name.includes("-export."));
			const tags = readTags(join(world.cwd, file ?? ""));
			expect(tags["XMP-iptcExt:AIPromptInformation"]).toBe(prompt);
			expect(tags["XMP-iptcExt:DigitalSourceType"]).toBe(madeByModel);
		},
	);
});

it("leaves the prompt out of every byte, unless it is asked for", async () => {
	const world = await withGarden();
	await world.run(["export", "garden.jpg", "--format", "webp"]);
	expect(bytesOf(world, "garden-export.webp").toString("latin1")).not.toContain(
		"dawn",
	);
	await world.run([
		"export",
		"garden.jpg",
		"--format",
		"webp",
		"--with-prompt",
		"-o",
		"told.webp",
	]);
	expect(bytesOf(world, "told.webp").toString("latin1")).toContain("dawn");
});

it("refuses a prompt that a JPEG cannot hold, and takes it for a PNG", async () => {
	const world = await withGarden("word & ".repeat(7_000));
	const argv = ["export", "garden.jpg", "--with-prompt"];
	const { code, stderr } = await world.run(argv);
	expect(code).toBe(2);
	expect(stderr).toContain("its prompt is too long for a JPEG");
	const png = await world.run([...argv, "--format", "png"]);
	expect(png.code).toBe(0);
});

it("says where the prompt that is asked for is not known, as of bytes that were changed", async () => {
	const world = await withGarden();
	writeFileSync(
		join(world.cwd, "garden.jpg"),
		await halves().jpeg().toBuffer(),
	);
	const argv = ["export", "garden.jpg", "--with-prompt", "-o", "x.webp"];
	const { stderr } = await world.run(argv);
	expect(stderr).toContain("note: garden.jpg: no prompt is known here");
	expect(stderr).not.toContain("nothing is known");
	expect(bytesOf(world, "x.webp").includes("dawn")).toBe(false);
});

it("carries nothing over that the image carried", async () => {
	const secret = halves()
		.withExif({ IFD0: { Artist: "somebody" } })
		.withXmp("<x:xmpmeta xmlns:x='adobe:ns:meta/'>somebody</x:xmpmeta>");
	const world = await withPictures({ "x.jpg": secret.jpeg().toBuffer() });
	await world.run(["export", "x.jpg"]);
	expect(bytesOf(world, "x-export.jpg").includes("somebody")).toBe(false);
});

describe("what stays of a picture", () => {
	it.each([
		["left", red, red],
		["right", blue, blue],
		["centre", red, blue],
		["center", red, blue],
		["top", red, blue],
	])("--crop %s", async (crop, left, right) => {
		const world = await withPictures({ "x.png": halves().png().toBuffer() });
		await world.run(["export", "x.png", "--to", "1:1", "--crop", crop]);
		const { size, corners } = await looksOf(world, "x-1x1.png");
		expect(size).toBe("20x20");
		expect(corners).toEqual([left, right, right, left]);
	});

	it("--crop attention is where the most is to be seen", async () => {
		const spots = sharp({
			create: { width: 300, height: 100, channels: 3, background: "#808080" },
		}).composite([
			{
				input: {
					create: {
						width: 20,
						height: 100,
						channels: 3,
						background: "#ff8060",
					},
				},
				left: 240,
				top: 0,
			},
		]);
		const world = await withPictures({ "x.png": spots.png().toBuffer() });
		const hasSpot = async (...argv: readonly string[]) => {
			await world.run(["export", "x.png", "--to", "1:1", "--force", ...argv]);
			const { channels } = await sharp(bytesOf(world, "x-1x1.png")).stats();
			return (channels[0]?.max ?? 0) > 200;
		};
		expect(await hasSpot()).toBe(false);
		expect(await hasSpot("--crop", "attention")).toBe(true);
	});

	it("goes by the picture as it is shown: its EXIF may turn it", async () => {
		const turned = halves(400, 200).withMetadata({ orientation: 6 });
		const world = await withPictures({
			"x.jpg": turned.jpeg({ quality: 100 }).toBuffer(),
		});
		const { stderr } = await world.run([
			"export",
			"x.jpg",
			"--to",
			"a6",
			"--min-dpi",
			"1",
			"--format",
			"png",
		]);
		expect(stderr).toContain("200 × 400 prints at");
		expect(stderr).toContain("A6 portrait from it is");
		const { size, corners } = await looksOf(world, "x-a6.png");
		expect([size, corners]).toEqual(["198x280", [red, red, blue, blue]]);
	});
});

it("lies on white where JPEG has no transparency, and keeps it elsewhere", async () => {
	const clear = sharp({
		create: { width: 8, height: 8, channels: 4, background: "transparent" },
	});
	const world = await withPictures({ "x.png": clear.png().toBuffer() });
	await world.run(["export", "x.png", "-o", "x.jpg"]);
	expect((await looksOf(world, "x.jpg")).corners[0]).toBe("555");
	await world.run(["export", "x.png"]);
	expect((await looksOf(world, "x-export.png")).hasAlpha).toBe(true);
});

describe("colours", () => {
	it("stay in the profile of the image", async () => {
		const wide = await halves(40, 20, "#c86432")
			.withIccProfile("p3")
			.png()
			.toBuffer();
		const { icc = Buffer.alloc(0) } = await sharp(wide).metadata();
		const world = await withPictures({ "x.png": wide });
		await world.run(["export", "x.png", "--to", "30x15px"]);
		const copy = await looksOf(world, "x-30x15px.png");
		expect(copy.profile).toBe(sha256(icc));
		expect(copy.corners[0]).toBe("421");
	});

	/** A profile for CMYK that sharp has in itself. */
	async function withProfile() {
		const press = await halves().withIccProfile("cmyk").jpeg().toBuffer();
		const { icc = Buffer.alloc(0) } = await sharp(press).metadata();
		const world = await withPictures({
			...{ "x.png": halves().png().toBuffer(), "press.icc": icc },
			"x.jpg": halves().jpeg().toBuffer(),
		});
		return { world, icc };
	}

	it("are those of a press by its profile, which goes into the copy", async () => {
		const { world, icc } = await withProfile();
		const { code, stdout } = await world.run([
			...["export", "x.png", "x.jpg", "--cmyk", "press.icc"],
		]);
		expect([code, stdout.split("\n").sort()]).toEqual([
			0,
			["", "x-export.jpg", "x-export.tiff"],
		]);
		for (const name of ["x-export.jpg", "x-export.tiff"]) {
			const copy = await looksOf(world, name);
			expect(copy.space).toBe("cmyk");
			expect(copy.profile).toBe(sha256(icc));
		}
	});

	it("of a press are refused without its profile, and where the format has none", async () => {
		const { world } = await withProfile();
		const rgb = await sharp(
			await halves().withIccProfile("srgb").png().toBuffer(),
		).metadata();
		writeFileSync(join(world.cwd, "rgb.icc"), rgb.icc ?? "");
		for (const [argv, message] of [
			[["--cmyk", "press.icc", "--format", "png"], "a PNG cannot be CMYK"],
			[["--cmyk", "press.icc", "-o", "y.webp"], "a WEBP cannot be CMYK"],
			[["--cmyk", "none.icc"], "--cmyk none.icc: there is no such file"],
			[["--cmyk", "."], "--cmyk .: it is a folder"],
			[["--cmyk", "x.png"], "--cmyk x.png: it is no ICC profile"],
			[["--cmyk", "rgb.icc"], "--cmyk rgb.icc: it is a profile for RGB"],
		] as const) {
			const { code, stderr } = await world.run(["export", "x.png", ...argv]);
			expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
		}
		expect(world.files()).toEqual(["press.icc", "rgb.icc", "x.jpg", "x.png"]);
	});
});

it("says that a copy derives from an image with content credentials, which it has no more", async () => {
	const world = await withPictures({
		"x.jpg": halves().jpeg().toBuffer().then(credentialsInJpeg),
	});
	const { records, stderr } = await world.run(["export", "x.jpg", "--json"]);
	expect(records[0].derived_from_content_credentials).toBe(true);
	expect(stderr).toContain(
		"note: x.jpg: content credentials (C2PA) hold for the original's bytes alone",
	);
	const shown = await world.run(["show", "x-export.jpg", "--json"]);
	expect(shown.records[0].metadata).toEqual({
		c2pa: false,
		exif: true,
		xmp: true,
	});
});

describe("a copy is never taken for an image that was bought", () => {
	it("by show, verify, gallery, --from, or export itself", async () => {
		const world = await withGarden();
		for (const format of ["jpeg", "png", "webp"])
			await world.run(["export", "garden.jpg", "--format", format]);
		for (const name of [
			"garden-export.jpg",
			"garden-export.png",
			"garden-export.webp",
		]) {
			const show = await world.run(["show", name]);
			expect(show.code).toBe(0);
			expect(show.stdout).toMatch(
				/^known by +the image that it is a copy of, \/.*garden\.jpg$/m,
			);
			const copied = await world.run(["export", name]);
			expect([copied.code, copied.stderr]).toEqual([
				2,
				expect.stringContaining("it was made here of another image"),
			]);
			const from = await world.run(["--from", name, "--dry-run"]);
			expect(from.stderr).toContain(
				`note: ${name} has other bytes than the image that was delivered: prompt and inputs are of that one\n`,
			);
		}
		const verify = await world.run(["verify", "."]);
		expect([verify.code, verify.stderr]).toEqual([
			0,
			"1 whole and as delivered, 3 made here of other images\n",
		]);
		await world.run(["gallery", "."]);
		const { images } = contentOf(join(world.cwd, "index.html"));
		expect(images.map(({ file }) => file)).toEqual(["garden.jpg"]);
	});

	it("and never takes the place of one, with --force, after it is gone, or by another name", async () => {
		const world = await withGarden();
		writeFileSync(join(world.cwd, "x.png"), await halves().png().toBuffer());
		const refused = async (name: string, message: string) => {
			const argv = ["export", "x.png", "--force", "-o", name];
			const { code, stderr } = await world.run(argv);
			const line = `error: x.png: ${message}`;
			expect([code, stderr]).toEqual([2, expect.stringContaining(line)]);
		};
		const place = (name: string) =>
			`${name} is the place of an image that was bought`;
		await refused("garden.jpg", place("garden.jpg"));
		renameSync(join(world.cwd, "garden.jpg"), join(world.cwd, "moved.jpg"));
		await refused("moved.jpg", place("moved.jpg"));
		await refused("garden.jpg", place("garden.jpg"));
		await refused("x.png", "x.png is an image to be copied");
		symlinkSync("x.png", join(world.cwd, "link.png"));
		await refused("link.png", "link.png is an image to be copied");
		expect(world.files()).toEqual(["link.png", "moved.jpg", "x.png"]);
	});
});

it("replaces nothing without --force, and no folder with it", async () => {
	const world = await withPictures({
		"x.png": halves().png().toBuffer(),
		"x-export.png": Buffer.from("mine"),
	});
	const { code, records } = await world.run(["export", "x.png", "--json"]);
	expect([code, records]).toMatchObject([
		2,
		[
			{
				status: "failed",
				original: "x.png",
				error: {
					code: "exists",
					message: "x.png: x-export.png exists",
					hint: "name another with -o, or replace it with --force",
				},
			},
		],
	]);
	expect(bytesOf(world, "x-export.png").toString()).toBe("mine");
	expect((await world.run(["export", "x.png", "-f"])).code).toBe(0);
	expect((await looksOf(world, "x-export.png")).size).toBe("40x20");
	mkdirSync(join(world.cwd, "x-a6.png"));
	const folder = await world.run([
		"export",
		"x.png",
		"-f",
		"--to",
		"a6",
		"--min-dpi",
		"1",
	]);
	expect([folder.code, folder.stderr]).toEqual([
		2,
		expect.stringContaining("exists and is no file"),
	]);
});

it.each(
	Object.entries({
		"-o prints/": "prints/a-export.png prints/b-export.jpg",
		"-o p/{index}/{name}-{to}.{ext} --to 1:1": "p/1/a-1x1.png p/2/b-1x1.jpg",
		"-o {name}.tif": "a.tif b.tif",
		"--format webp -o {name}": "a b",
		"--format JPG -o {name}-x.jpeg": "a-x.jpeg b-x.jpeg",
	}),
)("%s names copies %s", async (options, expected) => {
	const world = await withPictures({
		"a.png": halves().png().toBuffer(),
		"b.jpg": halves().jpeg().toBuffer(),
	});
	const { code, stdout, stderr } = await world.run([
		"export",
		"a.png",
		"b.jpg",
		...options.split(" "),
	]);
	const names = expected.split(" ");
	expect([code, stdout.trimEnd().split("\n").sort()]).toEqual([0, names]);
	expect(world.files()).toEqual(expect.arrayContaining(names));
	// What is the same of many is told once.
	expect(stderr).toMatch(/^a\.png and 1 more: /);
});

it("makes a copy beside each image in its own folder, whose braces are no template", async () => {
	const world = await withPictures({});
	mkdirSync(join(world.cwd, "{odd} folder"));
	writeFileSync(
		join(world.cwd, "{odd} folder/it's {x}.png"),
		await halves().png().toBuffer(),
	);
	const { stdout } = await world.run(["export", "{odd} folder/it's {x}.png"]);
	expect(stdout).toBe("{odd} folder/it's {x}-export.png\n");
});

it("judges each of many alone: one record and one reason for each, and 3 in the end", async () => {
	const world = await withPictures({
		"a.png": halves().png().toBuffer(),
		"big.png": halves(400, 300).png().toBuffer(),
		"cut.png": (await halves().png().toBuffer()).subarray(0, 90),
		"grey.jpg": tinyJpeg({ width: 400, height: 300 }),
		"text.png": Buffer.from("no picture"),
	});
	mkdirSync(join(world.cwd, "shots"));
	const names = [
		"a.png",
		"big.png",
		"cut.png",
		"grey.jpg",
		"text.png",
		"shots",
		"gone.png",
		"./a.png",
	];
	const { code, records, stderr } = await world.run([
		"export",
		...names,
		"--to",
		"10x10mm",
		"--dpi",
		"900",
		"--min-dpi",
		"100",
		"--json",
	]);
	expect(code).toBe(3);
	const ends = records.map(({ original, status, error, file }) => [
		original,
		status,
		error?.code ?? file,
	]);
	expect(ends).toEqual([
		["a.png", "failed", "usage"],
		["big.png", "saved", "big-10x10mm.png"],
		["cut.png", "failed", "bad_image"],
		["grey.jpg", "failed", "bad_image"],
		["text.png", "failed", "usage"],
		["shots", "failed", "usage"],
		["gone.png", "failed", "usage"],
	]);
	expect(stderr).toContain("error: cut.png: The PNG is cut at byte 90");
	expect(stderr).toContain(
		"error: shots: it is no file\n  name the images in it: shots/*.jpg",
	);
	expect(stderr).toContain(
		"error: text.png: it is no JPEG, PNG or WebP\n  name images as they were made, not lists or other copies\n",
	);
	expect(stderr).toContain("error: gone.png: there is no such file");
	expect(stderr).toMatch(/1 of 7 images copied\n$/);
});

it("passes over what was made here of others, which a pattern takes in, with a record and without a say in the exit code", async () => {
	const world = await withGarden();
	await world.run(["export", "garden.jpg"]);
	await world.run(["gallery", ".", "--sheet", "sheet.jpg"]);
	const names = ["garden-export.jpg", "garden.jpg", "sheet.jpg"];
	const argv = ["export", ...names, "--to", "1:1"];
	const { code, stderr, records } = await world.run([...argv, "--json"]);
	expect(code).toBe(0);
	expect(records).toMatchObject([
		{ original: "garden-export.jpg", status: "skipped" },
		{ original: "garden.jpg", status: "saved" },
		{ original: "sheet.jpg", status: "skipped" },
	]);
	expect(stderr).toContain(
		"note: garden-export.jpg and 1 more: passed over, as made here of other images\n",
	);
	expect(stderr).toMatch(/1 of 1 image copied\n$/);
	expect((await world.run(argv)).code).toBe(2);
});

it("passes over a gallery's page and thumbnails, and sidecars, beside images; named alone they are refused", async () => {
	const world = await withGarden();
	await world.run(["gallery", "."]);
	writeFileSync(join(world.cwd, "garden.jpg.json"), "{}");
	const beside = ["garden.jpg.json", "index-thumbs", "index.html"];
	const argv = ["export", "garden.jpg", ...beside, "--json"];
	const { code, stderr, records } = await world.run(argv);
	expect(code).toBe(0);
	expect(records).toMatchObject([
		{ original: "garden.jpg", status: "saved" },
		...beside.map((original) => ({ original, status: "skipped" })),
	]);
	expect(stderr).toContain(
		"note: garden.jpg.json and 2 more: passed over, as pages, thumbnails and sidecars are no images\n",
	);
	expect((await world.run(["export", "index.html"])).code).toBe(2);
});

it("refuses copies that would share a name, and makes the others", async () => {
	const world = await withPictures({
		"x.png": halves().png().toBuffer(),
		"X.jpg": halves().jpeg().toBuffer(),
	});
	const { code, stderr } = await world.run([
		"export",
		"x.png",
		"X.jpg",
		"--format",
		"png",
		"-o",
		"prints/",
	]);
	expect([code, stderr]).toEqual([
		2,
		expect.stringContaining("would be the name of several copies"),
	]);
});

it.each([
	[["--dpi", "0"], "--dpi 0 is no number of dots"],
	[["--dpi", "300.5"], "--dpi 300.5 is no number of dots"],
	[["--min-dpi", "x", "--to", "a4"], "--min-dpi x is no number of dots"],
	[["--min-dpi", "150"], "--min-dpi is about a print"],
	[["--bleed", "3mm", "--to", "4:5"], "--bleed is about a print"],
	[["--crop", "nose"], "--crop nose is none of these"],
	[["--format", "gif"], "--format gif is none of these"],
	[["-o", "x.gif"], "-o says .gif, which no copy is"],
	[["-o", "x.png", "--format", "jpeg"], "-o says .png, and --format jpeg"],
	[["-o", "-"], "a copy is a file, and does not go to stdout"],
	[["-o", "{seed}.png"], "unknown placeholder {seed}"],
	[["-o", "/proc/nowhere/x.png"], "cannot be written"],
])("export with %j is refused: %s", async (argv, message) => {
	const world = await withPictures({ "x.png": halves().png().toBuffer() });
	const { code, stdout, stderr } = await world.run([
		"export",
		"x.png",
		...argv,
	]);
	expect(stderr).toContain(message);
	expect([code, stdout]).toEqual([2, ""]);
	expect(world.files()).toEqual(["x.png"]);
});

it("an interrupt leaves whole copies and no half one, with a record for each", async () => {
	const many = 4 * availableParallelism() + 4;
	const names = Array.from({ length: many }, (_, at) => `${at}.png`);
	const picture = await halves(300, 200).png().toBuffer();
	const world = await withPictures(
		Object.fromEntries(names.map((name) => [name, picture])),
	);
	const { code, records } = await interruptedAtFirstRecord(world, names);
	expect(code).toBe(130);
	expect(records).toHaveLength(many);
	const copies = world.files().filter((name) => name.includes("-export"));
	expect(copies.length).toBeGreaterThan(0);
	expect(copies.length).toBeLessThan(many);
	for (const name of copies)
		expect(sha256(bytesOf(world, name))).toBe(
			records.find(({ file }) => file === name)?.sha256,
		);
	expect(world.files()).toHaveLength(many + copies.length);
});

function interruptedAtFirstRecord(world: World, names: readonly string[]) {
	return world.run(["export", ...names, "--json"], {
		during: (runtime) => {
			const { stdout } = runtime;
			const write = stdout.write.bind(stdout);
			let isFirst = true;
			stdout.write = ((chunk: string) => {
				const written = write(chunk);
				if (isFirst) runtime.signal("SIGINT");
				isFirst = false;
				return written;
			}) as typeof stdout.write;
		},
	});
}
