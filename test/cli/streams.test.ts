import { join } from "node:path";
import { expect, it } from "vitest";
import { localServer } from "../local-server.ts";
import { commandOf, readTable } from "./read-table.ts";
import { apiKey, createWorld, type RunOptions } from "./world.ts";

const csi = "\u001b";
const colour = new RegExp(`${csi}\\[\\d+m`);
/** Control characters but the line end, and what turns the reading order round. */
const harmful = /(?!\n)[\p{Cc}\p{Bidi_Control}]/u;
const terminal = { stdin: true, stdout: true, stderr: true } as const;

it("stdout has the path of each image and nothing else, stderr a line a change", async () => {
	const world = await createWorld();
	const outcome = await world.run(["a garden", "-s", "7", "-o", "x.jpg"]);
	expect(outcome).toMatchObject({ code: 0, stdout: "x.jpg\n" });
	expect(outcome.stderr.replace(/run [\da-f-]+/, "run ID")).toBe(
		`sending: "a garden", seed 7
run ID submitted ($0.06)
queued
running
downloading
✔ x.jpg  96 × 54 · 3 kB · seed 7 · $0.06 · 4.4 s · sandbox
`,
	);
});

it("the path is as a user in this folder would write it", async () => {
	const world = await createWorld();
	const outside = join(world.home, "elsewhere.jpg");
	const outcome = await world.run(["a.", "-o", outside]);
	expect(outcome.stdout).toBe(`${outside}\n`);
	const below = await world.run(["a.", "-o", join(world.cwd, "in/x.jpg")]);
	expect(below.stdout).toBe("in/x.jpg\n");
});

it("--quiet leaves the paths, and nothing on stderr", async () => {
	const world = await createWorld();
	const words = ["a.", "--seeds", "1-2", "-o", "{seed}.jpg", "-q"];
	const { code, stdout, stderr } = await world.run(words);
	expect([code, stdout.split("\n").sort(), stderr]).toEqual([
		0,
		["", "1.jpg", "2.jpg"],
		"",
	]);
	expect(
		await world.run(["b.", "-o", "b.jpg", "-q", "--no-wait"]),
	).toMatchObject({ code: 0, stderr: "" });
	expect(await world.run(["resume", "-q"])).toMatchObject({ stderr: "" });
});

it("--quiet does not hide why something failed", async () => {
	const world = await createWorld({ faults: ["run:moderated"] });
	const { code, stdout, stderr } = await world.run(["a.", "-q"]);
	expect([code, stdout]).toEqual([6, ""]);
	expect(stderr).toMatch(/^error: run [\da-f-]+ was refused by moderation: /);
	expect(await world.run(["a.", "-q", "-o", "x.png"])).toMatchObject({
		code: 2,
		stderr: expect.stringMatching(/^error: /),
	});
});

it("--verbose tells each request with status and time, key and signatures masked", async () => {
	const world = await createWorld();
	const { stderr, sent } = await world.run(["a.", "-v"]);
	const lines = stderr.split("\n").filter((line) => /^(GET|POST) /.test(line));
	expect(lines).toHaveLength(sent.length);
	expect(lines[0]).toMatch(/^POST http:\S+\/runs 201 \(\d+ ms\)$/);
	expect(lines.at(-1)).toMatch(/^GET http:\S+\/0\.jpg\?… 200 \(\d+ ms\)$/);
	expect(stderr).toContain("rf_live_…CRET");
	expect(stderr).not.toContain(apiKey);
});

it("no stack is shown, but with --verbose, and of wrong usage not even then", async () => {
	const world = await createWorld();
	const nowhere = { env: { FLUX_ULTRA_API_URL: "http://127.0.0.1:1" } };
	const words = ["runs", "show", "x"];
	const plain = await world.run(words, nowhere);
	expect(plain.stderr).toBe(`error: connection refused: 127.0.0.1:1
  check the connection, and HTTPS_PROXY if there is a proxy; then run the same command again
`);
	const verbose = await world.run([...words, "-v"], nowhere);
	expect(verbose.stderr).toMatch(/\n {4}at /);
	const usage = await world.run(["runs", "show", "-v"]);
	expect([usage.code, usage.stderr]).toEqual([
		2,
		expect.not.stringMatching(/\n {4}at /),
	]);
});

it.each(
	readTable(`
on a terminal | stdin stdout stderr | coloured
off a terminal | none | plain
with stderr alone no terminal | stdout | plain
with stdout alone a pipe | stderr | coloured
with NO_COLOR | stdin stdout stderr | plain | NO_COLOR=1
with an empty NO_COLOR | stdin stdout stderr | coloured | NO_COLOR=
with --no-color | stdin stdout stderr | plain | --no-color
with TERM=dumb | stdin stdout stderr | plain | TERM=dumb
with FORCE_COLOR off a terminal | none | coloured | FORCE_COLOR=1
with FORCE_COLOR=0 | stdin stdout stderr | plain | FORCE_COLOR=0
with NO_COLOR and FORCE_COLOR | none | plain | NO_COLOR=1 FORCE_COLOR=1
with --no-color and FORCE_COLOR | none | plain | FORCE_COLOR=1 --no-color
`),
)(
	"colour %s: success and failure",
	async (_when, terminals, how, line = "") => {
		const world = await createWorld();
		const { words: more, env } = commandOf(line);
		const tty = Object.fromEntries(
			terminals.split(" ").map((stream) => [stream, true]),
		);
		const options = { tty, env };
		const saved = await world.run(["a.", "-o", "x.jpg", ...more], options);
		const failed = await world.run(["a.", "-o", "x.jpg", ...more], options);
		expect([saved.code, failed.code]).toEqual([0, 2]);
		const isColoured = how === "coloured";
		expect(colour.test(saved.stderr)).toBe(isColoured);
		expect(colour.test(failed.stderr)).toBe(isColoured);
		expect(saved.stdout).not.toMatch(colour);
	},
);

it.each<[string, RunOptions]>([
	["off a terminal", {}],
	["with NO_COLOR", { tty: terminal, env: { NO_COLOR: "1" } }],
	["with --quiet", { tty: { ...terminal, stdout: false } }],
])("nothing moves %s", async (when, options) => {
	const world = await createWorld();
	const more = when.includes("quiet") ? ["-q"] : [];
	const { stdout, stderr } = await world.run(["a.", ...more], options);
	expect(stdout + stderr).not.toContain(csi);
});

it("on a terminal the last line is the image, told once", async () => {
	const world = await createWorld();
	const words = ["a.", "-o", "x.jpg", "--no-color"];
	const { stdout, stderr } = await world.run(words, { tty: terminal });
	expect(stdout).toBe("");
	expect(stderr.match(/x\.jpg/g)).toHaveLength(1);
	expect(stderr).toMatch(
		/✔ x\.jpg {2}96 × 54 · 3 kB · seed \d+ · \$0\.06 · 4\.4 s/,
	);
});

it("what is told of a prompt cannot move the cursor, and a script gets it as it is", async () => {
	const world = await createWorld();
	const prompt = "\u001b[2J\u001b]0;title\u0007a\u009b31m\u202egnp\u0000\r\nb";
	const { code, stdout, stderr, records } = await world.run(
		["-o", "x.jpg", "--json"],
		{ stdin: prompt },
	);
	expect([code, records[0].prompt]).toEqual([0, prompt]);
	expect(stdout + stderr).not.toMatch(harmful);
});

it("what is told of the service cannot move the cursor", async () => {
	const { url } = await localServer((_request, response) => {
		response.writeHead(400, { "x-request-id": "req\x9b2J" });
		const message = "no\u001b]0;x\u0007\u202e";
		response.end(JSON.stringify({ code: "BAD\u001b[2J", message }));
	});
	const env = { FLUX_ULTRA_API_URL: url };
	const world = await createWorld();
	for (const words of [
		["a."],
		["a.", "--json"],
		["runs", "show", "x"],
		["a.", "-v"],
	]) {
		const { code, stdout, stderr } = await world.run(words, { env });
		expect(code).toBe(1);
		expect(stderr).toContain("BAD\\x1b[2J: no\\x1b]0;x\\x07\\u202e");
		expect(stdout + stderr).not.toMatch(harmful);
	}
});

it("a name with control characters is refused, and told harmlessly", async () => {
	const world = await createWorld();
	const { code, stderr, sent } = await world.run([
		"a.",
		"-o",
		"a\u001b[2J.jpg",
	]);
	expect({ code, sent }).toEqual({ code: 2, sent: [] });
	expect(stderr).not.toMatch(harmful);
});

it("the key goes to the API alone, never to the storage", async () => {
	const world = await createWorld();
	const { sent } = await world.run(["a."]);
	const hosts = sent.map(({ url, headers }) => [
		url.origin,
		headers.authorization,
	]);
	expect(hosts.at(-1)).toEqual([world.sandbox.storageUrl, undefined]);
	for (const [origin, authorization] of hosts.slice(0, -1))
		expect([origin, authorization]).toEqual([
			world.sandbox.apiUrl,
			`Bearer ${apiKey}`,
		]);
});

it("a sidecar, the ledger and a job hold neither key nor signature", async () => {
	const world = await createWorld();
	// What a world runs is searched for both each time; here is something of each kind to search.
	await world.run(["a.", "-o", "x.jpg", "--sidecar", "--json", "-v"]);
	await world.run(["b.", "-o", "y.jpg", "--no-wait", "-v"]);
	expect(world.files()).toEqual(["x.jpg", "x.jpg.json"]);
	expect([world.jobs().length, world.ledger().length]).toEqual([1, 1]);
	expect(world.text("x.jpg.json")).toContain("run_id");
});
