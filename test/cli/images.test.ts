import { expect, it, onTestFinished } from "vitest";
import { faultTable } from "../../src/sandbox/faults/table.ts";
import { localServer } from "../local-server.ts";
import { readTable, wordsOf } from "./read-table.ts";
import { createWorld, type Outcome } from "./world.ts";

function seedsOf({ orders }: Outcome): readonly number[] {
	return orders.map(({ input }) => input.seed);
}

it("the same seed and prompt make the same image", async () => {
	const world = await createWorld();
	const first = await world.run(["a.", "-s", "42", "-o", "1.jpg", "--json"]);
	const again = await world.run(["a.", "-s", "42", "-o", "2.jpg", "--json"]);
	const other = await world.run(["a.", "-s", "43", "-o", "3.jpg", "--json"]);
	const [one, two, three] = [first, again, other].map(
		({ records }) => records[0].sha256,
	);
	expect(two).toBe(one);
	expect(three).not.toBe(one);
});

it("a seed that nobody gave is made, sent and told", async () => {
	const world = await createWorld();
	const outcome = await world.run(["a.", "--json"]);
	const [seed = 0] = seedsOf(outcome);
	expect(seed).toBeGreaterThan(0);
	expect(outcome.records[0].seed).toBe(seed);
	expect(outcome.stderr).toContain(`seed ${seed}`);
	expect(world.files()).toEqual([`a-${seed}.jpg`]);
});

it.each([
	["--seeds", "1-4", [1, 2, 3, 4]],
	["--seeds", "9,3,5", [3, 5, 9]],
	["--seeds", "1-2,7", [1, 2, 7]],
	["--seed", "0", [0]],
])("%s %s makes an image of each seed", async (option, value, seeds) => {
	const world = await createWorld();
	const outcome = await world.run(["a.", option, value, "-o", "{seed}.jpg"]);
	expect(outcome.code).toBe(0);
	expect([...seedsOf(outcome)].sort((a, b) => a - b)).toEqual(seeds);
	expect(world.files()).toEqual(seeds.map((seed) => `${seed}.jpg`));
});

it("several images to a name without an extension are those of a folder, new or not", async () => {
	const world = await createWorld();
	for (const seeds of ["1,2", "2,3"]) {
		const words = ["a.", "--seeds", seeds, "-o", "shots", "--json"];
		const { code } = await world.run([...words, "-f"]);
		expect(code).toBe(0);
	}
	expect(world.files()).toEqual([1, 2, 3].map((seed) => `shots/a-${seed}.jpg`));
});

it("--count makes as many images, a fresh seed each", async () => {
	const world = await createWorld();
	const outcome = await world.run(["a.", "--count", "5", "-o", "shots/"]);
	expect(outcome.code).toBe(0);
	expect(new Set(seedsOf(outcome)).size).toBe(5);
	expect(outcome.stdout.split("\n").sort().slice(1)).toEqual(world.files());
	expect(outcome.stderr).toContain("\n5 saved of 5 · $0.30 · ");
});

it.each([
	[["--seed", "1.5"], '--seed: "1.5" is not a seed'],
	[["--seed", "-1"], '--seed: "-1" is not a seed'],
	[["--seed", "99999999999999999999"], '"99999999999999999999" is not a seed'],
	[
		["--seeds", "4-1"],
		"--seeds 4-1: 4-1 runs backwards\n  from the smaller to the larger: --seeds 1-4",
	],
	[["--seeds", "1,1"], "--seeds 1,1 names a seed twice"],
	[["--seeds", "1-"], '"1-" is not a seed'],
	[["--seeds", "1-2000"], "--seeds 1-2000 asks for 2000 images"],
	[["--count", "0"], '"0" is not a number that is allowed here'],
	[["--count", "two"], '"two" is not a number that is allowed here'],
	[["--count", "2", "--seed", "1"], "--seed and --count exclude one another"],
	[["--count", "2", "--seeds", "1-2"], "--seeds and --count exclude one"],
	[["-p", "0"], '--parallel: "0" is not a number that is allowed here'],
	[["--timeout", "soon"], '--timeout: "soon" is not a length of time'],
	[["--max-cost", "much"], '--max-cost: "much" is not an amount in US dollars'],
	[["--model", "dall-e"], 'unknown model "dall-e"'],
	[["--param", "steps"], "--param steps is not key=value"],
	[["--param", "seed=1"], "--param seed is not for the seed"],
	[["--param", "prompt=b"], "--param prompt is not for the prompt"],
	[["--param", "a=1", "--param", "a=2"], "--param a is given twice"],
	[
		["--callback-url", "ftp://x"],
		"--callback-url ftp://x is not a web address",
	],
	[["--nonsense"], "unknown option '--nonsense'"],
	[["--output"], "option '-o, --output <path>' argument missing"],
])("%j is wrong usage: exit 2, nothing sent", async (options, message) => {
	const world = await createWorld();
	const { code, stdout, stderr, sent } = await world.run(["a.", ...options]);
	expect({ code, stdout, sent }).toEqual({ code: 2, stdout: "", sent: [] });
	expect(stderr.split("\n")[0]).toMatch(/^error: /);
	expect(stderr).toContain(message);
	expect([world.files(), world.jobs()]).toEqual([[], []]);
});

it("an order is the prompt, the seed and the reference that the record tells", async () => {
	const world = await createWorld();
	const outcome = await world.run(["a garden", "--seed", "7", "--json"]);
	const ref = outcome.records[0].client_ref;
	expect(ref).toMatch(/^[\da-f-]{36}$/);
	expect(outcome.orders).toEqual([
		{
			input: { prompt: "a garden", seed: 7 },
			client_ref: ref,
			metadata: { job: ref },
		},
	]);
	const [{ url, headers } = {}] = outcome.sent;
	expect(url?.pathname).toBe(
		"/v1/models/black-forest-labs/flux-1-1-pro-ultra/runs",
	);
	expect(headers).toMatchObject({
		"idempotency-key": ref,
		"user-agent": expect.stringMatching(/^flux-ultra\/\d+\.\d+\.\d+$/),
	});
});

it("--param gives the model any other input, JSON where it parses", async () => {
	const world = await createWorld();
	const outcome = await world.run([
		...["a.", "-m", "lightning", "--param", "steps=4"],
		...["--param", "guidance=1.5", "--param", "negative_prompt=f=a=b"],
	]);
	const [{ input }] = outcome.orders;
	expect(input).toEqual({
		prompt: "a.",
		seed: expect.any(Number),
		steps: 4,
		guidance: 1.5,
		negative_prompt: "f=a=b",
	});
});

it.each([
	["flux-1-1-pro-ultra", "black-forest-labs/flux-1-1-pro-ultra"],
	["black-forest-labs/flux-1-1-pro", "black-forest-labs/flux-1-1-pro"],
	["sandbox/novelty", "sandbox/novelty"],
])("--model %s is %s", async (name, id) => {
	const world = await createWorld();
	const outcome = await world.run(["a.", "-m", name, "-o", "x", "--json"]);
	expect(outcome.records[0]).toMatchObject({ status: "saved", model: id });
	const order = outcome.sent.find(({ method }) => method === "POST");
	expect(order?.url.pathname).toBe(`/v1/models/${id}/runs`);
});

it("--callback-url goes with the order, and the service calls it", async () => {
	const world = await createWorld({ latencyMs: 20 });
	const { server, url: origin } = await localServer((_request, response) =>
		response.end(),
	);
	const called = new Promise((resolve) =>
		server.on("request", (request) => resolve(request.url)),
	);
	const url = `${origin}/done?for=me`;
	const outcome = await world.run(["a.", "--callback-url", url]);
	expect(outcome.orders[0].callback_url).toBe(url);
	expect(await called).toBe("/done?for=me");
});

it("--parallel holds how many runs are under way at once", async () => {
	const world = await createWorld();
	const outcome = await world.run(["a.", "--seeds", "1-4", "-p", "1"]);
	expect(outcome.code).toBe(0);
	const runs = outcome.sent.flatMap(({ method, url }) =>
		method === "POST"
			? ["order"]
			: /\/v1\/runs\//.test(url.pathname)
				? ["look"]
				: [],
	);
	// Each run is looked at before the next one is ordered.
	expect(runs.join(" ")).toMatch(/^(order( look)+ ?){4}$/);
});

it("many at once are no reason for Node to warn of anything", async () => {
	const warnings: Error[] = [];
	const note = (warning: Error) => warnings.push(warning);
	process.on("warning", note);
	onTestFinished(() => void process.off("warning", note));
	const world = await createWorld({ latencyMs: 500 });
	const words = ["a.", "--seeds", "1-12", "-p", "12", "--no-wait"];
	expect((await world.run(words)).code).toBe(0);
	expect((await world.run(["resume", "-p", "12"])).code).toBe(0);
	await new Promise((resolve) => setImmediate(resolve));
	expect(warnings).toEqual([]);
});

it("--timeout counts for each image from its own start, not from the command's", async () => {
	const world = await createWorld({ latencyMs: 4_000 });
	const { code } = await world.run([
		...["a.", "--seeds", "1-8", "-p", "1", "--timeout", "6s"],
	]);
	expect([code, world.files().length]).toEqual([0, 8]);
});

it.each(
	readTable(`
runs | runs is half a command | flux-ultra runs list|show|fetch|
auth | auth is half a command | flux-ultra auth login|status|logout
help nope | no such command: nope | flux-ultra --help
runs lst | unknown command 'lst' | flux-ultra runs list
resume now | too many arguments for 'resume' | resume --help
runs show | missing required argument 'run' | runs show --help
runs list --limit x | --limit: "x" is not a number | from 1 to 
batch a.csv x.csv | too many arguments | --prompt 
show a.jpg b.jpg | too many arguments | flux-ultra gallery <folder>
show . | . is no file | flux-ultra gallery <folder>
sandbox --fault post:no | unknown fault "post:no" | kinds: 
sandbox --port 99999 | --port: "99999" is not a number from 0 to
sandbox --latency soon | --latency: "soon" is not a length of time | 90s
sandbox --size big | --size: "big" is not a size | --size 256x144
-n 2 resume | --count stands before the command resume | flux-ultra resume … --count
`),
)(
	"%s: says what is wrong and what was meant",
	async (line, message, hint = "") => {
		const world = await createWorld();
		const { code, stdout, stderr, sent } = await world.run(wordsOf(line));
		expect({ code, stdout, sent }).toEqual({ code: 2, stdout: "", sent: [] });
		expect(stderr).toContain(`error: ${message}`);
		expect(stderr).toContain(hint);
	},
);

it("sandbox says which port is taken: exit 2", async () => {
	const world = await createWorld();
	const { port } = new URL(world.sandbox.apiUrl);
	expect(await world.run(["sandbox", "--port", port])).toMatchObject({
		code: 2,
		stderr: `error: port ${port} on 127.0.0.1 is in use
  name another one, or --port 0 for any that is free
`,
	});
});

it("sandbox --fault list shows every fault with its points", async () => {
	const world = await createWorld();
	const { code, stdout } = await world.run(["sandbox", "--fault", "list"]);
	const lines = stdout.trimEnd().split("\n");
	expect([code, lines.length]).toEqual([0, faultTable.length]);
	for (const [at, { name, points, does }] of faultTable.entries())
		expect(lines[at]?.split(/ {2,}/)).toEqual([name, points.join(", "), does]);
});
