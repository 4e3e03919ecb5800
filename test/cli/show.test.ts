import { spawnSync } from "node:child_process";
import {
	copyFileSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { tinyJpeg } from "../tiny-jpeg.ts";
import { createShell, soon } from "./shell.ts";
import { createWorld, ended, type World } from "./world.ts";

async function made(...argv: readonly string[]): Promise<World> {
	const world = await createWorld();
	const { code } = await world.run([
		...["a garden at dawn", "--seed", "7", "-o", "garden.jpg"],
		...argv,
	]);
	expect(code).toBe(0);
	return world;
}

function place(world: World, name: string): string {
	return join(world.cwd, name);
}

it("knows a renamed copy by its content, and shows how it was made and what it is", async () => {
	const world = await made();
	const odd = `it's <b>"\u202e.jpg`;
	renameSync(place(world, "garden.jpg"), place(world, odd));
	const { code, records } = await world.run(["show", odd, "--json"]);
	const [line] = world.ledger();
	const { run_id, client_ref, sha256, bytes, submitted_at, run_ms } =
		line.record;
	expect({ code, records }).toEqual({
		code: 0,
		records: [
			{
				version: 1,
				file: odd,
				path: place(world, odd),
				known_by: "content",
				is_unchanged: true,
				...{ bytes, width: 96, height: 54, format: "jpeg", sha256 },
				metadata: { c2pa: false, exif: false, xmp: false },
				print_cm: { 150: [1.6, 0.9], 300: [0.8, 0.5] },
				paper_dpi: { a5: 9, a4: 6, a3: 4, a2: 3 },
				prompt: "a garden at dawn",
				seed: 7,
				model: "black-forest-labs/flux-1-1-pro-ultra",
				...{ run_id, client_ref, submitted_at, run_ms, sandbox: true },
				paid_usd: 0.06,
				project: null,
				again: "flux-ultra 'a garden at dawn' --seed 7 --sandbox",
				variation: "flux-ultra 'a garden at dawn' --sandbox",
			},
		],
	});
	const { stdout } = await world.run(["show", odd]);
	expect(stdout).toContain(`it's <b>"\\u202e.jpg  96 × 54 · JPEG`);
	expect(stdout).toMatch(/^cost +\$0\.06, play money/m);
	expect(stdout).toContain(`delivered to ${place(world, "garden.jpg")}\n`);
	expect(stdout).toMatch(/^credentials +C2PA absent$/m);
	expect(stdout).toMatch(/^at 300 dpi +0\.8 × 0\.5 cm$/m);
	expect(stdout).toMatch(/^on paper +A5 9 dpi, A4 6 dpi, A3 4 dpi, A2 3 dpi$/m);
});

it("knows an image of other bytes by the file beside it, then by its path, and says so", async () => {
	const world = await made("--sidecar");
	writeFileSync(place(world, "garden.jpg"), tinyJpeg());
	const known = async (name: string) => {
		const { records } = await world.run(["show", name, "--json"]);
		const [{ known_by, is_unchanged, prompt }] = records;
		return { known_by, is_unchanged, prompt };
	};
	const prompt = "a garden at dawn";
	const bySidecar = { known_by: "sidecar", is_unchanged: false, prompt };
	const byPath = { known_by: "path", is_unchanged: false, prompt };
	expect(await known("garden.jpg")).toEqual(bySidecar);
	rmSync(place(world, "garden.jpg.json"));
	expect(await known("garden.jpg")).toEqual(byPath);
	writeFileSync(place(world, "garden.jpg"), tinyJpeg().subarray(0, 30));
	const { stdout } = await world.run(["show", "garden.jpg"]);
	expect(stdout).toContain("The JPEG is cut at byte 30");
	expect(stdout).toContain("its bytes are not those that were delivered");
	rmSync(place(world, "garden.jpg"));
	expect(await known("garden.jpg")).toEqual(byPath);
});

it("knows an image by its sidecar alone, which was moved with it to another machine", async () => {
	const world = await made("--sidecar");
	rmSync(world.state, { recursive: true });
	renameSync(place(world, "garden.jpg"), place(world, "a.jpg"));
	renameSync(place(world, "garden.jpg.json"), place(world, "a.jpg.json"));
	const { records } = await world.run(["show", "a.jpg", "--json"]);
	expect(records).toMatchObject([
		{ file: "a.jpg", known_by: "sidecar", is_unchanged: true, seed: 7 },
	]);
});

it("knows an image that was renamed and left its sidecar behind", async () => {
	const world = await made("--sidecar");
	rmSync(world.state, { recursive: true });
	renameSync(place(world, "garden.jpg"), place(world, "lamp.jpg"));
	writeFileSync(place(world, "notes.json"), "{}");
	const { records } = await world.run(["show", "lamp.jpg", "--json"]);
	expect(records).toMatchObject([
		{ file: "lamp.jpg", known_by: "sidecar", is_unchanged: true, seed: 7 },
	]);
	writeFileSync(place(world, "other.jpg"), tinyJpeg());
	expect((await world.run(["show", "other.jpg"])).code).toBe(1);
});

it("goes by the sidecar for what a run that was fetched here does not tell, and fetching it keeps the sidecar", async () => {
	const world = await made("--sidecar");
	const [{ record }] = world.ledger();
	rmSync(world.state, { recursive: true });
	rmSync(place(world, "garden.jpg"));
	const fetch = ["runs", "fetch", record.run_id, "-o", "garden.jpg"];
	expect((await world.run([...fetch, "--sidecar", "--force"])).code).toBe(0);
	const { records } = await world.run(["show", "garden.jpg", "--json"]);
	expect(records).toMatchObject([
		{ known_by: "content", model: record.model, paid_usd: 0.06 },
	]);
});

it("says of a run whose model nobody knows that it does not, and asks for none by it", async () => {
	const world = await made();
	const [{ record }] = world.ledger();
	rmSync(world.state, { recursive: true });
	await world.run(["runs", "fetch", record.run_id, "-o", "a.jpg"]);
	const { code, stdout } = await world.run(["show", "a.jpg"]);
	expect(code).toBe(0);
	expect(stdout).toMatch(/^model +not known: its run was fetched, /m);
	expect(stdout).not.toContain("flux-ultra ");
	const from = ["--from", "a.jpg", "-o", "b.jpg"];
	expect(await world.run(from)).toMatchObject({
		code: 2,
		stderr:
			"error: the model of a.jpg is not known here, as its run was fetched\n  name it: -m <model>\n",
	});
	expect((await world.run([...from, "-m", "ultra"])).code).toBe(0);
});

it("offers no second command with a fresh seed where the model takes none", async () => {
	const world = await createWorld();
	await world.run(["a poster", "-m", "gpt", "-o", "a.png"]);
	const { stdout } = await world.run(["show", "a.png"]);
	expect(stdout.slice(stdout.indexOf("\nmake"))).toBe(
		"\nmake another of it, as its model takes no seed:\n  flux-ultra 'a poster' -m gpt --param output_format=png --sandbox\n",
	);
});

it("prints the seed or the prompt alone, to the byte", async () => {
	const world = await createWorld();
	const prompt = " two\nlines, and 'quotes' ";
	await world.run([prompt, "-s", "7", "-o", "a.jpg"]);
	expect((await world.run(["show", "a.jpg", "--seed"])).stdout).toBe("7\n");
	expect((await world.run(["show", "a.jpg", "--prompt"])).stdout).toBe(
		`${prompt}\n`,
	);
});

it("shows what somebody else's image is, and ends with 1", async () => {
	const world = await createWorld();
	writeFileSync(place(world, "theirs.jpg"), tinyJpeg());
	const { code, stdout } = await world.run(["show", "theirs.jpg"]);
	expect(code).toBe(1);
	expect(stdout).toMatch(/^theirs\.jpg {2}64 × 32 · JPEG/);
	expect(stdout).toMatch(/^known by +nobody: /m);
});

it.each([
	[["nothing.jpg"], "there is no file nothing.jpg"],
	[["."], ". is no file"],
	[["theirs.jpg", "--seed"], "nothing is known here of theirs.jpg"],
	[["theirs.jpg", "--prompt"], "nothing is known here of theirs.jpg"],
	[["theirs.jpg", "--seed", "--json"], "--seed and --json both want stdout"],
	[["package.json"], `package.json is no sidecar of an image`],
	[["later.json"], `later.json was written by a later version of flux-ultra`],
])("show %j is refused: %s", async (words, message) => {
	const world = await createWorld();
	writeFileSync(place(world, "theirs.jpg"), tinyJpeg());
	writeFileSync(place(world, "package.json"), '{"version":1}');
	writeFileSync(place(world, "later.json"), '{"version":2}');
	expect(await world.run(["show", ...words])).toMatchObject(ended(2, message));
});

const prompts = [
	`it's "quoted" \\ and $HOME \`id\` !!`,
	"two\nlines\tand a tab",
	"turned \u202e round, \x1b[31mred\x1b[0m, \u0007f",
	"-o out.jpg --force",
	"fox",
	"a poster at http://tea.test/?sale=1 in red",
	"лиса",
	"fox.jpg",
];

it("prints commands that bash reads as they are meant", async () => {
	const world = await createWorld();
	const lines: string[] = [];
	for (const [at, prompt] of prompts.entries()) {
		await world.run(["-o", `${at}.jpg`, "-s", `${at}`, "--", prompt]);
		const { records } = await world.run(["show", `${at}.jpg`, "--json"]);
		lines.push(records[0].again);
	}
	const { stdout } = spawnSync("bash", [
		"-c",
		`flux-ultra() { printf '%s\\0' "$@"; echo; }\n${lines.join("\n")}`,
	]);
	const argvs = stdout.toString().split("\0\n").slice(0, -1);
	const planned = await Promise.all(
		argvs.map((argv) =>
			world.run(["--dry-run", "--json", ...argv.split("\0")]),
		),
	);
	expect(
		planned.map(({ records: [record] }) => [record.prompt, record.seed]),
	).toEqual(prompts.map((prompt, at) => [prompt, at]));
});

it("its command, run in a shell, makes the same image again", async (context) => {
	const shell = await createShell(context);
	await shell.run([...soon, "-s", "7", "-o", "a.jpg", "--", `-- it's $5`]);
	copyFileSync(join(shell.cwd, "a.jpg"), join(shell.cwd, "b.jpg"));
	const { stdout } = await shell.run(["show", "b.jpg", "--json"]);
	const { again } = JSON.parse(stdout.toString());
	// Of the sandbox that is beside this test, not the one inside the command.
	const { code, stdout: saved } = await shell.sh(
		again.replace("--sandbox", ""),
	);
	expect(code).toBe(0);
	expect(readFileSync(join(shell.cwd, saved.toString().trim()))).toEqual(
		readFileSync(join(shell.cwd, "a.jpg")),
	);
});

it.each<[string, (file: string) => void]>([
	["gone", (file) => rmSync(file)],
	["damaged", (file) => writeFileSync(file, tinyJpeg().subarray(0, 20))],
])("of an image that is %s it names the free way back", async (_what, harm) => {
	const world = await made();
	const repair = "flux-ultra verify garden.jpg --repair";
	const shown = async (env = {}) =>
		(await world.run(["show", "garden.jpg"], { env })).stdout;
	expect(await shown()).not.toContain(repair);
	harm(place(world, "garden.jpg"));
	expect(await shown()).toContain(`free of charge:\n  ${repair}\n`);
	expect(await shown({ FLUX_ULTRA_API_URL: undefined })).toContain(
		`\n  FLUX_ULTRA_API_URL=${world.sandbox.apiUrl} ${repair}\n`,
	);
});
