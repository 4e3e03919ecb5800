import {
	appendFileSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import fs from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { openJournal } from "../../src/purchase/store/journal.ts";
import { makeJob } from "../purchase/job-world.ts";
import { garden } from "./paint.ts";
import {
	createWorld,
	ended,
	type RunOptions,
	type World,
	walk,
} from "./world.ts";

beforeEach(() => {
	vi.stubEnv("TZ", "UTC");
	onTestFinished(() => void vi.unstubAllEnvs());
});

const ask = ["a garden", "--seed", "7", "-o", "x.jpg"];

/** Buys an image, leaves, and says which run it is. */
async function leave(world: World, words = ask): Promise<string> {
	const { code, stdout } = await world.run([...words, "--no-wait"]);
	expect(code).toBe(0);
	expect(world.files()).toEqual([]);
	return stdout.trim();
}

it.each<[string, (id: string) => readonly string[]]>([
	["the same command", () => ask],
	["resume", () => ["resume"]],
	["runs fetch", (id) => ["runs", "fetch", id]],
])(
	"what --no-wait left is brought by %s, without paying again",
	async (_what, words) => {
		const world = await createWorld();
		const id = await leave(world);
		const { code, stdout } = await world.run(words(id));
		expect({ code, stdout, files: world.files() }).toEqual({
			code: 0,
			stdout: "x.jpg\n",
			files: ["x.jpg"],
		});
		expect(world.bytes("x.jpg")).toEqual(await garden());
		expect([world.jobs(), world.bought()]).toEqual([[], 1]);
	},
);

it("runs wait waits for the end of a run, prints its id, and fetches nothing", async () => {
	const world = await createWorld();
	const id = await leave(world);
	const { code, stdout } = await world.run(["runs", "wait", id]);
	expect({ code, stdout, files: world.files() }).toEqual({
		code: 0,
		stdout: `${id}\n`,
		files: [],
	});
	expect(await world.run(["runs", "wait", id, "--json"])).toMatchObject({
		records: [{ version: 1, run_id: id, status: "succeeded" }],
	});
});

it("what --timeout gave up is brought by the same command, without paying again", async () => {
	const world = await createWorld();
	const first = await world.run([...ask, "--timeout", "1s"]);
	expect(first.code).toBe(8);
	expect(first.stderr).toMatch(
		/not yet: run [\da-f-]+ is still going on after 1 s\n {2}it is paid and nothing is lost: flux-ultra resume\n$/,
	);
	const again = await world.run(ask);
	expect([again.code, world.files(), world.bought()]).toEqual([
		0,
		["x.jpg"],
		1,
	]);
});

it("a command that differs is another image", async () => {
	const world = await createWorld();
	await leave(world);
	for (const words of [
		["a garden", "--seed", "8", "-o", "w.jpg"],
		["a garden", "--seed", "7", "-o", "y.jpg"],
		["A garden", "--seed", "7", "-o", "z.jpg"],
		["a garden", "-o", "v.jpg"],
	])
		expect((await world.run([...words, "--no-wait"])).code).toBe(0);
	expect(world.bought()).toBe(5);
});

it("what is bought and not waited for is spent", async () => {
	const world = await createWorld();
	const words = ["a.", "--seeds", "1-2", "-o", "s/", "--no-wait"];
	expect((await world.run(words)).stderr).toMatch(
		/\n2 submitted of 2 · about \$0\.12 · \d s\n$/,
	);
	expect((await world.run(words)).stderr).toMatch(
		/2 submitted of 2 · \$0\.00 · \d s\n$/,
	);
});

it("a command without a seed finds the seed that it had made", async () => {
	const world = await createWorld();
	const first = await world.run(["a.", "--no-wait", "--json"]);
	const again = await world.run(["a.", "--json"]);
	expect(again.records).toMatchObject([
		{ status: "saved", seed: first.records[0].seed },
	]);
	expect(world.bought()).toBe(1);
});

it("once an image is there, the same command refuses to replace it, and --force buys it anew", async () => {
	const world = await createWorld();
	expect((await world.run(ask)).code).toBe(0);
	expect(await world.run(ask)).toMatchObject({ code: 2, sent: [] });
	expect((await world.run([...ask, "--force"])).code).toBe(0);
	expect(world.bought()).toBe(2);
});

it("of several images of named seeds, one that is gone is fetched by the same command, and the others stay", async () => {
	const world = await createWorld();
	const words = ["a garden", "--seeds", "6-8", "-o", "{seed}.jpg", "--json"];
	expect((await world.run(words)).code).toBe(0);
	expect(await world.run(words)).toMatchObject({ code: 0, sent: [] });
	world.remove("7.jpg");
	const { code, records } = await world.run(words);
	expect([
		code,
		Object.fromEntries(records.map(({ seed, status }) => [seed, status])),
	]).toEqual([0, { 6: "skipped", 7: "saved", 8: "skipped" }]);
	expect(world.bytes("7.jpg")).toEqual(await garden(7));
	expect([world.jobs(), world.bought()]).toEqual([[], 3]);
});

it("a command that is refused leaves nothing that would only fetch: --force buys anew", async () => {
	const world = await createWorld();
	const hut = (...words: readonly string[]) =>
		world.run(["a hut", "-o", "h/{seed}.jpg", ...words]);
	await hut("--seed", "1");
	world.remove("h/1.jpg");
	world.write("h/2.jpg", "mine");
	expect(await hut("--seeds", "1-2")).toMatchObject({ code: 2, sent: [] });
	expect(world.jobs()).toEqual([]);
	expect((await hut("--seed", "1", "--force")).code).toBe(0);
	expect(world.bought()).toBe(2);
});

it("a command that is refused leaves the jobs of earlier ones as they were", async () => {
	const world = await createWorld();
	const hut = (...words: readonly string[]) =>
		world.run(["a hut", "-o", "{seed}.jpg", "--no-wait", ...words]);
	await hut("--seed", "1");
	await hut("--seed", "2");
	const before = world.jobs();
	expect((await hut("--seeds", "1-3", "--max-cost", "0.01")).code).toBe(5);
	expect(world.jobs()).toEqual(before);
});

it("several images of which one is in the way: --force buys all of them, for their price", async () => {
	const world = await createWorld();
	world.write("2.jpg", "mine");
	const words = ["a hut", "-n", "3", "-o", "{index}.jpg"];
	expect((await world.run(words)).stderr).toContain(
		"--force buys all 3 anew ($0.18) and replaces the file",
	);
});

it("of several images of named seeds, a new one beside those that are there is bought", async () => {
	const world = await createWorld();
	const words = ["a garden", "-o", "{seed}.jpg", "--seeds"];
	expect((await world.run([...words, "6-8"])).code).toBe(0);
	expect((await world.run([...words, "6-9"])).code).toBe(0);
	expect(world.bought()).toBe(4);
	world.write("7.jpg", "mine");
	const refused = await world.run([...words, "6-10"]);
	expect(refused).toMatchObject({ code: 2, sent: [] });
	expect(refused.stderr).toContain("7.jpg exists");
	expect(world.jobs()).toEqual([]);
});

it("resume works from any folder, brings each image to its own, and says what it found", async () => {
	const world = await createWorld();
	await leave(world);
	await leave(world, ["b.", "--seed", "1", "-o", "in/b.jpg"]);
	const cwd = join(world.home, "elsewhere");
	mkdirSync(cwd);
	const { code, stdout, stderr } = await world.run(["resume"], { cwd });
	const files = ["in/b.jpg", "x.jpg"].map((name) => join(world.cwd, name));
	expect([code, stdout.trim().split("\n").sort()]).toEqual([0, files]);
	expect(stderr).toMatch(
		/\n2 saved of 2 · \$0\.00 \(\$0\.12 was paid before\) · /,
	);
	const after = await world.run(["resume"]);
	expect(after).toMatchObject({
		code: 0,
		stdout: "",
		stderr: "note: nothing is unfinished here\n",
		sent: [],
	});
});

it("resume buys nothing: what was never bought is named, with the command that would", async () => {
	const world = await createWorld({
		faults: ["post:reset-before", "list:no-lookup"],
	});
	expect((await world.run(ask)).code).toBe(8);
	world.faults();
	const { code, stderr } = await world.run(["resume"]);
	expect([code, world.sandbox.summary().runs]).toEqual([0, 0]);
	expect(stderr).toBe(
		"note: no run of it is listed yet; looking for up to 30 s, as the service may list it late\nnote: never bought, and nothing charged: \"a garden\"; to buy it: flux-ultra 'a garden' --seed 7 -o x.jpg\n",
	);
	expect((await world.run(ask)).code).toBe(0);
	expect(world.bought()).toBe(1);
});

it("resume does not call images complete of which one was never bought", async () => {
	const world = await createWorld({
		faults: ["post:reset-before", "list:no-lookup"],
	});
	await world.run(["a garden"]);
	world.faults();
	const { stderr } = await world.run(["resume"]);
	expect(stderr).toContain("never bought");
	expect(stderr).not.toContain("once more");
});

it("resume elsewhere names the folder of the command that would buy: there it would make other files", async () => {
	const world = await createWorld({
		faults: ["post:reset-before", "list:no-lookup"],
	});
	const cwd = join(world.home, "my pots");
	mkdirSync(cwd);
	expect((await world.run(ask, { cwd })).code).toBe(8);
	world.faults();
	const { stderr } = await world.run(["resume"]);
	expect(stderr).toContain(
		`; to buy it: cd '${cwd}' && flux-ultra 'a garden' --seed 7 -o x.jpg\n`,
	);
});

it("resume finds what was bought when nobody could tell", async () => {
	const world = await createWorld({
		faults: ["post:reset-after", "list:no-lookup"],
	});
	expect((await world.run(ask)).code).toBe(8);
	world.faults("post:no-idempotency");
	expect(await world.run(["resume"])).toMatchObject({
		code: 0,
		stdout: "x.jpg\n",
	});
	expect(world.sandbox.summary()).toMatchObject({ runs: 1, bought: 1 });
});

it("resume says what it must leave, and leaves it", async () => {
	const world = await createWorld({ faults: ["run:stuck@1"] });
	const id = await leave(world);
	await leave(world, ["b.", "-o", "b.jpg"]);
	const first = await world.run(["resume", "--timeout", "10s"]);
	expect([first.code, first.stdout]).toEqual([3, "b.jpg\n"]);
	expect(first.stderr).toContain(`run ${id} is still going on`);
	expect(world.jobs()).toMatchObject([{ stage: { runId: id } }]);
});

it("resume --forget gives up a run that can never be finished", async () => {
	const world = await createWorld({ faults: ["run:stuck"] });
	const id = await leave(world);
	expect(await world.run(["resume", "--forget", id])).toMatchObject({
		code: 0,
		stderr: `note: forgotten: ${id}; what it cost stays paid, and its image may still be fetched: flux-ultra runs fetch ${id}\n`,
		sent: [],
	});
	expect(world.jobs()).toEqual([]);
	const again = await world.run(["resume", "--forget", id]);
	expect(again).toMatchObject({
		code: 2,
		stderr: `error: nothing unfinished is called ${id}\n  see them: flux-ultra runs list\n`,
	});
});

it.each([
	["resume --forget x", "see them: flux-ultra runs list --sandbox"],
	["runs fetch", "see flux-ultra runs list --sandbox"],
])("%s says in a sandbox how to go on there", async (words, hint) => {
	const world = await createWorld();
	const { stderr } = await world.run([...words.split(" "), "--sandbox"]);
	expect(stderr).toContain(hint);
});

it("resume says once all are there that the same command asks for others", async () => {
	const world = await createWorld();
	const words = ["a garden", "-n", "2"];
	await world.run([...words, "--no-wait"]);
	const { code, stderr } = await world.run(["resume"]);
	expect(code).toBe(0);
	expect(stderr).toContain(
		"note: all images of this command are here; once more it asks for others, and buys them: flux-ultra 'a garden' -n 2 --no-wait\n",
	);
	await world.run([...ask, "--no-wait"]);
	expect((await world.run(["resume"])).stderr).not.toContain("once more");
	// Once more it would be refused: the name is taken.
	await world.run(["a garden", "-o", "fixed.jpg", "--no-wait"]);
	expect((await world.run(["resume"])).stderr).not.toContain("once more");
});

it("resume --forget of what was never bought says that it cost nothing", async () => {
	const world = await createWorld();
	await leave(world);
	const [job] = world.jobs();
	const { ref } = job;
	const [file = ""] = walk(join(world.state, "jobs"));
	writeFileSync(file, JSON.stringify({ ...job, stage: { name: "planned" } }));
	expect((await world.run(["resume", "--forget", ref])).stderr).toBe(
		`note: forgotten: ${ref}; it was never bought and cost nothing; its command asks for an image in its place\n`,
	);
});

it("where a planned image was given up, resume says how many its command buys", async () => {
	const world = await createWorld();
	await world.run(["a garden", "-n", "4", "--no-wait"]);
	const files = walk(join(world.state, "jobs"));
	for (const [at, job] of world.jobs().entries())
		if (at > 0)
			writeFileSync(
				files[at] ?? "",
				JSON.stringify({ ...job, stage: { name: "planned" } }),
			);
	const words = "planned and never bought; nothing was charged, and to buy";
	const before = await world.run(["resume"]);
	expect(before.stderr).toContain(`note: 3 images were ${words}: flux-ultra`);
	await world.run(["resume", "--forget", world.jobs()[0].ref]);
	expect((await world.run(["resume"])).stderr).toContain(
		`note: 2 images were ${words} 3, as others were given up: flux-ultra`,
	);
});

it("of a batch that was cut short resume knows only the rows that were about to leave", async () => {
	const world = await createWorld();
	await world.run(["batch", "-", "--no-wait"], { stdin: "a fox.\n" });
	const [file = ""] = walk(join(world.state, "jobs"));
	const [job] = world.jobs();
	writeFileSync(file, JSON.stringify({ ...job, stage: { name: "planned" } }));
	expect((await world.run(["resume"])).stderr).toContain(
		"note: at least 1 image was planned and never bought; nothing was charged, and to buy: flux-ultra batch",
	);
});

it("what has no run that is known goes in the list, and is given up, by its reference", async () => {
	const world = await createWorld({
		faults: ["post:reset-after", "list:no-lookup"],
	});
	await world.run(ask);
	const { stdout } = await world.run(["runs", "list"]);
	const [, reference = ""] = / {2}sending {2}(\S+) {2}/.exec(stdout) ?? [];
	expect(reference).toBe(world.jobs()[0]?.ref);
	expect(await world.run(["resume", "--forget", reference])).toMatchObject({
		code: 0,
		stderr: `note: forgotten: ${reference}; whether it was bought is not known; if it was, it stays paid, and its run is in flux-ultra runs list --account; it counts against the limit of its day\n`,
	});
	expect(world.jobs()).toEqual([]);
});

/** Another process orders the image anew, once its job is listed and before it is taken. */
function orderAnewMeanwhile(world: World): void {
	const { rename } = fs;
	const spy = vi.spyOn(fs, "rename").mockImplementation(async (from, to) => {
		if (String(from).endsWith(".json") && String(from).includes("/jobs/")) {
			const anew = { ref: "another", stage: { name: "planned" } };
			const job = { ...world.jobs()[0], ...anew };
			appendFileSync(String(from), `${JSON.stringify(job)}\n`);
			spy.mockRestore();
		}
		return rename(from, to);
	});
	onTestFinished(() => spy.mockRestore());
}

it("resume --forget leaves an order that took the place of the one that is named", async () => {
	const world = await createWorld();
	const id = await leave(world);
	orderAnewMeanwhile(world);
	expect(await world.run(["resume", "--forget", id])).toMatchObject({
		code: 2,
		stderr: expect.stringContaining(`nothing unfinished is called ${id}\n`),
	});
	expect(world.jobs()).toMatchObject([{ ref: "another" }]);
});

it("runs fetch brings the run that is named, and no order that took its place", async () => {
	const world = await createWorld();
	const id = await leave(world);
	orderAnewMeanwhile(world);
	const { code } = await world.run(["runs", "fetch", id, "-o", "y.jpg"]);
	expect([code, world.files()]).toEqual([0, ["y.jpg"]]);
	expect(world.jobs()).toMatchObject([{ ref: "another" }]);
});

it("resume leaves the images of another service to a command that it names", async () => {
	const world = await createWorld();
	await leave(world);
	const env = { FLUX_ULTRA_API_URL: "http://127.0.0.1:1" };
	expect(await world.run(["resume"], { env })).toMatchObject({
		code: 0,
		stderr: `note: 1 unfinished elsewhere: FLUX_ULTRA_API_URL=${world.sandbox.apiUrl} flux-ultra resume
note: nothing is unfinished here
`,
		sent: [],
	});
	expect(world.jobs()).toHaveLength(1);
});

it("resume brings to a file what was meant for a pipe", async () => {
	const world = await createWorld();
	const piped = ["a garden", "--seed", "7", "-o", "-", "--timeout", "1s"];
	expect((await world.run(piped)).code).toBe(8);
	expect(await world.run(["resume"])).toMatchObject({
		code: 0,
		stdout: "a-garden-7.jpg\n",
	});
	expect(world.files()).toEqual(["a-garden-7.jpg"]);
});

it("what resume brought to a file goes to the pipe by the same command, without paying again", async () => {
	const world = await createWorld();
	const piped = ["a garden", "--seed", "7", "-o", "-"];
	await world.run([...piped, "--timeout", "1s"]);
	await world.run(["resume"]);
	const { code, bytes } = await world.run(piped);
	expect([code, bytes]).toEqual([0, await garden()]);
	expect([world.jobs(), world.bought()]).toEqual([[], 1]);
});

it("what resume could not bring to a file either goes to the pipe by the same command", async () => {
	const world = await createWorld();
	const piped = ["a garden", "--seed", "7", "-o", "-"];
	for (const words of [piped, ["resume"]])
		expect((await world.run([...words, "--timeout", "1s"])).code).toBe(8);
	const { code, bytes } = await world.run(piped);
	expect([code, bytes, world.files()]).toEqual([0, await garden(), []]);
	expect([world.jobs(), world.bought()]).toEqual([[], 1]);
});

it("of two commands at once each pipe gets the image, which is bought once", async () => {
	const world = await createWorld();
	// Hours of the clock that is put forward pass while the other is at work on a busy machine.
	const patient = ["--timeout", "24h"];
	const piped = ["a garden", "--seed", "7", "-o", "-", ...patient];
	const both = await Promise.all([world.run(piped), world.run(piped)]);
	const expected = [0, await garden()];
	expect(both.map(({ code, bytes }) => [code, bytes])).toEqual([
		expected,
		expected,
	]);
	expect([world.jobs(), world.bought()]).toEqual([[], 1]);
});

it.each([
	["an image on stdout", ["a garden", "--seed", "7", "-o", "-"]],
	["an image whose file is gone", ["a garden", "--seed", "7", "-o", "a.jpg"]],
	["a row whose file is gone", ["batch", "rows", "-o", "out/", "-y"]],
])(
	"%s is fetched, not bought again, where another process that was at it ends before it has looked what there is",
	async (_what, argv) => {
		const world = await createWorld();
		writeFileSync(join(world.cwd, "rows"), "a garden\n");
		await world.run(argv);
		const [{ key, path, service }] = world.ledger();
		if (path !== null) rmSync(path);
		const journal = openJournal(join(world.state, "jobs"));
		onTestFinished(() => journal.close());
		const output = { path, force: false, sidecar: false, formats: ["jpeg"] };
		const job = makeJob({ service, output: output as never });
		const other = await journal.acquire(key, () => job);
		if (other.state === "busy") expect.fail("busy");
		const clock = world.clock.before(async () => {
			if (other.held.isOpen) await other.held.release();
		});
		const { code } = await world.run(argv, { runtime: { clock } });
		expect([code, world.jobs(), world.bought()]).toEqual([0, [], 1]);
	},
);

describe("what stands in the state folder and is no job of this version stops nothing else", () => {
	const key = "0".repeat(32);
	const strangers: readonly (readonly [string, (world: World) => void])[] = [
		["a damaged job", (world) => putJob(world, "{")],
		[
			"a stage that nobody knows, which may stand for money",
			(world) =>
				putJob(world, changed(world, { stage: { name: "refunding" } })),
		],
		[
			"a stage that lacks its run",
			(world) => putJob(world, changed(world, { stage: { name: "bought" } })),
		],
		[
			"a folder where a file should be",
			(world) =>
				mkdirSync(join(world.state, "jobs", key, "free-0-0-0.json"), {
					recursive: true,
				}),
		],
	];

	function putJob(world: World, content: string): void {
		mkdirSync(join(world.state, "jobs", key));
		writeFileSync(join(world.state, "jobs", key, "free-0-0-0.json"), content);
	}

	function changed(world: World, fields: object): string {
		return JSON.stringify({ ...world.jobs()[0], ...fields });
	}

	it.each(strangers)(
		"%s: told and kept, and resume ends with 8",
		async (_what, put) => {
			const world = await createWorld();
			await leave(world);
			put(world);
			const { code, stdout, stderr } = await world.run(["resume"]);
			expect([code, stdout]).toEqual([8, "x.jpg\n"]);
			expect(stderr).toContain(
				`note: a job file is damaged: ${join(world.state, "jobs", key)}; an image that it stands for may have been paid`,
			);
			expect(await world.run(["resume"])).toMatchObject({ code: 8 });
			for (const words of [
				["runs", "list"],
				[...ask, "-f"],
			])
				expect((await world.run(words)).code).toBe(0);
			expect(existsSync(join(world.state, "jobs", key))).toBe(true);
		},
	);

	it("a job of a later version is left alone, and not called damaged", async () => {
		const world = await createWorld();
		await leave(world);
		putJob(world, changed(world, { version: 2 }));
		const { code, stderr } = await world.run(["resume"]);
		expect(code).toBe(8);
		expect(stderr).toContain(
			`a later version of flux-ultra wrote ${join(world.state, "jobs", key)}`,
		);
		expect(stderr).not.toContain("damaged");
	});

	it("a file of the system's own is nobody's business", async () => {
		const world = await createWorld();
		await leave(world);
		for (const folder of ["jobs", "ledger", "targets"]) {
			mkdirSync(join(world.state, folder), { recursive: true });
			writeFileSync(join(world.state, folder, "Thumbs.db"), "");
		}
		world.write("rows", "a mill by night\n");
		for (const words of [
			["resume"],
			["runs", "list"],
			["batch", "rows", "-o", "out/"],
			["spend"],
		])
			expect([words, (await world.run(words)).code]).toEqual([words, 0]);
	});
});

describe("a run that was bought with another key", () => {
	const other = { env: { RUNFLOW_API_KEY: "rf_live_other" } };

	it("is brought by resume, where both keys are of one account", async () => {
		const world = await createWorld();
		await leave(world);
		expect((await world.run(["resume"], other)).code).toBe(0);
		expect([world.files(), world.jobs()]).toEqual([["x.jpg"], []]);
	});

	it("is left to its key at once, where it is of another account", async () => {
		const world = await createWorld();
		const id = await leave(world);
		world.faults("poll:404@1");
		const { code, stderr } = await world.run(["resume"], other);
		expect(code).toBe(8);
		expect(stderr).toContain(
			`run ${id} was bought with another key, and the service does not show it to this one`,
		);
		expect(stderr).toContain("with the other key, flux-ultra resume");
		expect(world.jobs()).toHaveLength(1);
		expect((await world.run(["resume"])).code).toBe(0);
	});

	it("does not hold up the rest of a batch under a limit", async () => {
		const world = await createWorld();
		const rows = ["batch", "rows", "-o", "out/", "--max-cost", "1"];
		world.write("rows", "a mill by night\n");
		expect((await world.run([...rows, "--no-wait"])).code).toBe(0);
		appendFileSync(join(world.cwd, "rows"), "a mill by day\n");
		world.faults("poll:404@1");
		const { code, stdout } = await world.run([...rows, "--json"], other);
		expect([code, stdout.match(/"status":"\w+"/g)]).toEqual([
			3,
			['"status":"pending"', '"status":"saved"'],
		]);
	});
});

it("of several images those that were never sent are told, and the same command buys them", async () => {
	let interrupt = () => {};
	const world = await createWorld({
		faults: ["post:reset-after@1-9"],
		onRequest: () => interrupt(),
	});
	const words = ["a garden", "-n", "3", "-p", "1", "-o", "{index}.jpg"];
	await world.run([...words, "--timeout", "1s"], {
		during: (runtime) => {
			interrupt = () => {
				interrupt = () => {};
				runtime.signal("SIGINT");
			};
		},
	});
	world.faults();
	world.clock.advance(60_000);
	const { stderr } = await world.run(["resume"]);
	expect(world.sandbox.summary().runs).toBe(1);
	expect(stderr).toContain(
		"note: 2 images were planned and never bought; nothing was charged, and to buy: flux-ultra 'a garden' -n 3",
	);
	expect((await world.run(words)).code).toBe(0);
	expect([world.bought(), world.files()]).toEqual([
		3,
		["1.jpg", "2.jpg", "3.jpg"],
	]);
});

it("where the place of an image is gone, resume names the command that saves it elsewhere", async () => {
	const world = await createWorld();
	await leave(world, ["a garden", "--seed", "7", "-o", "there/x.jpg"]);
	world.write("there", "a file now");
	const { code, stderr } = await world.run(["resume"]);
	expect(code).toBe(9);
	const [, run = ""] =
		/flux-ultra runs fetch (\S+) -o elsewhere\.jpg/.exec(stderr) ?? [];
	const fetched = await world.run(["runs", "fetch", run, "-o", "e.jpg"]);
	expect([fetched.code, world.files()]).toEqual([0, ["e.jpg", "there"]]);
});

it("runs fetch -o brings an image elsewhere that is in its place and could not be booked", async () => {
	const world = await createWorld();
	const id = await leave(world, [...ask, "--sidecar"]);
	mkdirSync(join(world.cwd, "x.jpg.json"));
	expect((await world.run(["resume"])).code).toBe(9);
	expect(world.files()).toContain("x.jpg");
	expect(await world.run(["runs", "fetch", id, "-o", "y.jpg"])).toMatchObject({
		code: 0,
		stdout: "y.jpg\n",
	});
	expect([world.bytes("y.jpg"), world.jobs()]).toEqual([await garden(), []]);
});

it("a run that was not billed is over: the same command buys it anew", async () => {
	const world = await createWorld({ faults: ["run:failed"] });
	expect((await world.run(ask)).code).toBe(1);
	expect(world.jobs()).toEqual([]);
	world.faults();
	expect((await world.run(ask)).code).toBe(0);
	expect(world.sandbox.summary()).toMatchObject({ runs: 2, bought: 1 });
});

it("of several images one whose run failed is bought anew by the same command, and the others are left", async () => {
	const world = await createWorld({ faults: ["run:failed@2"] });
	const words = ["a garden", "-n", "3", "-p", "1", "-o", "{index}.jpg"];
	const { code, stderr } = await world.run(words);
	expect([code, stderr]).toEqual([
		3,
		expect.stringContaining("run the same command again"),
	]);
	const again = await world.run([...words, "--json"]);
	expect(again.code).toBe(0);
	expect(
		again.records.map(({ status, cost_usd }) => `${status} ${cost_usd}`),
	).toEqual(["skipped 0", "saved 0.06", "skipped 0"]);
	expect([world.bought(), world.files(), world.jobs()]).toEqual([
		3,
		["1.jpg", "2.jpg", "3.jpg"],
		[],
	]);
});

describe("an image of another format than promised is kept beside the name asked for", () => {
	const asked = ["a hut.", "-o", "x.jpg", "--json"];

	it.each([[], ["-s", "7"]])(
		"and found by the same command: %j",
		async (...more) => {
			const world = await createWorld({ faults: ["run:webp"] });
			const first = await world.run([...asked, ...more]);
			expect([first.code, first.records]).toMatchObject([
				0,
				[{ file: "x.webp", file_asked: "x.jpg", format: "webp" }],
			]);
			const again = await world.run([...asked, ...more]);
			expect([again.code, again.records]).toMatchObject([
				0,
				[{ status: "skipped", file: "x.webp" }],
			]);
			expect([world.files(), world.bought()]).toEqual([["x.webp"], 1]);
		},
	);

	it("also where a stranger has that name, which stays as it is", async () => {
		const world = await createWorld({ faults: ["run:webp"] });
		world.write("x.webp", "somebody else's");
		for (const _ of [1, 2]) {
			const { code, records } = await world.run(asked);
			expect([code, records]).toMatchObject([0, [{ file: "x-2.webp" }]]);
		}
		expect(world.text("x.webp")).toBe("somebody else's");
		expect(world.bought()).toBe(1);
	});

	it("also where the format was open", async () => {
		const world = await createWorld({ faults: ["run:webp"] });
		const open = [...asked, "-m", "lightning"];
		for (const status of ["saved", "skipped"])
			for (const seed of [[], ["-s", "7"]]) {
				const output = `${seed.length}.jpg`;
				const words = [...open, ...seed, "-o", output];
				const { code, records } = await world.run(words);
				expect([code, records]).toMatchObject([
					0,
					[{ status, file: `${seed.length}.webp`, file_asked: output }],
				]);
			}
		expect(world.bought()).toBe(2);
	});

	it("but not under a name that another unfinished image is to have", async () => {
		const world = await createWorld({ faults: ["run:webp"] });
		const later = ["-m", "lightning", "--no-wait"];
		await world.run(["a hut.", "-o", "x.jpg", ...later]);
		await world.run(["a barn.", "-o", "x.webp", ...later]);
		await world.run(["a mill.", "-o", "y.{ext}", ...later]);
		await world.run(["a pond.", "-o", "y.webp", ...later]);
		const { code, records } = await world.run(["resume", "--json"]);
		expect(code).toBe(0);
		expect(
			records.map(({ prompt, file }) => `${prompt} ${file}`).sort(),
		).toEqual([
			"a barn. x.webp",
			"a hut. x-2.webp",
			"a mill. y-2.webp",
			"a pond. y.webp",
		]);
		expect(world.jobs()).toEqual([]);
		expect(readdirSync(join(world.state, "targets"))).toEqual([]);
	});

	it("by resume, and in a batch, which finds it again", async () => {
		const world = await createWorld({ faults: ["run:webp"] });
		await world.run([...asked, "--no-wait"]);
		const resumed = await world.run(["resume", "--json"]);
		expect([resumed.code, resumed.records]).toMatchObject([
			0,
			[{ file: "x.webp", file_asked: "x.jpg" }],
		]);
		world.write(
			"rows.jsonl",
			'{"prompt":"b","output":"y.jpg"}\n{"prompt":"c","output":"z.jpg"}\n',
		);
		const batch = ["batch", "rows.jsonl", "-o", "out/", "-y", "--json"];
		expect((await world.run(batch)).code).toBe(0);
		const again = await world.run(batch);
		expect([again.code, again.sent]).toEqual([0, []]);
		expect(again.records.map(({ file }) => file).sort()).toEqual([
			"out/y.webp",
			"out/z.webp",
		]);
		expect(world.bought()).toBe(3);
	});
});

it("runs list tells the time of this machine, with its zone", async () => {
	vi.stubEnv("TZ", "America/St_Johns");
	const world = await createWorld();
	await world.run(["a.", "-o", "1.jpg"]);
	const { stdout } = await world.run(["runs", "list"]);
	expect(stdout).toMatch(/^2026-11-03 08:30 -0330 {2}saved /);
});

it("runs list shows the path of an unfinished image as far as it is known", async () => {
	const world = await createWorld();
	const words = ["a.", "-s", "7", "-m", "pro", "-o", "b/{seed}.{ext}"];
	await world.run([...words, "--no-wait"]);
	const { stdout } = await world.run(["runs", "list"]);
	expect(stdout.split(/ {2,}/).at(-2)).toBe("b/7");
	const { records } = await world.run(["runs", "list", "--json"]);
	expect(records).toMatchObject([{ file: "b/7" }]);
});

it("runs list tells what was run from here, newest first", async () => {
	const world = await createWorld({ faults: ["run:failed@2"] });
	expect(await world.run(["runs", "list"])).toMatchObject({
		code: 0,
		stdout: "",
		stderr: "note: no runs yet\n",
		sent: [],
	});
	await world.run(["first.", "-o", "1.jpg"]);
	await world.run(["second.", "-o", "2.jpg"]);
	const third = await world.run(["third.", "-o", "3.jpg", "--no-wait"]);
	const { code, stdout, records, sent } = await world.run([
		"runs",
		"list",
		"--json",
	]);
	expect({ code, sent }).toEqual({ code: 0, sent: [] });
	const common = { version: 1, created_at: expect.any(String) };
	const told = {
		seed: expect.any(Number),
		client_ref: expect.any(String),
		model: "black-forest-labs/flux-1-1-pro-ultra",
		project: null,
		sha256: null,
		sandbox: true,
		cost_is_estimate: false,
	};
	expect(records).toEqual([
		{
			...common,
			...told,
			sandbox: null,
			cost_is_estimate: true,
			status: "bought",
			run_id: third.stdout.trim(),
			cost_usd: 0.06,
			paid_usd: 0.06,
			file: "3.jpg",
			path: join(world.cwd, "3.jpg"),
			prompt: "third.",
		},
		{
			...common,
			...told,
			status: "failed",
			run_id: expect.any(String),
			cost_usd: 0,
			paid_usd: 0,
			file: null,
			path: null,
			prompt: "second.",
		},
		{
			...common,
			...told,
			sha256: expect.stringMatching(/^\w{64}$/),
			status: "saved",
			run_id: expect.any(String),
			cost_usd: 0.06,
			paid_usd: 0.06,
			file: "1.jpg",
			path: join(world.cwd, "1.jpg"),
			prompt: "first.",
		},
	]);
	const people = await world.run(["runs", "list", "--limit", "2"]);
	expect(people.stdout.split("\n")).toEqual([
		expect.stringMatching(
			/^2026-11-03 12:00 \+0000 {2}bought {2}\S+ {2}\d+ +about \$0\.06 {2}3\.jpg {2}third\.$/,
		),
		expect.stringMatching(
			/^2026-11-03 12:00 \+0000 {2}failed {2}\S+ {2}\d+ +\$0\.00 +second\.$/,
		),
		"",
	]);
	expect(stdout).not.toBe(people.stdout);
});

it("runs list says what an image cost when it was bought, whichever command brought it, as spend does", async () => {
	const world = await createWorld();
	const id = await leave(world);
	await world.run(["resume"]);
	const list = () => world.run(["runs", "list", "--json"]);
	const spent = async () =>
		(await world.run(["spend", "--json"])).records.at(-1);
	expect((await list()).records).toMatchObject([
		{ run_id: id, cost_usd: 0.06, paid_usd: 0.06, file: "x.jpg" },
	]);
	expect((await world.run(["runs", "list"])).stdout).toContain("  $0.06  ");
	// In another month, and by a service that no longer says what it cost.
	world.clock.advance(28 * 86_400_000);
	await world.run(["runs", "fetch", id, "-o", "again.jpg"]);
	const ledger = join(world.state, "ledger");
	const [, later = ""] = readdirSync(ledger).sort();
	const text = readFileSync(join(ledger, later), "utf8");
	writeFileSync(
		join(ledger, later),
		text.replace(/"paid_usd":[^,]+/, '"paid_usd":null'),
	);
	expect((await list()).records).toMatchObject([
		{
			...{ run_id: id, cost_usd: 0.06, paid_usd: 0.06, file: "again.jpg" },
			created_at: expect.stringMatching(/^2026-11-03T12:00/),
		},
	]);
	expect(await spent()).toMatchObject({ cost_usd: 0.06, images: 1 });
});

it("runs list shows an image once while it is fetched again", async () => {
	const world = await createWorld();
	const again = ["a garden", "--seed", "7", "-o", "x.jpg"];
	await world.run(again);
	world.remove("x.jpg");
	await world.run([...again, "--no-wait"]);
	const { records } = await world.run(["runs", "list", "--json"]);
	expect(records).toMatchObject([{ status: "bought", file: "x.jpg" }]);
});

it("runs list --account asks the service", async () => {
	const world = await createWorld();
	const id = await leave(world);
	rmSync(world.state, { recursive: true });
	const { code, records } = await world.run([
		"runs",
		"list",
		"--account",
		"--json",
	]);
	expect({ code, records }).toEqual({
		code: 0,
		records: [
			{
				version: 1,
				status: expect.stringMatching(/^(queued|dispatching|running)$/),
				run_id: id,
				created_at: "2026-11-03T12:00:01.000Z",
				cost_usd: null,
				paid_usd: null,
				cost_is_estimate: false,
				file: null,
				path: null,
				seed: 7,
				prompt: "a garden",
				client_ref: expect.any(String),
				...{ model: null, sha256: null, project: null, sandbox: null },
			},
		],
	});
});

it.each([
	["no-lookup", "This API key may not list runs"],
	["no-key", "refused"],
])("runs list --account where it answers %s: exit 4", async (fault, words) => {
	const world = await createWorld({ faults: [`list:${fault}`] });
	const outcome = await world.run(["runs", "list", "--account"]);
	expect(outcome).toMatchObject({ code: 4, stdout: "" });
	expect(outcome.stderr).toContain(words);
	expect(outcome.stderr).not.toContain("    at ");
});

it("runs show tells what the service says of a run, its links without their signatures", async () => {
	const world = await createWorld();
	const id = await leave(world);
	await world.run(["runs", "wait", id]);
	const people = await world.run(["runs", "show", id]);
	expect(people).toMatchObject({ code: 0, stderr: "" });
	expect(people.stdout).toMatch(
		/^run +[\da-f-]+\nstatus +succeeded\nprompt +a garden\nseed +7\ncost +\$0\.06\n/,
	);
	const { records } = await world.run(["runs", "show", id, "--json"]);
	expect(records).toMatchObject([
		{
			id,
			status_code: "succeeded",
			output: {
				outputs: [{ url: `${world.sandbox.storageUrl}/outputs/${id}/0.jpg?…` }],
			},
		},
	]);
});

it("runs logs prints the service's log of a run", async () => {
	const world = await createWorld({ latencyMs: 1_000 });
	const id = await leave(world);
	await world.run(["runs", "wait", id, "-q"]);
	const { code, stdout } = await world.run(["runs", "logs", id]);
	expect({ code, stdout }).toEqual({
		code: 0,
		stdout: `2026-11-03T12:00:01.000Z info Run accepted
2026-11-03T12:00:01.150Z info Model started
2026-11-03T12:00:02.000Z info Run succeeded
`,
	});
	const { records } = await world.run(["runs", "logs", id, "--json"]);
	expect(records[0]).toEqual({
		version: 1,
		level: "info",
		message: "Run accepted",
		timestamp: "2026-11-03T12:00:01.000Z",
	});
});

it.each([
	[[], "a-garden-7.jpg"],
	[["-o", "y.jpg"], "y.jpg"],
	[["-o", "in/{slug}-{run}.{ext}"], "in/a-garden-ID.jpg"],
	[["-o", "shots/"], "shots/a-garden-7.jpg"],
])(
	"runs fetch %j brings a run that another machine bought",
	async (options, file) => {
		const world = await createWorld();
		const id = await leave(world);
		rmSync(world.state, { recursive: true });
		const { code, stdout } = await world.run(["runs", "fetch", id, ...options]);
		const name = file.replace("ID", id);
		expect({ code, stdout, files: world.files() }).toEqual({
			code: 0,
			stdout: `${name}\n`,
			files: [name],
		});
		expect(world.bytes(name)).toEqual(await garden());
		expect([world.jobs(), world.bought()]).toEqual([[], 1]);
	},
);

it.each(["here", "on another machine"])(
	"runs fetch of several images to one name is refused, of runs that were bought %s",
	async (where) => {
		const world = await createWorld();
		const bought = await world.run(["a garden", "-n", "2", "--no-wait"]);
		if (where !== "here") rmSync(world.state, { recursive: true });
		const before = world.jobs();
		const ids = bought.stdout.trim().split("\n");
		const words = ["runs", "fetch", ...ids, "-o"];
		expect(await world.run([...words, "got/{index}.jpg"])).toMatchObject({
			code: 2,
			stderr: expect.stringContaining(
				"several images would be called got/1.jpg\n",
			),
		});
		expect([world.jobs(), world.files()]).toEqual([before, []]);
		expect((await world.run([...words, "got/{run}.jpg"])).code).toBe(0);
		expect(world.files()).toHaveLength(2);
	},
);

it("runs fetch -o - writes the bytes and nothing else", async () => {
	const world = await createWorld();
	const id = await leave(world);
	const { code, bytes } = await world.run(["runs", "fetch", id, "-o", "-"]);
	expect([code, bytes]).toEqual([0, await garden()]);
	for (const [words, options] of [
		[["--json"], {}],
		[[], { tty: { stdout: true } }],
		[["another"], {}],
	] as const)
		expect(
			await world.run(["runs", "fetch", id, "-o", "-", ...words], options),
		).toMatchObject({ code: 2, sent: [] });
});

it("what runs fetch saved elsewhere is fetched by its own command, and not bought again", async () => {
	const world = await createWorld();
	const id = await leave(world);
	expect((await world.run(["runs", "fetch", id, "-o", "y.jpg"])).code).toBe(0);
	const { code, records } = await world.run([...ask, "--json"]);
	expect([code, records[0]]).toMatchObject([0, { file: "x.jpg", cost_usd: 0 }]);
	expect(world.files()).toEqual(["x.jpg", "y.jpg"]);
	expect(world.bought()).toBe(1);
});

it("runs fetch refuses to replace a file without --force", async () => {
	const world = await createWorld();
	const id = await leave(world);
	world.write("y.jpg", "mine");
	const fetch = ["runs", "fetch", id, "-o", "y.jpg"];
	const refused = await world.run(fetch);
	expect(refused.code).toBe(2);
	expect(refused.stderr).toContain("-o; --force replaces the file\n");
	expect(world.text("y.jpg")).toBe("mine");
	expect((await world.run([...fetch, "--force"])).code).toBe(0);
	expect(world.bytes("y.jpg")).toEqual(await garden());
});

it.each<[string, RunOptions, readonly string[]]>([
	["no key", { env: { RUNFLOW_API_KEY: undefined } }, []],
	["a refused key", {}, ["poll:no-key"]],
	["another service", { env: { FLUX_ULTRA_SANDBOX: "1" } }, []],
])(
	"runs fetch to another place that fails for %s leaves the jobs as they were",
	async (_what, options, faults) => {
		const world = await createWorld();
		const ids = [await leave(world), await leave(world, ["b.", "-o", "b.jpg"])];
		const before = world.jobs();
		world.faults(...faults);
		const words = ["runs", "fetch", ...ids, "-o", "{seed}-e.jpg"];
		const { code } = await world.run(words, options);
		expect(code).not.toBe(0);
		expect(world.jobs()).toEqual(before);
		world.faults();
		expect(await world.run(ask)).toMatchObject({ code: 0, stdout: "x.jpg\n" });
	},
);

it("runs fetch to several places changes no job where one of them is taken", async () => {
	const world = await createWorld();
	const ids = [
		await leave(world),
		await leave(world, ["b.", "-s", "8", "-o", "b.jpg"]),
	];
	const before = world.jobs();
	mkdirSync(join(world.cwd, "e"));
	world.write("e/8.jpg", "mine");
	const words = ["runs", "fetch", ...ids, "-o", "e/{seed}.jpg"];
	expect((await world.run(words)).code).toBe(2);
	expect(world.jobs()).toEqual(before);
});

it("runs fetch of a run of another service names the command that brings it", async () => {
	const world = await createWorld();
	const id = await leave(world);
	const words = ["runs", "fetch", id, "-o", "e.jpg"];
	const { code, stderr } = await world.run([...words, "--sandbox"]);
	expect([code, stderr]).toEqual([
		2,
		`error: run ${id} is not of the sandbox: it was bought at ${world.sandbox.apiUrl}\n  flux-ultra ${words.join(" ")}\n`,
	]);
});

it("runs fetch says that the same command buys another from now on", async () => {
	const world = await createWorld();
	const id = await leave(world, ["a garden", "-o", "x.jpg"]);
	const { stderr } = await world.run(["runs", "fetch", id, "-o", "y.jpg"]);
	expect(stderr).toContain(
		"buys them: flux-ultra 'a garden' -o x.jpg --no-wait\n",
	);
});

it.each([["resume"], ["verify --repair ."]])(
	"%s without a key ends before it changes a job, and its hint has lines",
	async (words) => {
		const world = await createWorld();
		if (words === "resume") await leave(world);
		else {
			await world.run(ask);
			world.remove("x.jpg");
		}
		const before = world.jobs();
		expect(
			await world.run(words.split(" "), {
				env: { RUNFLOW_API_KEY: undefined },
			}),
		).toMatchObject(ended(4, "login\n  or try"));
		expect(world.jobs()).toEqual(before);
	},
);

it.each([
	["fetch", "pending"],
	["wait", "pending"],
])(
	"runs %s gives up at --timeout: exit 8, and the run goes on",
	async (verb, status) => {
		const world = await createWorld({ faults: ["run:stuck"] });
		const id = await leave(world);
		const words = ["runs", verb, id, "--timeout", "9s", "--json"];
		const { code, records } = await world.run(words);
		expect([code, records]).toMatchObject([
			8,
			[{ status, run_id: id, error: { code: "timeout" } }],
		]);
	},
);

it.each([["show"], ["fetch"], ["wait"], ["logs"]])(
	"runs %s of a run that nobody knows ends with 2 and the id",
	async (verb) => {
		const world = await createWorld();
		const { code, stderr } = await world.run(["runs", verb, "nothing"]);
		expect([code, stderr.split("\n")[0]]).toEqual([
			2,
			"error: the service knows no run nothing",
		]);
		expect(world.jobs()).toEqual([]);
	},
);

it("runs wait of several: 3 where some failed", async () => {
	const world = await createWorld({ faults: ["run:failed@2"] });
	const good = await leave(world);
	const bad = await leave(world, ["b.", "-o", "b.jpg"]);
	const { code, stdout } = await world.run(["runs", "wait", good, bad]);
	expect([code, stdout]).toEqual([3, `${good}\n`]);
	expect((await world.run(["runs", "wait", bad])).code).toBe(1);
});

it.each([
	["an image", ask],
	["stdout", ["a garden", "--seed", "7", "-o", "-"]],
])(
	"%s that the service does not know any more is left to the user, and no job stays behind",
	async (_what, words) => {
		const world = await createWorld();
		expect((await world.run(ask)).code).toBe(0);
		world.remove("x.jpg");
		if (words !== ask) {
			rmSync(world.state, { recursive: true });
			expect((await world.run(words)).code).toBe(0);
		}
		// As with the key of another account.
		world.faults("poll:404");
		const { code, stderr } = await world.run(words);
		expect(code).toBe(1);
		expect(stderr).toMatch(/the service does not know run .*\n.*--force/);
		expect(stderr).not.toContain("resume --forget");
		expect(world.jobs()).toEqual([]);
		world.faults();
		const { bought } = world.sandbox.summary();
		expect((await world.run(words)).code).toBe(0);
		expect(world.bought()).toBe(bought);
	},
);
