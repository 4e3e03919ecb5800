import {
	appendFileSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	symlinkSync,
	truncateSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { checkFile } from "../../src/commands/verify/check.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { tinyJpeg } from "../tiny-jpeg.ts";
import { closedFolder } from "./closed-folder.ts";
import { createWorld, ended, type World, type WorldOptions } from "./world.ts";

/** Three images in a folder: 1.jpg, 2.jpg, 3.jpg. */
async function folderOf3(options?: WorldOptions): Promise<World> {
	const world = await createWorld(options);
	const argv = ["a garden.", "--seeds", "1-3", "-o", "out/{seed}.jpg"];
	expect((await world.run(argv)).code).toBe(0);
	return world;
}

async function states(
	world: World,
	...argv: readonly string[]
): Promise<readonly string[]> {
	const { records } = await world.run(["verify", ...argv, "--json"]);
	return records.map(({ status, file }) => `${status} ${file}`);
}

const spoil = (world: World, name: string) =>
	truncateSync(join(world.cwd, name), 300);

it("verify says of a folder that all is whole and as delivered, renamed images included", async () => {
	const world = await folderOf3();
	const name = `out/it's "<odd>"\u202e.jpg`;
	renameSync(join(world.cwd, "out/1.jpg"), join(world.cwd, name));
	world.write("out/theirs.png", tinyJpeg());
	world.write("out/notes.txt", "no image");
	expect(await world.run(["verify", "out"])).toMatchObject({
		code: 0,
		stdout: "",
		stderr: "3 whole and as delivered, 1 whole, and not from here\n",
		sent: [],
	});
});

it("verify says the whole command that fetches again what was made elsewhere", async () => {
	const world = await createWorld();
	await world.run(["a hut.", "-o", "hut.jpg"]);
	world.remove("hut.jpg");
	const [month = ""] = readdirSync(join(world.state, "ledger"));
	const ledger = join(world.state, "ledger", month);
	const { apiUrl } = world.sandbox;
	const elsewhere = { env: { FLUX_ULTRA_API_URL: undefined } };
	expect((await world.run(["verify", "."], elsewhere)).stderr).toContain(
		`: FLUX_ULTRA_API_URL=${apiUrl} flux-ultra verify --repair .\n`,
	);
	const lines = readFileSync(ledger, "utf8").replaceAll(apiUrl, "sandbox");
	writeFileSync(ledger, lines);
	const { stderr } = await world.run(["verify", "."]);
	expect(stderr).toContain(": flux-ultra verify --repair . --sandbox\n");
});

it("verify names what is damaged, changed and missing, and ends with 1", async () => {
	const world = await folderOf3();
	spoil(world, "out/1.jpg");
	world.write("out/2.jpg", tinyJpeg());
	world.remove("out/3.jpg");
	const { code, stdout, stderr } = await world.run(["verify", "out/"]);
	expect(code).toBe(1);
	expect(stdout).toBe(
		[
			"damaged  out/1.jpg  The JPEG is cut at byte 300: its end marker is missing",
			"changed  out/2.jpg  not what was delivered",
			"missing  out/3.jpg  there is no file any more",
			"",
		].join("\n"),
	);
	expect(stderr).toBe(
		"0 whole and as delivered, 1 changed, 1 damaged, 1 missing\nnote: to fetch again what is damaged or missing, free of charge: flux-ultra verify --repair out/\nnote: what is changed stays as it is: rename it, or move it away; --repair then brings what is missing, free of charge\n",
	);
	expect(await states(world, "out/3.jpg", "out/1.jpg")).toEqual([
		"damaged out/1.jpg",
		"missing out/3.jpg",
	]);
});

it("verify --repair leaves what somebody saved there in another format", async () => {
	const world = await folderOf3();
	world.write(
		"out/1.jpg",
		Buffer.concat([Buffer.from("II*\0"), Buffer.alloc(99, 200)]),
	);
	const { code, stdout, sent } = await world.run(["verify", "out", "--repair"]);
	expect([code, sent]).toEqual([1, []]);
	expect(stdout).toMatch(
		/^changed {2}out\/1\.jpg {2}This is not an image in JPEG/,
	);
	expect(await states(world, "out/1.jpg")).toEqual(["changed out/1.jpg"]);
});

it("verify --repair leaves alone what it cannot read", async () => {
	const world = await folderOf3();
	world.remove("out/1.jpg");
	mkdirSync(join(world.cwd, "out/1.jpg"));
	const { code, stdout, sent } = await world.run(["verify", "out", "--repair"]);
	expect([code, stdout, sent]).toEqual([
		1,
		`unreadable  out/1.jpg  Cannot read ${join(world.cwd, "out/1.jpg")}: it is a folder\n`,
		[],
	]);
});

it("what was delivered and cannot be reached is unreadable, and not missing", async () => {
	const file = join(temporaryFolder(), "x.jpg");
	symlinkSync("x.jpg", file);
	const delivered = { path: file, sha256: undefined, line: undefined };
	expect(await checkFile(file, delivered)).toMatchObject({
		state: "unreadable",
		why: `Cannot read ${file}: its links lead in a circle`,
	});
});

it("verify names a folder that it cannot read, and looks at the others", async () => {
	const world = await folderOf3();
	spoil(world, "out/1.jpg");
	const closed = closedFolder(world, "out/closed");
	const { code, stdout, stderr } = await world.run(["verify", "out"]);
	expect([code, stdout.split("\n")]).toEqual([
		1,
		[
			`unreadable  out/closed  Cannot read ${closed}: permission denied`,
			expect.stringMatching(/^damaged {5}out\/1\.jpg {3}/),
			"",
		],
	]);
	expect(stderr).toContain("1 damaged, 1 unreadable");
});

it("verify finds images that took each other's places", async () => {
	const world = await folderOf3();
	const at = (name: string) => join(world.cwd, "out", name);
	renameSync(at("1.jpg"), at("x"));
	renameSync(at("2.jpg"), at("1.jpg"));
	renameSync(at("x"), at("2.jpg"));
	const { code, stdout, stderr } = await world.run(["verify", "out"]);
	expect([code, stdout]).toEqual([
		1,
		"changed  out/1.jpg  it is the image of out/2.jpg\nchanged  out/2.jpg  it is the image of out/1.jpg\n",
	]);
	expect(stderr).toContain("note: what is changed stays as it is: rename it,");
});

it("verify calls what never was an image no image, and not damaged", async () => {
	const world = await createWorld();
	world.write("README.md", "# Images");
	expect(await world.run(["verify", "README.md"])).toMatchObject({
		code: 1,
		stdout: expect.stringMatching(/^no image {2}README\.md {2}This is not an/),
		stderr: "0 whole and as delivered, 1 no image\n",
	});
});

it("verify --repair fetches what is damaged or missing, free of charge, and leaves all else", async () => {
	const world = await folderOf3();
	const before = world.bytes("out/1.jpg");
	spoil(world, "out/1.jpg");
	world.write("out/2.jpg", tinyJpeg());
	world.remove("out/3.jpg");
	world.write("out/theirs.jpg", "no image");
	const { code, sent } = await world.run(["verify", "out", "--repair"]);
	expect(code).toBe(1);
	expect(sent.filter(({ method }) => method !== "GET")).toEqual([]);
	expect(world.bytes("out/1.jpg")).toEqual(before);
	expect(world.bytes("out/2.jpg")).toEqual(tinyJpeg());
	expect(await states(world, "out")).toEqual([
		"whole out/1.jpg",
		"changed out/2.jpg",
		"whole out/3.jpg",
		"damaged out/theirs.jpg",
	]);
	expect(world.bought()).toBe(3);
	expect(world.jobs()).toEqual([]);
	const { records } = await world.run(["spend", "--json"]);
	expect(records.at(-1)).toMatchObject({ images: 3, cost_usd: 0.18 });
});

it("verify --repair brings the one image of a run that made several", async () => {
	const world = await createWorld();
	await world.run([
		...[
			"-m",
			"klein",
			"--param",
			"num_images=3",
			"icons.",
			"-o",
			"i-{output}.jpg",
		],
	]);
	const before = world.bytes("i-2.jpg");
	spoil(world, "i-2.jpg");
	expect((await world.run(["verify", ".", "--repair"])).code).toBe(0);
	expect(world.bytes("i-2.jpg")).toEqual(before);
});

it("verify --repair says of a run that the service does not know any more that it cannot", async () => {
	const world = await folderOf3();
	spoil(world, "out/1.jpg");
	world.faults("poll:404");
	expect(await world.run(["verify", "out", "--repair"])).toMatchObject(
		ended(1, "with the key of that time"),
	);
	expect(world.bytes("out/1.jpg")).toHaveLength(300);
	expect(world.jobs()).toEqual([]);
});

it.each(["csv", "jsonl"])(
	"verify --report %s knows each image of a batch without the ledger, and the rows that brought none",
	async (extension) => {
		const world = await createWorld({ faults: ["run:moderated@2"] });
		const report = `r.${extension}`;
		const { records } = await world.run(
			["batch", "-", "-o", "out/-{index}.jpg", "--report", report, "--json"],
			{ stdin: "a fox.\nan owl.\na bear.\n" },
		);
		const saved = records.find(({ status }) => status === "saved");
		const failed = records.find(({ status }) => status === "failed");
		rmSync(world.state, { recursive: true });
		world.write(saved.file, tinyJpeg());
		const { code, stdout } = await world.run(["verify", "--report", report]);
		expect([code, stdout.replace(/ +/g, " ")]).toEqual([
			1,
			`changed ${saved.file} not what was delivered\nmissing line ${failed.line} failed: ${failed.error.message}\n`,
		]);
	},
);

it.each(["csv", "jsonl"])(
	"verify --report %s finds what resume brought since",
	async (extension) => {
		const world = await createWorld();
		const report = `r.${extension}`;
		const words = ["-o", "out/{index}.jpg", "--report", report];
		const { code } = await world.run(
			["batch", "-", ...words, "--timeout", "1s"],
			{ stdin: "a fox.\nan owl.\na bear.\n" },
		);
		expect(code).toBe(8);
		const verify = () => world.run(["verify", "--report", report]);
		expect((await verify()).stderr).toContain("3 missing");
		expect((await world.run(["resume"])).code).toBe(0);
		expect(await verify()).toMatchObject({ code: 0, stdout: "" });
	},
);

it("verify --repair where no file can be made says so, and keeps no job", async () => {
	const world = await folderOf3();
	world.remove("out");
	world.write("out", "no folder");
	const { code, stderr } = await world.run(["verify", ".", "--repair"]);
	expect(code).toBe(1);
	expect(stderr).toContain("out cannot be written");
	expect(stderr).toMatch(
		/to save it elsewhere: flux-ultra runs fetch \S+ -o <file>\n/,
	);
	expect(world.jobs()).toEqual([]);
});

it.each([
	[[], "no image and no folder is named"],
	[["empty"], "there is no image in empty"],
	[["nowhere.jpg"], "there is no nowhere.jpg"],
	[["--report", "nowhere.csv"], "--report nowhere.csv cannot be read"],
	[["--report", "notes.csv"], "notes.csv is no report of a batch"],
	[["--report", "notes.jsonl"], "notes.jsonl is no report of a batch"],
])("verify %j is refused: %s", async (words, message) => {
	const world = await createWorld();
	mkdirSync(join(world.cwd, "empty"));
	appendFileSync(join(world.cwd, "notes.csv"), "sku,status\nA1,sold\n");
	appendFileSync(join(world.cwd, "notes.jsonl"), '{"status":"sold"}\n');
	expect(await world.run(["verify", ...words])).toMatchObject(
		ended(2, message),
	);
});

it("verify goes by sidecars where the ledger knows nothing, and names the runs of what is damaged or missing", async () => {
	const world = await createWorld();
	const argv = ["a garden.", "--seeds", "1-4", "-o", "out/{seed}.jpg"];
	const { records } = await world.run([...argv, "--sidecar", "--json"]);
	const runOf = (name: string) =>
		records.find(({ file }) => file === name).run_id;
	rmSync(world.state, { recursive: true });
	world.write("out/1.jpg", tinyJpeg());
	world.remove("out/2.jpg");
	renameSync(join(world.cwd, "out/3.jpg"), join(world.cwd, "out/lamp.jpg"));
	const lines = [
		"changed  out/1.jpg  not what was delivered",
		`missing  out/2.jpg  there is no file any more: run ${runOf("out/2.jpg")}`,
	];
	const { code, stdout, stderr } = await world.run(["verify", "out"]);
	expect([code, stdout.split("\n")]).toEqual([1, [...lines, ""]]);
	expect(stderr).toContain("2 whole and as delivered, 1 changed, 1 missing\n");
	const alone = await world.run(["verify", "out/2.jpg", "--repair"]);
	expect([alone.code, alone.stdout]).toEqual([1, `${lines[1]}\n`]);
	expect(alone.stderr).toContain(
		"note: left alone: 1 that the ledger here does not know; with its run: flux-ultra runs fetch <run> -o <file>\n",
	);
});

it("verify knows what was saved in a folder that is gone, and --repair brings it", async () => {
	const world = await folderOf3();
	world.remove("out");
	expect(await states(world, "out/")).toEqual([
		"missing out/1.jpg",
		"missing out/2.jpg",
		"missing out/3.jpg",
	]);
	const { code, stderr } = await world.run(["verify", "out", "--repair"]);
	expect([code, stderr]).toEqual([0, expect.stringContaining("3 whole and")]);
});
