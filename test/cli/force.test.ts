import { expect, it } from "vitest";
import { garden } from "./paint.ts";
import { createWorld, type World } from "./world.ts";

const ask = ["a garden", "--seed", "7", "-o", "x.jpg"];

/** Buys an image, leaves, and says which run it is. */
async function leaveForced(world: World, ...more: readonly string[]) {
	const words = [...ask, "--force", "--no-wait", ...more];
	const { code, stdout } = await world.run(words);
	expect(code).toBe(0);
	return stdout.trim();
}

/** Not brought, as somebody's work has its name. */
async function expectKept(world: World, words: readonly string[]) {
	const { code, stderr } = await world.run(words);
	expect(code).toBe(9);
	expect(stderr).toContain("x.jpg appeared or was changed while");
	expect(world.text("x.jpg")).toBe("my work");
}

it("--force replaces the file that was there, also where another command brings the image", async () => {
	const world = await createWorld();
	world.write("x.jpg", "old");
	await leaveForced(world);
	expect((await world.run(["resume"])).code).toBe(0);
	expect(world.bytes("x.jpg")).toEqual(await garden());
});

it.each(["changed", "made"])(
	"a file that was %s after --force is kept, and the image with it, until --force is given anew",
	async (what) => {
		const world = await createWorld();
		if (what === "changed") world.write("x.jpg", "old");
		await leaveForced(world);
		world.write("x.jpg", "my work");
		await expectKept(world, ["resume"]);
		await expectKept(world, ask);
		expect((await world.run([...ask, "--force"])).code).toBe(0);
		expect(world.bytes("x.jpg")).toEqual(await garden());
		expect([world.bought(), world.jobs()]).toEqual([1, []]);
	},
);

it("runs fetch brings what --force was too early for elsewhere, or with --force in place of the file that is there by now", async () => {
	const world = await createWorld();
	const id = await leaveForced(world);
	world.write("x.jpg", "my work");
	const fetch = ["runs", "fetch", id];
	await expectKept(world, fetch);
	world.faults("image:404");
	await world.run([...fetch, "-o", "y.jpg"]);
	world.faults();
	world.write("y.jpg", "mine as well");
	expect((await world.run(fetch)).code).toBe(9);
	expect(world.text("y.jpg")).toBe("mine as well");
	expect((await world.run([...fetch, "--force"])).code).toBe(0);
	expect(world.bytes("y.jpg")).toEqual(await garden());
	expect(world.text("x.jpg")).toBe("my work");
});

it("of several images of one run, --force replaces each file that was there, and no other", async () => {
	const world = await createWorld();
	for (const at of [1, 2]) world.write(`i-${at}.jpg`, "old");
	const three = ["a fox", "-m", "klein", "--param", "num_images=3"];
	const place = ["-o", "i-{output}.jpg", "--force", "--no-wait"];
	await world.run([...three, ...place]);
	for (const at of [2, 3]) world.write(`i-${at}.jpg`, "my work");
	expect((await world.run(["resume"])).code).not.toBe(0);
	expect(world.text("i-1.jpg")).not.toBe("old");
	expect(world.text("i-2.jpg")).toBe("my work");
	expect(world.text("i-3.jpg")).toBe("my work");
});

it("a sidecar that was changed after --force is kept, and the image that has its name is known as ours", async () => {
	const world = await createWorld();
	world.write("x.jpg", "old");
	world.write("x.jpg.json", "old");
	await leaveForced(world, "--sidecar");
	world.write("x.jpg.json", "my notes");
	expect((await world.run(["resume"])).code).toBe(9);
	expect(world.bytes("x.jpg")).toEqual(await garden());
	expect((await world.run(["resume"])).stderr).not.toContain("downloading");
	expect(world.text("x.jpg.json")).toBe("my notes");
	world.remove("x.jpg.json");
	expect((await world.run(["resume"])).code).toBe(0);
	expect(JSON.parse(world.text("x.jpg.json"))).toMatchObject({ seed: 7 });
});

it.each([
	["verify --repair", ["verify", "x.jpg", "--repair"]],
	["a batch", ["batch", "rows.jsonl"]],
])(
	"the damaged file that %s was to replace is all that is replaced later",
	async (_what, words) => {
		const world = await createWorld();
		world.write("rows.jsonl", '{"prompt":"a garden","output":"x.jpg"}');
		expect((await world.run(["batch", "rows.jsonl"])).code).toBe(0);
		const image = world.bytes("x.jpg");
		const leaveDamaged = async () => {
			world.write("x.jpg", image.subarray(0, 300));
			world.faults("image:404");
			await world.run(words);
			world.faults();
			expect(world.jobs()).toHaveLength(1);
		};
		await leaveDamaged();
		expect((await world.run(["resume"])).code).toBe(0);
		expect(world.bytes("x.jpg")).toEqual(image);
		await leaveDamaged();
		world.write("x.jpg", "my work");
		await expectKept(world, ["resume"]);
	},
);

it("--update given anew does not mean what came since over the image that it was to replace", async () => {
	const world = await createWorld();
	const batch = (prompt: string, ...words: readonly string[]) => {
		world.write("rows.jsonl", JSON.stringify({ prompt, output: "x.jpg" }));
		return world.run(["batch", "rows.jsonl", ...words]);
	};
	await batch("a garden");
	expect((await batch("a mill", "--update", "--no-wait")).code).toBe(0);
	world.write("x.jpg", "my work");
	expect((await batch("a mill", "--update")).code).toBe(9);
	expect(world.text("x.jpg")).toBe("my work");
	expect((await batch("a mill", "--force")).code).toBe(0);
	expect(world.bought()).toBe(2);
});
