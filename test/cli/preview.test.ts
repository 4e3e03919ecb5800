import { expect, it } from "vitest";
import { createWorld } from "./world.ts";

const tty = { stdout: true, stderr: true };
const env = { TERM_PROGRAM: "WezTerm" };
const [start, bell] = ["\u001b", "\u0007"];
const picture = new RegExp(
	`${start}\\]1337;File=[^:]*:[\\w+/=]+${bell}\n`,
	"g",
);

it("--preview shows each image of several under its name", async () => {
	const world = await createWorld();
	const words = ["a.", "--seeds", "1-2", "-o", "{seed}.jpg", "--preview"];
	const { code, stdout, stderr } = await world.run(words, { tty, env });
	expect([code, stdout]).toEqual([0, ""]);
	const shown = stderr.replaceAll(picture, "PICTURE\n");
	for (const name of ["1.jpg", "2.jpg"])
		expect(shown).toMatch(new RegExp(`${name}\nPICTURE\n`));
});

it.each([
	["a pipe", [], {}, "note: no preview: stderr is no terminal for images\n"],
	["TERM=dumb", [], { tty, env: { TERM: "dumb" } }, "note: no preview: "],
	["--no-color", ["--no-color"], { tty }, "note: no preview: "],
])(
	"%s: --preview says once why not, and the images are there",
	async (_, more, options, note) => {
		const world = await createWorld();
		const words = ["a.", "--seeds", "1-2", "-o", "{seed}.jpg", "--preview"];
		const { code, stderr } = await world.run([...words, ...more], options);
		expect(code).toBe(0);
		expect(stderr.split(note)).toHaveLength(2);
		expect(world.files()).toEqual(["1.jpg", "2.jpg"]);
	},
);

it("the setting is silent where nobody could see it, the flag with -o - is not", async () => {
	const world = await createWorld();
	await world.run(["config", "set", "preview", "on"]);
	const visible = { tty, env };
	const quiet = await world.run(["a.", "-q", "-o", "q.jpg"], visible);
	expect(quiet.stderr.replaceAll(/\W\[\?25\w/g, "")).toBe("");
	expect((await world.run(["a."], visible)).stderr).toMatch(picture);
	expect((await world.run(["a."])).stderr).not.toContain("preview");
	const piped = ["b.", "-o", "-", "--preview"];
	expect((await world.run(piped)).stderr).toContain(
		"note: no preview: the image goes to stdout\n",
	);
});

it("show --preview shows the image below what is known of it, and never beside a part", async () => {
	const world = await createWorld();
	await world.run(["a.", "-s", "7", "-o", "x.jpg"]);
	const visible = { tty: { stderr: true }, env };
	const page = await world.run(["show", "x.jpg", "--preview"], visible);
	expect(page.stdout).toMatch(/^x\.jpg /);
	expect(page.stderr).toMatch(picture);
	const part = ["show", "x.jpg", "--seed", "--preview"];
	const seed = await world.run(part, visible);
	expect([seed.stdout, seed.stderr.match(picture)]).toEqual(["7\n", null]);
});
