import {
	copyFileSync,
	mkdirSync,
	readFileSync,
	renameSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { expect, it } from "vitest";
import { closedFolder } from "../cli/closed-folder.ts";
import { createWorld, type World } from "../cli/world.ts";
import { tinyJpeg } from "../tiny-jpeg.ts";
import { contentOf } from "./content-of.ts";

const rows =
	'sku,name,charged,prompt\nA1,Teapot,=1,a teapot\nA2,"Lamp, brass",,a lamp\n';

function put(world: World, name: string, content: string | Buffer): void {
	writeFileSync(join(world.cwd, name), content);
}

/** A batch of two in `out`, with its report. */
async function batch(report = "report.csv", faults: readonly string[] = []) {
	const world = await createWorld({ faults });
	put(world, "rows.csv", rows);
	await world.run([
		...["batch", "rows.csv", "-o", "out/{sku}.jpg", "-y"],
		...["--report", report],
	]);
	return world;
}

function pageOf(world: World, page = "out/index.html") {
	return contentOf(join(world.cwd, page));
}

it("makes a page of a folder: how each was made, by its content, and what the file is", async () => {
	const world = await batch();
	mkdirSync(join(world.cwd, "out/b <i>"));
	const odd = `b <i>/it's "50%" #1?\n\u202e.jpg`;
	renameSync(join(world.cwd, "out/A2.jpg"), join(world.cwd, "out", odd));
	put(world, "out/theirs.jpg", tinyJpeg({ width: 8, height: 4 }));
	put(world, "out/theirs.jpg.json", '{"made":"elsewhere"}');
	put(world, "out/cut.jpg", tinyJpeg().subarray(0, 30));
	const { code, stdout, stderr } = await world.run(["gallery", "out"]);
	expect({ code, stdout, stderr }).toEqual({
		code: 0,
		stdout: "out/index.html\n",
		stderr:
			"4 images, 1 of them broken, 2 of unknown making; thumbnails in out/index-thumbs\n",
	});
	// They may come home in any order.
	const line = world.ledger().find(({ path }) => path.endsWith("A1.jpg"));
	const { sha256, seed, submitted_at } = line.record;
	const { title, images, failed } = pageOf(world);
	expect({ title, failed }).toEqual({ title: "out", failed: [] });
	expect(images[0]).toEqual({
		...{ id: sha256, number: 1, file: "A1.jpg", path: "A1.jpg" },
		...{ src: "A1.jpg", thumb: `index-thumbs/${sha256}.webp` },
		...{ width: 96, height: 54, prompt: "a teapot", seed: `${seed}` },
		...{ model: "ultra", cost: "sandbox", paidUsd: 0.06 },
		made: submitted_at,
		command: `flux-ultra 'a teapot' --seed ${seed} --sandbox`,
	});
	expect(images[1]).toMatchObject({
		file: odd,
		src: "b%20%3Ci%3E/it's%20%2250%25%22%20%231%3F%0A%E2%80%AE.jpg",
		prompt: "a lamp",
	});
	expect(images.slice(2)).toMatchObject([
		{ file: "cut.jpg", damage: expect.stringContaining("cut at byte 30") },
		{ file: "theirs.jpg", width: 8, height: 4 },
	]);
	expect(images[3]).not.toHaveProperty("prompt");
});

it.each(["report.csv", "report.jsonl"])(
	"has a batch's own columns as captions, and the rows that failed, by %s",
	async (report) => {
		const world = await batch(report, ["run:moderated@2"]);
		const caption = "{sku}: {name} {charged}";
		await world.run([
			...["gallery", "out", "--report", report, "--caption", caption],
		]);
		const { images, failed } = pageOf(world);
		const all = [...images, ...failed].map((one) => one.caption);
		expect(all.sort()).toEqual(["A1: Teapot =1", "A2: Lamp, brass"]);
		expect(failed).toMatchObject([
			{
				line: expect.stringMatching(/^[23]$/),
				why: expect.stringMatching(/^failed: /),
			},
		]);
	},
);

it.each(["report.csv", "report.jsonl"])(
	"counts a row of a report by what is on disk now, by %s",
	async (report) => {
		const world = await batch(report, ["run:moderated@1"]);
		put(world, "out/theirs.jpg", tinyJpeg());
		const again = ["batch", "rows.csv", "-o", "out/{sku}.jpg", "-y"];
		expect((await world.run(again)).code).toBe(0);
		const look = async () => {
			const caption = ["--report", report, "--caption", "{sku}"];
			const { stderr } = await world.run(["gallery", "out", ...caption]);
			const { images, failed } = pageOf(world);
			return { stderr, failed, captions: images.map((one) => one.caption) };
		};
		expect(await look()).toMatchObject({
			failed: [],
			captions: ["A1", "A2", ""],
		});
		for (const name of ["A1", "A2"]) rmSync(join(world.cwd, `out/${name}.jpg`));
		const { failed, stderr } = await look();
		expect(stderr).toContain("1 image, 1 of unknown making, 2 not there");
		expect(
			failed.map(({ caption, why }) => `${caption} ${why}`).sort(),
		).toEqual(
			expect.arrayContaining([
				expect.stringMatching(/^A\d failed: /),
				expect.stringMatching(/^A\d there is no file any more$/),
			]),
		);
	},
);

it("is the page of the folder at each time: made thumbnails stay, those of what is gone go", async () => {
	const world = await batch();
	await world.run(["gallery", "out"]);
	const thumbs = () =>
		world.files().filter((file) => file.includes("index-thumbs"));
	const before = thumbs();
	expect(before).toHaveLength(2);
	rmSync(join(world.cwd, "out/A2.jpg"));
	const { code } = await world.run(["gallery", "out"]);
	expect(code).toBe(0);
	expect(pageOf(world).images).toHaveLength(1);
	expect(before).toEqual(expect.arrayContaining([...thumbs()]));
	expect(thumbs()).toHaveLength(1);
	// Nobody takes them for images.
	const { stderr } = await world.run(["verify", "out"]);
	expect(stderr).toContain("1 whole and as delivered, 1 missing");
});

it("never writes over a stranger's file without --force, nor over what it reads", async () => {
	const world = await batch();
	put(world, "out/index.html", "<!doctype html><title>My shop</title>");
	const refused = await world.run(["gallery", "out"]);
	expect(refused.code).toBe(2);
	expect(refused.stderr).toContain(
		"out/index.html exists and is no page of a gallery",
	);
	expect(readFileSync(join(world.cwd, "out/index.html"), "utf8")).toContain(
		"My shop",
	);
	symlinkSync("report.csv", join(world.cwd, "page.html"));
	const input = await world.run([
		...["gallery", "out", "--report", "report.csv", "-o", "page.html"],
		"--force",
	]);
	expect(input.code).toBe(2);
	expect(input.stderr).toContain("page.html is a file that the command reads");
	expect((await world.run(["gallery", "out", "--force"])).code).toBe(0);
	expect(pageOf(world).images).toHaveLength(2);
});

it("puts the page elsewhere, with the ways back to the images", async () => {
	const world = await batch();
	await world.run(["gallery", "out", "-o", "for client/page.html"]);
	const [image] = pageOf(world, "for client/page.html").images;
	expect(image).toMatchObject({ src: "../out/A1.jpg", path: "../out/A1.jpg" });
	expect(image?.thumb).toMatch(/^page-thumbs\/[0-9a-f]{64}\.webp$/);
});

it("says what a picture is that has another format's name, and does not count it as broken", async () => {
	const world = await createWorld();
	const red = { width: 8, height: 8, channels: 3, background: "red" } as const;
	const picture = sharp({ create: red });
	mkdirSync(join(world.cwd, "out"));
	put(world, "out/a.jpg", await picture.clone().gif().toBuffer());
	put(world, "out/b.jpg", await picture.clone().png().toBuffer());
	const { stderr } = await world.run(["gallery", "out"]);
	expect(stderr).toMatch(/^2 images, 1 of another format, 2 of unknown making/);
	const [gif, png] = pageOf(world).images;
	expect(gif).toMatchObject({ src: "a.jpg", otherFormat: "a GIF" });
	expect(gif).not.toHaveProperty("damage");
	expect(png).toMatchObject({ width: 8, thumb: expect.any(String) });
});

it("leaves out with --no-prompts how images were made, also of what failed", async () => {
	const world = await batch("report.csv", ["run:moderated@2"]);
	const about = ["--report", "report.csv", "--caption", "{sku}"];
	await world.run(["gallery", "out", "--no-prompts", ...about]);
	const { images, failed } = pageOf(world);
	for (const one of [...images, ...failed]) {
		for (const name of ["prompt", "seed", "model", "cost", "command"])
			expect(one).not.toHaveProperty(name);
	}
	expect([images.length, failed.length]).toEqual([1, 1]);
	const page = readFileSync(join(world.cwd, "out/index.html"), "utf8");
	expect(page).not.toMatch(/a (teapot|lamp)/);
});

it("shows nobody the folders of this machine", async () => {
	const world = await createWorld();
	put(
		world,
		"input.png",
		await sharp({
			create: { width: 64, height: 64, channels: 3, background: "red" },
		})
			.png()
			.toBuffer(),
	);
	await world.run([
		"at night",
		"--image",
		"input.png",
		"-o",
		"out/a.jpg",
		"-y",
	]);
	await world.run(["gallery", "out"]);
	const html = readFileSync(join(world.cwd, "out/index.html"), "utf8");
	expect(html).toContain("--image ../input.png");
	expect(html).not.toContain(world.home);
});

it("shows the rest where a folder in it cannot be read, and says so: exit 3", async () => {
	const world = await batch();
	const closed = closedFolder(world, "out/closed");
	const { code, stderr } = await world.run(["gallery", "out"]);
	expect(code).toBe(3);
	expect(stderr).toContain(
		`note: left out: Cannot read ${closed}: permission denied\n`,
	);
	expect(pageOf(world).images).toHaveLength(2);
	closedFolder(world, "out");
	const { code: refused } = await world.run(["gallery", "out"]);
	expect(refused).toBe(9);
});

it("lets no prompt end the script that it stands in", async () => {
	const world = await createWorld();
	const prompt = "</script><script>alert(1)</script><!-- \u2028 $& $' \u202e";
	await world.run(["-o", "out/a.jpg", "--", prompt]);
	await world.run(["gallery", "out"]);
	const html = readFileSync(join(world.cwd, "out/index.html"), "utf8");
	expect(html).not.toContain("alert(1)</script>");
	expect(html.match(/<script/g)).toHaveLength(2);
	expect(pageOf(world).images[0]?.prompt).toBe(prompt);
});

it("makes a contact sheet of at most 1,600 pixels, says which number is which, and is no picture of the page", async () => {
	const world = await batch();
	for (let at = 1; at <= 40; at++)
		put(world, `out/x${at}.jpg`, readFileSync(join(world.cwd, "out/A1.jpg")));
	put(world, "out/cut.jpg", tinyJpeg().subarray(0, 30));
	put(world, "out/grey.jpg", tinyJpeg());
	const { code, records } = await world.run([
		...["gallery", "out", "--sheet", "out/sheet.jpg", "--json"],
	]);
	expect(code).toBe(0);
	expect(records[0].file).toBe("out/sheet.jpg");
	expect(records[0].images).toHaveLength(44);
	expect(records[0].images[0]).toMatchObject({
		number: 1,
		file: "out/A1.jpg",
		prompt: "a teapot",
	});
	const sheet = await sharp(join(world.cwd, "out/sheet.jpg")).metadata();
	expect(Math.max(sheet.width, sheet.height)).toBeLessThanOrEqual(1_600);
	expect(Math.max(sheet.width, sheet.height)).toBeGreaterThan(1_400);
	const again = await world.run(["gallery", "out", "--sheet", "out/sheet.jpg"]);
	expect(again.code).toBe(0);
	expect(again.stderr).toMatch(
		/^#1 {2}out\/A1\.jpg\n.*\n#44 {2}out\/x40\.jpg\n44 images, /s,
	);
	await world.run(["gallery", "out"]);
	expect(pageOf(world).images.map(({ file }) => file)).not.toContain(
		"sheet.jpg",
	);
	const wide = await world.run([
		...["gallery", "out", "--sheet", "wide.jpg", "--columns", "1"],
	]);
	expect(wide.code).toBe(2);
	expect(wide.stderr).toContain("44 images in 1 column are too many");
	copyFileSync(join(world.cwd, "out/A1.jpg"), join(world.cwd, "photo.jpg"));
	const stranger = await world.run(["gallery", "out", "--sheet", "photo.jpg"]);
	expect(stranger.code).toBe(2);
	expect(stranger.stderr).toContain("photo.jpg exists and is no contact sheet");
});

it.each([
	[["nowhere"], "there is no nowhere"],
	[["out/A1.jpg"], "out/A1.jpg is no folder"],
	[["empty"], "there is no image in empty"],
	[["out", "--caption", "{sku}"], "--caption names {sku}, which no image has"],
	[["out", "--caption", "{sku"], `a "{" is never closed`],
	[["out", "--report", "rows.csv"], "rows.csv is no report of a batch"],
	[["out", "-o", "page.jpg"], "-o page.jpg is no name of a page"],
	[["out", "--sheet", "a.png"], "--sheet a.png is no name of a JPEG"],
	[["out", "--sheet", "a.jpg", "--columns", "x"], "--columns x is no number"],
	[["out", "--columns", "3"], "--columns is about a --sheet"],
	[["out", "--sheet", "a.jpg", "--open"], "--sheet makes a sheet, and no page"],
	[
		["out", "--watch", "-o", "a.html"],
		"--watch serves a page, and writes none",
	],
])("gallery %j is refused: %s", async (words, message) => {
	const world = await batch();
	mkdirSync(join(world.cwd, "empty"));
	const before = world.files();
	const { code, stderr } = await world.run(["gallery", ...words]);
	expect(code).toBe(2);
	expect(stderr).toContain(message);
	expect(world.files()).toEqual(before);
});

it("marks an image whose bytes are not those that were delivered, and export says so", async () => {
	const world = await batch();
	put(world, "out/A1.jpg", tinyJpeg());
	await world.run(["gallery", "out"]);
	const changed = pageOf(world).images.map(({ isChanged }) => isChanged);
	expect(changed).toEqual([true, undefined]);
	const { stderr } = await world.run([
		...["export", "out/A1.jpg", "out/A2.jpg", "--to", "1:1"],
		...["-o", "copies/"],
	]);
	expect(stderr).toContain(
		"note: out/A1.jpg: its bytes are not those that were delivered",
	);
});

it("says of a folder of copies that they are left out", async () => {
	const world = await batch();
	const sheet = ["gallery", "out", "--sheet", "sheets/a.jpg"];
	mkdirSync(join(world.cwd, "sheets"));
	expect((await world.run(sheet)).code).toBe(0);
	const { code, stderr } = await world.run(["gallery", "sheets"]);
	expect([code, stderr]).toEqual([
		2,
		expect.stringContaining("only copies and sheets in sheets, 1 of them"),
	]);
});

it("says where the page cannot be written, and what to do", async () => {
	const world = await batch();
	const { code, stderr } = await world.run([
		"gallery",
		"out",
		"-o",
		"/proc/p.html",
	]);
	expect(code).toBe(2);
	expect(stderr).toContain("/proc cannot be written");
	expect(stderr).toContain("name another place: -o page.html");
});

it("is offered on a terminal after several images of one prompt, and nowhere else", async () => {
	const world = await createWorld();
	const argv = ["a fox in snow", "--count", "2", "-o", "my tries/"];
	const offer =
		"side by side: flux-ultra gallery 'my tries' --open; on one sheet: flux-ultra gallery 'my tries' --sheet sheet.jpg";
	const told = async (stderr: boolean, ...more: readonly string[]) =>
		(await world.run([...argv, "-y", ...more], { tty: { stderr } })).stderr;
	expect(await told(true)).toContain(offer);
	expect(await told(false)).not.toContain("gallery");
	expect(await told(true, "--quiet")).not.toContain("gallery");
});
