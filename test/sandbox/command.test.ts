import { expect, test, vi } from "vitest";
import {
	serveSandbox,
	type TypedOptions,
} from "../../src/commands/sandbox/run.ts";
import { type FakeRuntime, fakeRuntime } from "../fake-runtime.ts";
import { ultra } from "./start.ts";

/** Resolves once the output has something that fits: the first group. */
function printed(output: () => string, pattern: RegExp): Promise<string> {
	return vi.waitUntil(() => pattern.exec(output())?.[1], {
		interval: 2,
		timeout: 60_000,
	});
}

/** Runs the command, lets `use` talk to it, and interrupts it. */
async function run(
	options: TypedOptions,
	use: (apiUrl: string, runtime: FakeRuntime) => Promise<void> = async () => {},
) {
	const runtime = fakeRuntime();
	const ended = serveSandbox({ port: "0", latency: "0", ...options }, runtime);
	const apiUrl = await printed(runtime.stdoutText, /(http:[^\s"]+)/);
	await use(apiUrl, runtime);
	runtime.signal("SIGINT");
	const code = await ended;
	return {
		code,
		stdout: runtime.stdoutText(),
		stderr: runtime.stderrText(),
		listeners: runtime.signalListeners(),
		apiUrl,
	};
}

async function buy(apiUrl: string, path = `${ultra}/runs`): Promise<void> {
	await fetch(`${apiUrl}${path}`, {
		method: "POST",
		headers: {
			authorization: "Bearer rf_sandbox_free_of_charge",
			"content-type": "application/json",
		},
		body: JSON.stringify({ input: { prompt: "x" } }),
	});
}

test("stdout has the two lines to use it, stderr a line a request, and in the end what was bought", async () => {
	const { code, stdout, stderr, apiUrl, listeners } = await run({}, (url) =>
		buy(url),
	);

	expect(code).toBe(0);
	expect(stdout).toBe(
		`export FLUX_ULTRA_API_URL=${apiUrl}\nexport RUNFLOW_API_KEY=rf_sandbox_free_of_charge\n`,
	);
	expect(stderr).toContain(`api      ${apiUrl}`);
	expect(stderr).toMatch(
		/\n\d\d:\d\d:\d\d POST \/v1\/models\/black-forest-labs\/flux-1-1-pro-ultra\/runs 201 \d+ ms {2}bought [\da-f-]+ \$0\.06\n/,
	);
	expect(stderr).toMatch(
		/\n1 run: 1 bought with 1 image for \$0\.06 of play money, 0 failed; 1 request\n$/,
	);
	expect(listeners).toBe(0);
});

test("it ends at once at SIGTERM, whoever still waits", async () => {
	const runtime = fakeRuntime();
	const ended = serveSandbox(
		{ port: "0", fault: ["any:hang-before"] },
		runtime,
	);
	const apiUrl = await printed(runtime.stdoutText, /(http:\S+)/);
	const hanging = fetch(`${apiUrl}/v1/health`);
	hanging.catch(() => {});
	await printed(runtime.stderrText, /(no answer)/);
	runtime.signal("SIGTERM");

	expect(await ended).toBe(0);
	await expect(hanging).rejects.toThrow();
});

test("the faults are named, with the seed that gives the same ones again", async () => {
	const { stderr } = await run({
		fault: ["post:reset-after@1", "image:cut%20"],
		faultSeed: "7",
	});

	expect(stderr).toContain("post:reset-after@1  image:cut%20");
	expect(stderr).toContain("--fault-seed 7");
});

test("a path with control characters cannot move the terminal's cursor", async () => {
	const { stderr } = await run({}, async (url) => {
		await fetch(`${url}/v1/%1b[2J`);
		const { port } = new URL(url);
		const { connect } = await import("node:net");
		const socket = connect(Number(port), "127.0.0.1");
		socket.on("error", () => {});
		const answered = new Promise((resolve) => socket.once("data", resolve));
		socket.write("GET /v1/\u009b2J HTTP/1.1\r\nHost: x\r\n\r\n", "latin1");
		await answered;
		socket.destroy();
	});

	expect(stderr).not.toContain("\u001b");
	expect(stderr).not.toContain("\u009b");
});

test("quiet says nothing but what was bought", async () => {
	const { stderr, stdout } = await run({ quiet: true }, (url) => buy(url));

	expect(stdout).toContain("export FLUX_ULTRA_API_URL=");
	expect(stderr).toMatch(/^1 run: .*\n$/);
});

test("json: an object a line on stdout, nothing on stderr", async () => {
	const { stdout, stderr, apiUrl } = await run({ json: true }, (url) =>
		buy(url),
	);
	const lines = stdout
		.trimEnd()
		.split("\n")
		.map((line) => JSON.parse(line));

	expect(stderr).toBe("");
	expect(lines).toEqual([
		{
			version: 1,
			status: "listening",
			api_url: apiUrl,
			storage_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
			api_key: "rf_sandbox_free_of_charge",
			fault_seed: expect.any(Number),
		},
		{
			version: 1,
			status: "request",
			at: "2026-11-03T12:00:00.000Z",
			port: "api",
			method: "POST",
			path: `${ultra}/runs`,
			http_status: 201,
			duration_ms: expect.any(Number),
			note: expect.stringContaining("bought"),
		},
		{
			version: 1,
			status: "stopped",
			runs: 1,
			bought: 1,
			images: 1,
			failed: 0,
			requests: 1,
			spent_usd: 0.06,
		},
	]);
});

test("an unknown fault is a usage error before anything is opened", async () => {
	const runtime = fakeRuntime();
	const failed = serveSandbox({ port: "0", fault: ["post:nothing"] }, runtime);

	await expect(failed).rejects.toMatchObject({
		code: "usage",
		message: expect.stringContaining('"post:nothing"'),
	});
	expect([runtime.stdoutText(), runtime.signalListeners()]).toEqual(["", 0]);
});

test.each([
	["no-such.pem", "--tls: cannot read no-such.pem (ENOENT)"],
	["package.json", "no private key with its certificate in PEM"],
])("--tls %s is a usage error", async (tls, message) => {
	const failed = serveSandbox({ port: "0", tls }, fakeRuntime());

	await expect(failed).rejects.toMatchObject({ code: "usage", message });
});
