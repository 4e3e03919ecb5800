import {
	existsSync,
	mkdirSync,
	readFileSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import {
	answer,
	apiKey,
	createWorld,
	ended,
	refused,
	type World,
} from "./world.ts";

const noKey = { env: { RUNFLOW_API_KEY: undefined } };
const masked = "rf_live_…CRET";
const keysPage = "https://app.runflow.io/settings/api-keys";

function storeOf(world: World): string {
	return join(world.config, "credentials.json");
}

function official(world: World, key: string): void {
	const file = join(world.home, ".config/runflow/credentials.json");
	mkdirSync(dirname(file), { recursive: true });
	writeFileSync(file, JSON.stringify({ api_key: key }));
}

it("without a key: exit 4, how to get one, and the way to try without", async () => {
	const world = await createWorld(noKey);
	expect(await world.run(["a."])).toMatchObject({
		code: 4,
		stdout: "",
		stderr: `error: there is no API key
  get one at ${keysPage}, then: flux-ultra auth login
  or try everything without a key and free of charge: flux-ultra --sandbox "a serene japanese garden"
`,
		sent: [],
	});
	expect([world.files(), world.jobs()]).toEqual([[], []]);
	for (const words of [["resume"], ["runs", "list"], ["config", "list"]])
		expect(await world.run(words)).toMatchObject({ code: 0 });
});

it("login keeps a key from stdin that the service accepts, for its owner alone", async () => {
	const world = await createWorld(noKey);
	const outcome = await world.run(["auth", "login"], { stdin: ` ${apiKey}\n` });
	expect(outcome).toMatchObject({
		code: 0,
		stdout: "",
		stderr: `key ${masked} kept in ${storeOf(world)}
${world.sandbox.apiUrl} accepts it
`,
	});
	expect(outcome.sent.map(({ url }) => url.pathname)).toEqual(["/v1/auth/me"]);
	expect(JSON.parse(readFileSync(storeOf(world), "utf8"))).toEqual({
		api_key: apiKey,
	});
	if (process.platform !== "win32")
		expect([
			statSync(storeOf(world)).mode & 0o777,
			statSync(world.config).mode & 0o777,
		]).toEqual([0o600, 0o700]);
	expect((await world.run(["a."])).code).toBe(0);
});

it("login asks on a terminal, and shows no letter of the answer", async () => {
	const world = await createWorld(noKey);
	const { code, stdout, stderr } = await world.run(["auth", "login"], {
		tty: { stdin: true, stderr: true },
		during: answer("API key", `${apiKey}\r`),
	});
	expect({ code, stdout, stderr }).toEqual({
		code: 0,
		stdout: "",
		stderr: `Keys are made at ${keysPage}
API key (not shown): \n${`key ${masked} kept in ${storeOf(world)}`}
${world.sandbox.apiUrl} accepts it
`,
	});
});

it("login does not keep a key that the service refuses", async () => {
	const world = await createWorld({ ...noKey, faults: ["auth:no-key"] });
	expect(await world.run(["auth", "login"], { stdin: apiKey })).toMatchObject(
		ended(4, "error: UNAUTHORIZED: Missing or invalid API key\n"),
	);
	expect(existsSync(storeOf(world))).toBe(false);
});

it.each([
	["auth:500", undefined, "INTERNAL_ERROR: Something went wrong on our side"],
	["auth:slow=0ms", "http://127.0.0.1:1", "connection refused: 127.0.0.1:1"],
])(
	"login keeps a key that it could not try, and says so: %s",
	async (fault, url, why) => {
		const world = await createWorld({ ...noKey, faults: [fault] });
		const { code, stderr } = await world.run(["auth", "login"], {
			stdin: apiKey,
			env: url ? { FLUX_ULTRA_API_URL: url } : {},
		});
		expect([code, existsSync(storeOf(world))]).toEqual([0, true]);
		expect(stderr).toContain(`\nit could not be tried: ${why}`);
	},
);

it.each([
	["nothing", "", "no API key was given"],
	["a blank", " \n", "no API key was given"],
	["two words", "rf_live_a b", "holds white space"],
	["a file", "x".repeat(20_000), "what came on stdin is too long for a key"],
])("login refuses %s", async (_what, stdin, message) => {
	const world = await createWorld(noKey);
	const { code, stderr } = await world.run(["auth", "login"], { stdin });
	expect([code, existsSync(storeOf(world))]).toEqual([4, false]);
	expect(stderr).toContain(message);
});

it("login says that the variable comes first where it is set too", async () => {
	const world = await createWorld();
	const { stderr } = await world.run(["auth", "login"], {
		stdin: "rf_live_another_key_of_mine",
	});
	expect(stderr).toContain("\nnote: RUNFLOW_API_KEY is set and comes first\n");
});

it.each([
	["auth:slow=0ms", "works", "accepts it", 0],
	["auth:no-key", "refused", "refuses it", 4],
	["auth:500", "untried", "could not be tried: INTERNAL_ERROR", 0],
])("status with %s: the key %s", async (fault, state, words, exitCode) => {
	const world = await createWorld({ faults: [fault] });
	const people = await world.run(["auth", "status"]);
	expect(people.code).toBe(exitCode);
	expect(people.stdout).toContain(`key ${masked} from RUNFLOW_API_KEY\n`);
	expect(people.stdout).toContain(words);
	const { records } = await world.run(["auth", "status", "--json"]);
	expect(records[0]).toEqual({
		version: 1,
		key: masked,
		source: "environment",
		origin: "RUNFLOW_API_KEY",
		api_url: world.sandbox.apiUrl,
		state,
	});
});

it("status without a key: exit 4", async () => {
	const world = await createWorld(noKey);
	expect(await world.run(["auth", "status"])).toMatchObject({
		code: 4,
		stdout: "",
		sent: [],
	});
});

it("logout takes the kept key away, and says where another would come from", async () => {
	const world = await createWorld(noKey);
	await world.run(["auth", "login"], { stdin: apiKey });
	official(world, "rf_live_official_tools_key");
	const kept = join(world.home, ".config/runflow/credentials.json");
	expect(await world.run(["auth", "logout"])).toMatchObject({
		code: 0,
		stderr: `key removed from ${storeOf(world)}
note: there is still a key in ${kept}
`,
	});
	expect(existsSync(storeOf(world))).toBe(false);
	expect(await world.run(["auth", "logout"])).toMatchObject({
		code: 0,
		stderr: expect.stringMatching(/^no key was kept in /),
	});
});

it("a key command that fails is told without a word of its output", async () => {
	const world = await createWorld(noKey);
	// No argument may hold the key whole.
	const command = `echo ${apiKey.replace("_", "''_")}; exit 3`;
	await world.run(["config", "set", "api-key-command", command]);
	expect(await world.run(["a."])).toMatchObject(
		refused(
			"error: the command in api-key-command ended with exit code 3\n",
			4,
		),
	);
});

it.each([
	["output", "shots/{seed}.jpg", ["a.", "-s", "7"], ["shots/7.jpg"]],
	["sidecar", "true", ["a.", "-s", "7"], ["a-7.jpg", "a-7.jpg.json"]],
])(
	"the setting %s holds where no flag goes before it",
	async (name, value, words, files) => {
		const world = await createWorld();
		await world.run(["config", "set", name, value]);
		expect((await world.run(words)).code).toBe(0);
		expect(world.files()).toEqual(files);
	},
);

it("the setting timeout holds, and a flag goes before it", async () => {
	const world = await createWorld();
	await world.run(["config", "set", "timeout", "1s"]);
	expect((await world.run(["a.", "-o", "x.jpg"])).code).toBe(8);
	expect((await world.run(["a.", "-o", "x.jpg", "--timeout", "1m"])).code).toBe(
		0,
	);
});

it("the setting api-url names the service", async () => {
	const world = await createWorld({ env: { FLUX_ULTRA_API_URL: undefined } });
	await world.run(["config", "set", "api-url", world.sandbox.apiUrl]);
	expect((await world.run(["a."])).code).toBe(0);
});

it("a broken config file is named, and a flag does not get past it", async () => {
	const world = await createWorld();
	mkdirSync(world.config);
	writeFileSync(join(world.config, "config.json"), "{");
	const { code, records } = await world.run(["a.", "--json"]);
	expect([code, records[0].error]).toMatchObject([
		2,
		{
			code: "config",
			message: `${join(world.config, "config.json")} is not valid JSON`,
		},
	]);
});
