import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { tinyJpeg } from "../tiny-jpeg.ts";
import { createWorld, type World } from "./world.ts";

/** The body of each order of a command. */
async function ordered(
	world: World,
	...argv: readonly string[]
): Promise<readonly unknown[]> {
	const { code, sent } = await world.run(argv);
	expect(code).toBe(0);
	return sent.flatMap(({ method, body, url }) =>
		method === "POST" && /\/runs$/.test(url.pathname)
			? [
					{
						model: url.pathname.replace(/.*\/models\/|\/runs$/g, ""),
						...input(body),
					},
				]
			: [],
	);
}

function input(body: string | undefined): object {
	return JSON.parse(body ?? "").input;
}

const lightning = [
	...["-m", "lightning", "--steps", "2", "--size", "256x512"],
	...["--negative", "5"],
];

it("--from takes prompt, seed, model and inputs of a renamed image, and any flag overrides", async () => {
	const world = await createWorld();
	await world.run(["a - garden", "-s", "7", "-o", "a.jpg", ...lightning]);
	renameSync(join(world.cwd, "a.jpg"), join(world.cwd, "b.jpg"));
	const same = {
		model: "bytedance/sd-xl-lightning",
		prompt: "a - garden",
		seed: 7,
		...{ steps: 2, width: 256, height: 512, negative_prompt: "5" },
	};
	const from = (...more: readonly string[]) =>
		ordered(world, "--from", "b.jpg", ...more);
	expect(await from("-o", "c.jpg")).toEqual([same]);
	expect(await from("-s", "9", "-o", "d.jpg")).toEqual([{ ...same, seed: 9 }]);
	expect(await from("at night!", "--steps", "4", "-o", "e.jpg")).toEqual([
		{ ...same, prompt: "at night!", steps: 4 },
	]);
	expect(await from("--size", "512x256", "-o", "f.jpg")).toEqual([
		{ ...same, width: 512, height: 256 },
	]);
	const seeds = [
		{ ...same, seed: 1 },
		{ ...same, seed: 2 },
	];
	const both = await from("--seeds", "1-2", "-o", "g/");
	expect(new Set(both)).toEqual(new Set(seeds));
	const [fresh] = await from("--count", "1", "-o", "h.jpg");
	expect(fresh).not.toEqual(same);
});

it("--from keeps for another model what that one has, and says what is left out", async () => {
	const world = await createWorld();
	await world.run(["a garden.", "-s", "7", "-o", "a.jpg", ...lightning]);
	const { stderr, records } = await world.run([
		...["--from", "a.jpg", "-m", "pro", "--json", "--dry-run"],
	]);
	expect(records).toMatchObject([
		{ seed: 7, prompt: "a garden.", inputs: { width: 256, height: 512 } },
	]);
	expect(stderr).toContain(
		"left out, as FLUX 1.1 [pro] has no such input: negative_prompt, steps",
	);
});

it("--from a sidecar does without the ledger, and without stdin", async () => {
	const world = await createWorld();
	await world.run(["a garden.", "-s", "7", "-o", "a.jpg", "--sidecar"]);
	rmSync(world.state, { recursive: true });
	world.remove("a.jpg");
	const order = await world.run(["--from", "a.jpg.json", "-o", "b.jpg"], {
		stdin: "another prompt",
	});
	expect(order.code).toBe(0);
	expect(world.ledger()).toMatchObject([
		{ record: { prompt: "a garden.", seed: 7 } },
	]);
});

it("--from of an edit starts from the same image; one that is gone is told before anything is sent", async () => {
	const world = await createWorld();
	const photo = join(world.cwd, "photo.jpg");
	writeFileSync(photo, tinyJpeg());
	await world.run(["at night.", "-i", "photo.jpg", "-s", "7", "-o", "a.jpg"]);
	const again = ["--from", "a.jpg", "-s", "8", "-o", "b.jpg"];
	const [order] = await ordered(world, ...again);
	expect(order).toMatchObject({
		model: "black-forest-labs/flux-1-1-pro-ultra/edit",
		seed: 8,
		image_url: expect.stringMatching(/^runflow:\/\/assets\//),
	});
	const refused = (why: string) => ({
		code: 2,
		sent: [],
		stderr: `error: a.jpg was made from ${photo}, ${why}\n  give what is to take its place with --image\n`,
	});
	const repeat = () => world.run(["--from", "a.jpg", "-o", "c.jpg"]);
	writeFileSync(photo, tinyJpeg({ shade: 1 }));
	expect(await repeat()).toMatchObject(refused("which has other bytes by now"));
	rmSync(photo);
	expect(await repeat()).toMatchObject(refused("which is not there any more"));
	const [other] = await ordered(
		world,
		...["--from", "a.jpg", "--image", "b.jpg", "-o", "c.jpg"],
	);
	expect(other).toMatchObject({ prompt: "at night.", seed: 7 });
});

it("--from of an edit of an address with a query asks for the address, which was not kept", async () => {
	const world = await createWorld();
	const address = "https://img.test/a.png?token=SECRET";
	await world.run(["at night.", "-i", address, "-o", "a.jpg"]);
	expect(await world.run(["--from", "a.jpg", "-o", "b.jpg"])).toMatchObject({
		code: 2,
		sent: [],
		stderr: expect.stringContaining("https://img.test/a.png?…, whose query"),
	});
});

it("--from an image that nobody here made is refused before anything is sent", async () => {
	const world = await createWorld();
	world.write("theirs.jpg", tinyJpeg());
	expect(
		await world.run(["--from", "theirs.jpg", "-o", "a.jpg"]),
	).toMatchObject({
		code: 2,
		sent: [],
		stderr: expect.stringContaining("nothing is known here of theirs.jpg"),
	});
});

it("--from says where the picture in that place is not the one that was made", async () => {
	const world = await createWorld();
	await world.run(["a garden", "-s", "7", "-o", "a.jpg"]);
	const plan = ["--from", "a.jpg", "-o", "b.jpg", "--dry-run"];
	expect((await world.run(plan)).stderr).not.toContain("other bytes");
	world.write("a.jpg", tinyJpeg({ shade: 3 }));
	expect((await world.run(plan)).stderr).toContain(
		"note: a.jpg has other bytes than the image that was delivered: prompt and inputs are of that one\n",
	);
});

it("--from takes no address", async () => {
	const world = await createWorld();
	const { code, stderr } = await world.run([
		"--from",
		"https://a.example/b.jpg?token=TELL",
	]);
	expect(code).toBe(2);
	expect(stderr).toMatch(/^error: an address is no image on disk\n/);
	expect(stderr).not.toContain("TELL");
});

it.each<[string, readonly string[], boolean]>([
	["with nothing else", [], true],
	["with its own seed", ["--seed", "7"], true],
	["with another seed", ["--seed", "8"], false],
	["with fresh seeds", ["-n", "2"], false],
	["with another prompt", ["a garden at night"], false],
	["with another model", ["-m", "pro"], false],
])(
	"--from %s says whether it asks for the same image",
	async (_what, words, isSame) => {
		const world = await createWorld();
		await world.run(["a garden", "--seed", "7", "-o", "a.jpg"]);
		const again = ["--from", "a.jpg", ...words, "-o", "b/", "--dry-run"];
		const { code, stderr } = await world.run(again);
		expect([code, stderr.includes("this asks for the same one")]).toEqual([
			0,
			isSame,
		]);
	},
);
