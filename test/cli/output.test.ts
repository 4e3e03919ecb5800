import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { readSidecar } from "../../src/origin/sidecar.ts";
import { garden, paint } from "./paint.ts";
import { readTable, wordsOf } from "./read-table.ts";
import { createWorld, refused, type World, walk } from "./world.ts";

function make(world: World, ...more: readonly string[]) {
	return world.run(["a garden", "--seed", "7", ...more]);
}

it.each([
	["no -o", [], "a-garden-7.jpg"],
	["a file", ["-o", "x.jpg"], "x.jpg"],
	["a file by its long name", ["-o", "x.JPEG"], "x.JPEG"],
	["a file without an extension", ["-o", "picture"], "picture"],
	["a file with a number behind its dot", ["-o", "garden v1.2"], "garden v1.2"],
	["a file in folders that are made", ["-o", "a/b/x.jpg"], "a/b/x.jpg"],
	["a folder that exists", ["-o", "shots"], "shots/a-garden-7.jpg"],
	["a folder that ends in /", ["-o", "new/"], "new/a-garden-7.jpg"],
	["a folder above, and back", ["-o", "shots/../x.jpg"], "x.jpg"],
	["{seed}", ["-o", "s{seed}.jpg"], "s7.jpg"],
	["{slug}", ["-o", "{slug}.jpg"], "a-garden.jpg"],
	["{model}", ["-o", "{model}.jpg"], "flux-1-1-pro-ultra.jpg"],
	["{index}", ["-o", "{index}.jpg"], "1.jpg"],
	["{ext}", ["-o", "x.{ext}"], "x.jpg"],
	["{date}", ["-o", "{date}.jpg"], "2026-11-03.jpg"],
	["placeholders in folders", ["-o", "{slug}/{seed}.jpg"], "a-garden/7.jpg"],
	["{{ for a brace", ["-o", "{{seed}}.jpg"], "{seed}.jpg"],
])("the image goes to %s", async (_what, options, file) => {
	// {date} is that of this machine's zone.
	vi.stubEnv("TZ", "UTC");
	onTestFinished(() => void vi.unstubAllEnvs());
	const world = await createWorld();
	mkdirSync(join(world.cwd, "shots"));
	const { code, stdout } = await make(world, ...options);
	expect({ code, stdout, files: world.files() }).toEqual({
		code: 0,
		stdout: `${file}\n`,
		files: [file],
	});
	expect(world.bytes(file)).toEqual(await garden());
});

it("a ~ that quotes kept from the shell is the user's folder, in options of paths", async () => {
	const world = await createWorld();
	await make(world, "-o", "~/pics/{seed}.jpg", "--trace", "~/trace.har");
	await make(world, "-o", "./~/x.jpg");
	const { home, cwd } = world;
	for (const file of [
		join(home, "pics/7.jpg"),
		join(home, "trace.har"),
		join(cwd, "~/x.jpg"),
	])
		expect(existsSync(file), file).toBe(true);
});

it("{run} is the id that the service gave", async () => {
	const world = await createWorld();
	const { records } = await make(world, "-o", "{run}.jpg", "--json");
	expect(world.files()).toEqual([`${records[0].run_id}.jpg`]);
});

it("{index} is padded, so that names sort as the images were asked for", async () => {
	const world = await createWorld();
	await world.run(["a.", "--seeds", "1-10", "-o", "{index}-{seed}.jpg"]);
	expect(world.files()).toEqual([
		...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `0${n}-${n}.jpg`),
		"10-10.jpg",
	]);
});

it.each([
	["../../etc/passwd", "etc-passwd-7.jpg"],
	["\u001b[31mred\u202e", "red-7.jpg"],
	["🦊🦊", "image-7.jpg"],
	["C:\\NUL", "c-nul-7.jpg"],
	["日本の庭".repeat(2_500), `${"日本の庭".repeat(2_500).slice(0, 60)}-7.jpg`],
	["x".repeat(10_000).concat("."), `${"x".repeat(60)}-7.jpg`],
])("the prompt %j makes a safe name", async (prompt, file) => {
	const world = await createWorld();
	const { code, stderr } = await world.run([prompt, "--seed", "7"]);
	expect([code, world.files()]).toEqual([0, [file]]);
	expect(stderr).not.toMatch(/(?!\n)[\p{Cc}\p{Bidi_Control}]/u);
});

it("no value of a placeholder leads out of the template's folder", async () => {
	const world = await createWorld();
	const { code } = await world.run([
		"../..",
		"--model",
		"../../../x",
		"-o",
		"in/{slug}-{model}.jpg",
	]);
	expect([code, world.files()]).toEqual([2, []]);
	await world.run(["../../up", "--seed", "7", "-o", "in/{slug}/x.jpg"]);
	expect(world.files()).toEqual(["in/up/x.jpg"]);
});

it("-o - writes the bytes of the image and nothing else", async () => {
	const world = await createWorld();
	const { code, bytes, stderr } = await make(world, "-o", "-");
	expect([code, bytes]).toEqual([0, await garden()]);
	expect(stderr).toMatch(/✔ - {2}96 × 54 /);
	expect([world.files(), world.jobs()]).toEqual([[], []]);
	expect(world.ledger()).toMatchObject([{ path: null, record: { file: "-" } }]);
});

it.each([
	[
		"a terminal",
		{ tty: { stdout: true } },
		[],
		"-o - would write the image to the terminal",
	],
	["--json", {}, ["--json"], "-o - and --json both want stdout"],
	["--sidecar", {}, ["--sidecar"], "--sidecar has no place beside stdout"],
	[
		"--thumbnail",
		{},
		["--thumbnail"],
		"--thumbnail has no place beside stdout",
	],
	["several images", {}, ["--count", "2"], "-o - takes one image, not several"],
	[
		"--no-wait",
		{},
		["--no-wait"],
		"-o - needs the image, and --no-wait leaves before it is made",
	],
])("-o - is refused with %s", async (_what, options, more, message) => {
	const world = await createWorld();
	expect(await world.run(["a.", "-o", "-", ...more], options)).toMatchObject(
		refused(`error: ${message}\n`),
	);
});

it.each(
	readTable(`
a file that exists | -o x.jpg | exists | x.jpg exists
a folder in its place, even with --force | -o shots.jpg --force | exists | shots.jpg/a-garden-7.jpg exists and is not a file
a sidecar that exists | -o y.jpg --sidecar | exists | y.jpg.json exists
a sidecar whose name is too long | -o ${"y".repeat(247)}.jpg --sidecar | usage | leaves no room for the name of its sidecar
an extension that the model does not deliver | -o x.png | usage | FLUX 1.1 [pro] Ultra delivers JPEG, not .png
a folder that is a file | -o x.jpg/a.jpg | usage | x.jpg cannot be written: a part of the path is a file
a placeholder that nobody knows | -o {prompt}.jpg | usage | unknown placeholder {prompt} in "
no name | -o "" | usage | --output: the value is empty
one name for several images | --count 2 -o z.jpg | usage | 2 images would share the name z.jpg
one name for several by its template | --count 2 -o {slug}.jpg | usage | images 1 and 2 would share the name 
a name for the second that exists | --seeds 1,7 -o {seed}.jpg | exists | 7.jpg exists
`),
)(
	"%s is refused before anything is sent",
	async (_what, line, errorCode, message) => {
		const world = await createWorld();
		mkdirSync(join(world.cwd, "shots.jpg/a-garden-7.jpg"), { recursive: true });
		for (const name of ["x.jpg", "y.jpg.json", "7.jpg"])
			world.write(name, "mine");
		const seed = /--(seeds|count)/.test(line) ? [] : ["--seed", "7"];
		const before = world.files();
		const { code, records, sent } = await world.run([
			"a garden",
			...seed,
			...wordsOf(line),
			"--json",
		]);
		expect({ code, records, sent }).toEqual({
			code: 2,
			records: [
				{
					version: 1,
					status: "error",
					charged: "no",
					error: {
						code: errorCode,
						message: expect.stringContaining(message),
						hint: expect.any(String),
						retryable: false,
						http_status: null,
						request_id: null,
					},
				},
			],
			sent: [],
		});
		expect([world.files(), world.jobs()]).toEqual([before, []]);
		expect(world.text("x.jpg")).toBe("mine");
	},
);

it.each<[string, readonly string[], string]>([
	["x.jpg", ["x.jpg"], ""],
	["pics/", ["pics/a-garden-7.jpg"], ""],
	["pics/house", ["pics/house"], "note: pics/house is without an extension"],
])(
	"-o %s is kept as asked, and told where it has no extension",
	async (name, files, note) => {
		const world = await createWorld();
		const { stderr } = await world.run(["a garden", "-s", "7", "-o", name]);
		expect(world.files()).toEqual(files);
		expect(stderr.split("\n").filter((line) => /extension/.test(line))).toEqual(
			note === "" ? [] : [expect.stringContaining(note)],
		);
	},
);

it("--force replaces a file that exists", async () => {
	const world = await createWorld();
	world.write("x.jpg", "mine");
	const { code } = await make(world, "-o", "x.jpg", "--force");
	expect([code, world.files()]).toEqual([0, ["x.jpg"]]);
	expect(world.bytes("x.jpg")).toEqual(await garden());
});

it("a file that appeared or was changed while the image was made is never replaced; resume brings the image once it is gone", async () => {
	const world = await createWorld({
		paint: async (wish) => {
			world.write("x.jpg", "mine");
			return paint(wish);
		},
	});
	const { code, stderr } = await make(world, "-o", "x.jpg");
	expect(code).toBe(9);
	expect(stderr).toContain(
		"x.jpg appeared or was changed while the image was made",
	);
	expect(world.text("x.jpg")).toBe("mine");
	world.remove("x.jpg");
	const resumed = await world.run(["resume"]);
	expect([resumed.code, resumed.stdout]).toEqual([0, "x.jpg\n"]);
	expect(world.bytes("x.jpg")).toEqual(await garden());
	expect(world.bought()).toBe(1);
});

it("--sidecar writes the image's record beside it, its file as seen from there", async () => {
	const world = await createWorld();
	const { records } = await make(world, "-o", "d/x.jpg", "--sidecar", "--json");
	expect(world.files()).toEqual(["d/x.jpg", "d/x.jpg.json"]);
	const sidecar = join(world.cwd, "d/x.jpg.json");
	const { path, ...record } = records[0];
	expect(path).toBe(join(world.cwd, "d/x.jpg"));
	expect(JSON.parse(readFileSync(sidecar, "utf8"))).toEqual({
		...record,
		file: "x.jpg",
	});
	expect(await readSidecar(sidecar)).toMatchObject({ file: "x.jpg" });
});

it.skipIf(process.platform === "win32")(
	"nobody else can read what is kept of the jobs",
	async () => {
		const world = await createWorld({ faults: ["run:stuck"] });
		await world.run(["a.", "-o", "x.jpg", "--timeout", "1s"]);
		world.faults();
		await world.run(["b.", "-o", "y.jpg"]);
		const files = walk(world.state);
		const modes = files.map((file) => statSync(file).mode & 0o777);
		expect(files).toHaveLength(4);
		expect(new Set(modes)).toEqual(new Set([0o600]));
		for (const folder of ["", "jobs", "ledger", "targets"])
			expect(statSync(join(world.state, folder)).mode & 0o777).toBe(0o700);
	},
);
