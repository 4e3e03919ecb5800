import {
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { localServer } from "../local-server.ts";
import { apiKey, createWorld, type Outcome, type World } from "./world.ts";

const command = ["auth", "callback-secret"];

function folderOf(world: World): string {
	return join(world.config, "callback-secrets");
}

/** The file of the only one that is kept. */
function storeOf(world: World): string {
	const [name = ""] = readdirSync(folderOf(world));
	return join(folderOf(world), name);
}

/** The secrets that are kept. */
function kept(world: World): readonly string[] {
	const folder = folderOf(world);
	const names = existsSync(folder) ? readdirSync(folder) : [];
	return names.flatMap((name) => {
		const { secrets } = JSON.parse(readFileSync(join(folder, name), "utf8"));
		return secrets.map(({ secret }: { secret: string }) => secret);
	});
}

function made({ sent }: Outcome): number {
	return sent.filter(
		({ method, url }) =>
			method === "POST" && url.pathname === "/v1/callback-secrets",
	).length;
}

it("it makes a secret under a label and keeps it, for its owner alone and unseen", async () => {
	const world = await createWorld();
	const outcome = await world.run(command);
	const [secret = ""] = kept(world);
	expect(secret).toMatch(/^whsec_/);
	expect(outcome).toMatchObject({
		code: 0,
		stdout: "",
		stderr: `callback secret for ${world.sandbox.apiUrl} kept in ${storeOf(world)}\n`,
	});
	expect(outcome.sent).toHaveLength(1);
	expect(JSON.parse(outcome.sent[0]?.body ?? "")).toEqual({
		label: expect.stringMatching(/^flux-ultra on ./),
	});
	const content = readFileSync(storeOf(world), "utf8");
	expect(content).not.toContain(apiKey);
	if (process.platform !== "win32")
		expect([
			statSync(storeOf(world)).mode & 0o777,
			statSync(world.config).mode & 0o777,
		]).toEqual([0o600, 0o700]);
});

it("where one is kept it says so, and makes another only with --new", async () => {
	const world = await createWorld();
	await world.run(command);
	const [first = ""] = kept(world);
	const again = await world.run(command);
	expect(again).toMatchObject({
		code: 0,
		stdout: "",
		stderr: `there is a callback secret for ${world.sandbox.apiUrl} in ${storeOf(world)}
another one: flux-ultra auth callback-secret --new
`,
		sent: [],
	});
	expect(kept(world)).toEqual([first]);
	const renewed = await world.run([...command, "--new"]);
	const [second = ""] = kept(world);
	expect([made(renewed), kept(world).length]).toEqual([1, 1]);
	expect(second).not.toBe(first);
	expect(renewed.stderr).toContain(
		"note: other machines that listen may need it too, as --show gives it\n",
	);
	expect(renewed.stdout + renewed.stderr).not.toContain("whsec_");
});

it("--show has it on stdout and nowhere else, made now or before", async () => {
	const world = await createWorld();
	const now = await world.run([...command, "--show"]);
	const [secret = ""] = kept(world);
	const later = await world.run([...command, "--show"]);
	for (const { code, stdout, stderr } of [now, later]) {
		expect([code, stdout]).toEqual([0, `${secret}\n`]);
		expect(stderr).not.toContain(secret);
	}
	expect([made(now), made(later)]).toEqual([1, 0]);
});

it("the variable counts as a secret, and with --new comes first all the same", async () => {
	const env = { FLUX_ULTRA_CALLBACK_SECRET: "whsec_given" };
	const world = await createWorld({ env });
	const { code, stderr, sent } = await world.run(command);
	expect({ code, sent }).toEqual({ code: 0, sent: [] });
	expect(stderr).toContain(" in FLUX_ULTRA_CALLBACK_SECRET\n");
	const renewed = await world.run([...command, "--new"]);
	expect(made(renewed)).toBe(1);
	expect(renewed.stderr).toContain(
		"note: FLUX_ULTRA_CALLBACK_SECRET is set and comes first\n",
	);
});

it("another key gets a secret of its own, and the first key's stays", async () => {
	const world = await createWorld();
	await world.run(command);
	const env = { RUNFLOW_API_KEY: "rf_live_another_key_of_mine" };
	expect(made(await world.run(command, { env }))).toBe(1);
	expect(kept(world)).toHaveLength(2);
	expect(made(await world.run(command))).toBe(0);
	expect(made(await world.run(command, { env }))).toBe(0);
});

/** The key in a shell's words, as no argument may hold it whole. */
const splitKey = apiKey.replace("_", "''_");

it("a command that finds the key is asked for it once", async () => {
	const world = await createWorld({ env: { RUNFLOW_API_KEY: undefined } });
	const print = `echo asked >> '${join(world.home, "asked")}'; echo ${splitKey}`;
	await world.run(["config", "set", "api-key-command", print]);
	const outcome = await world.run(command);
	expect([outcome.code, made(outcome)]).toEqual([0, 1]);
	expect(readFileSync(join(world.home, "asked"), "utf8")).toBe("asked\n");
});

it.each([
	[["--sandbox"], {}],
	[[], { FLUX_ULTRA_SANDBOX: "1" }],
])(
	"the built-in sandbox has its own, without a key: %j %j",
	async (words, env) => {
		const world = await createWorld({
			env: { RUNFLOW_API_KEY: undefined, ...env },
		});
		const first = await world.run([...command, ...words]);
		expect(first).toMatchObject({
			code: 0,
			stderr: `callback secret for sandbox kept in ${storeOf(world)}\n`,
		});
		const again = await world.run([...command, ...words]);
		expect(again.stderr).toContain(
			"another one: flux-ultra auth callback-secret --sandbox --new\n",
		);
		expect([made(first), made(again)]).toEqual([1, 0]);
	},
);

it.each([
	["any:no-key", 4, "UNAUTHORIZED: Missing or invalid API key"],
	["any:forbidden", 4, "PERMISSION_DENIED: "],
	["any:500", 7, "INTERNAL_ERROR: "],
	["any:reset-after", 7, "connection reset: "],
	["any:nonsense", 1, "an answer with no `plain_secret`"],
	["any:html", 1, "an answer that is not the API's"],
])(
	"where the service answers with %s: exit %i, nothing kept",
	async (fault, exitCode, words) => {
		const world = await createWorld({ faults: [fault] });
		const { code, stdout, stderr } = await world.run([...command, "--show"]);
		expect([code, stdout, kept(world)]).toEqual([exitCode, "", []]);
		expect(stderr).toContain(`error: ${words}`);
		expect(stderr).not.toContain("whsec_");
	},
);

it("a service without callback secrets: exit 1, and what to do", async () => {
	const { url } = await localServer((_, response) => {
		response.writeHead(404, { "content-type": "application/json" });
		response.end('{"code":"NOT_FOUND","message":"no such endpoint"}');
	});
	const world = await createWorld();
	const env = { FLUX_ULTRA_API_URL: url };
	expect(await world.run(command, { env })).toMatchObject({
		code: 1,
		stderr: `error: the service makes no callback secrets: no such endpoint
  leave --listen out: runs are then asked for as usual
`,
	});
});

it("without a key: exit 4", async () => {
	const world = await createWorld({ env: { RUNFLOW_API_KEY: undefined } });
	expect(await world.run(command)).toMatchObject({ code: 4, sent: [] });
});

it("a broken store is told before anything is sent", async () => {
	const world = await createWorld();
	mkdirSync(folderOf(world), { recursive: true });
	writeFileSync(join(folderOf(world), "one.json"), "whsec_broken");
	const { code, stderr, sent } = await world.run(command);
	expect({ code, sent }).toEqual({ code: 2, sent: [] });
	expect(stderr).toContain(`error: ${storeOf(world)} is not valid JSON\n`);
	expect(stderr).not.toContain("whsec_broken");
});

it("where it cannot be kept, --show has it all the same", async () => {
	const world = await createWorld();
	// In the place of the folder.
	writeFileSync(world.config, "");
	const { code, stdout } = await world.run([...command, "--show"]);
	expect([code, stdout]).toEqual([2, expect.stringMatching(/^whsec_/)]);
});

it("status says where it comes from, and not what it is", async () => {
	const world = await createWorld();
	const before = await world.run(["auth", "status", "--json"]);
	expect(before.records[0]).not.toHaveProperty("callback_secret");
	await world.run(command);
	const people = await world.run(["auth", "status"]);
	expect(people.stdout).toContain(`\ncallback secret from ${storeOf(world)}\n`);
	const { records, stdout } = await world.run(["auth", "status", "--json"]);
	expect(records[0]).toMatchObject({ callback_secret: storeOf(world) });
	expect(people.stdout + stdout).not.toContain("whsec_");
});

it("logout takes it away as well", async () => {
	const world = await createWorld();
	await world.run(command);
	const { code, stderr } = await world.run(["auth", "logout"]);
	expect([code, existsSync(folderOf(world))]).toEqual([0, false]);
	expect(stderr).toContain(
		`\ncallback secrets removed from ${folderOf(world)}\n`,
	);
	expect((await world.run(["auth", "logout"])).stderr).not.toContain(
		"callback",
	);
});
