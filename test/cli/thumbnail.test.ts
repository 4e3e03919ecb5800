import { statSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { expect, it } from "vitest";
import { noise } from "./paint.ts";
import { createWorld } from "./world.ts";

const large = { paint: () => noise(1_200) };
const words = ["a fox", "-s", "7", "-o", "fox.jpg", "--json"];
const name = "fox.jpg.thumb.jpg";

it("--thumbnail writes a JPEG of 1,024 pixels beside the image, and names it in the record", async () => {
	const world = await createWorld(large);
	const { code, records } = await world.run([...words, "--thumbnail"]);
	const thumbnail = join(world.cwd, name);
	expect([code, records]).toMatchObject([0, [{ status: "saved", thumbnail }]]);
	expect(world.files()).toEqual(["fox.jpg", name]);
	expect(await sharp(thumbnail).metadata()).toMatchObject({
		format: "jpeg",
		width: 1_024,
		height: 1_024,
	});
});

it("names that are cut leave room for thumbnail and sidecar", async () => {
	const world = await createWorld();
	const rows = ["batch", "-", "-o", "{sku}.jpg", "--thumbnail", "--sidecar"];
	const row = JSON.stringify({ prompt: "a fox", sku: "s".repeat(300) });
	const { code, stderr } = await world.run(rows, { stdin: row });
	const image = `${"s".repeat(240)}.jpg`;
	expect([code, world.files()]).toEqual([
		0,
		[image, `${image}.json`, `${image}.thumb.jpg`],
	]);
	expect(stderr).not.toContain("note:");
});

it("a thumbnail is no image that was bought: neither for verify nor for gallery", async () => {
	const world = await createWorld();
	await world.run([...words, "--thumbnail"]);
	const verified = await world.run(["verify", ".", "--json"]);
	expect(verified.records).toMatchObject([
		{ status: "whole", file: "fox.jpg" },
	]);
	const sheet = ["gallery", ".", "--sheet", "sheet.jpg", "--json"];
	const [{ images }] = (await world.run(sheet)).records;
	expect(images).toMatchObject([{ file: "fox.jpg" }]);
	// Whatever is called so and does not say that it is one, is a picture of its own.
	world.write(name, world.bytes("fox.jpg"));
	const named = await world.run(["verify", ".", "--json"]);
	expect(named.records.map(({ file }) => file)).toEqual([
		"fox.jpg",
		name,
		"sheet.jpg",
	]);
});

it("a thumbnail of ours is made anew with its image; somebody else's file stays, and takes nothing from the image", async () => {
	const world = await createWorld();
	await world.run([...words, "--thumbnail"]);
	const own = world.bytes(name);
	const other = ["a fox", "-s", "8", ...words.slice(3), "--thumbnail", "-f"];
	const replaced = await world.run(other);
	expect(replaced.records).toMatchObject([
		{ thumbnail: join(world.cwd, name) },
	]);
	expect(world.bytes(name).equals(own)).toBe(false);

	for (const file of ["1.jpg", "2.jpg"])
		world.write(`${file}.thumb.jpg`, "mine");
	const seeds = ["a fox", "--seeds", "1-2", "-o", "{seed}.jpg", "--json"];
	const { code, records, stderr } = await world.run([...seeds, "--thumbnail"]);
	expect([code, records.map(({ thumbnail }) => thumbnail)]).toEqual([
		0,
		[null, null],
	]);
	expect(stderr).toContain(
		`note: ${join(world.cwd, "1.jpg.thumb.jpg")} exists and is no thumbnail of ours; name another file, or move that one away\n`,
	);
	expect(world.text("1.jpg.thumb.jpg")).toBe("mine");
});

it("batch, resume and runs fetch make thumbnails too, and so does the setting", async () => {
	const world = await createWorld();
	await world.run(["a fox", "-s", "1", "-o", "a.jpg", "--no-wait"]);
	await world.run(["resume", "--thumbnail"]);
	const sent = await world.run([
		"a fox",
		"-s",
		"2",
		"-o",
		"b.jpg",
		"--no-wait",
	]);
	await world.run(["runs", "fetch", sent.stdout.trim(), "--thumbnail"]);
	const rows = ["batch", "-", "-o", "{index}.jpg", "--json"];
	const inRows = (...more: string[]) =>
		world.run([...rows, ...more], { stdin: "a fox\n" });
	expect((await inRows()).records[0]).not.toHaveProperty("thumbnail");
	const thumbnail = join(world.cwd, "1.jpg.thumb.jpg");
	const made = await inRows("--thumbnail");
	expect(made.records).toMatchObject([{ status: "skipped", thumbnail }]);
	const { ino } = statSync(thumbnail);
	await inRows("--thumbnail");
	expect(statSync(thumbnail).ino).toBe(ino);
	await world.run(["config", "set", "thumbnail", "on"]);
	await world.run(["a fox", "-o", "c.jpg"]);
	expect(world.files().filter((file) => file.endsWith(".thumb.jpg"))).toEqual(
		["1", "a", "b", "c"].map((image) => `${image}.jpg.thumb.jpg`),
	);
});
