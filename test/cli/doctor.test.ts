import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import fs from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import {
	describe,
	expect,
	it,
	onTestFinished,
	type TestContext,
	vi,
} from "vitest";
import type { Finding } from "../../src/commands/doctor/finding.ts";
import { localServer } from "../local-server.ts";
import { patientClock, realTime } from "./real-time.ts";
import { createShell } from "./shell.ts";
import { createWorld } from "./world.ts";

const fixture = resolve(import.meta.dirname, "../fixtures/loopback.pem");

const doctor = ["doctor", "--json"];
/** The last, as doctor has bought nothing yet. */
const restingOnKey = ["listing", "look-up", "balance", "model", "seen live"];

describe("a set-up that is", () => {
	it("sound: every check is passed, and nothing is bought", async () => {
		const world = await realTime();
		const { code, found, failed, skipped } = await world.run(doctor);
		expect([code, failed, skipped]).toEqual([0, [], ["seen live"]]);
		expect(found).toMatchObject({
			node: { node: process.versions.node },
			"state folder": { path: world.state },
			key: { source: "environment", origin: "RUNFLOW_API_KEY" },
			balance: { balance_usd: 1_000 },
			clock: { ahead_seconds: expect.any(Number) },
			proxy: { proxy: null },
			unfinished: { unfinished: 0, under_way: 0 },
		});
		expect(world.bought()).toBe(0);
		expect(world.jobs()).toEqual([]);
	});

	it("without a key", async () => {
		const world = await realTime();
		const { code, found, failed, skipped } = await world.run(doctor, {
			env: { RUNFLOW_API_KEY: undefined },
		});
		expect([code, failed, skipped]).toEqual([4, ["key"], restingOnKey]);
		expect(found.key).toMatchObject({
			message: "there is no API key",
			hint: expect.stringContaining("flux-ultra auth login"),
		});
	});

	it("with a wrong key", async () => {
		const world = await realTime({ faults: ["any:no-key"] });
		const { url } = await healthOf(world.sandbox.apiUrl);
		const { code, found, failed, skipped } = await world.run(doctor, {
			env: { FLUX_ULTRA_API_URL: url },
		});
		expect([code, failed, skipped]).toEqual([4, ["key"], restingOnKey]);
		expect(found.key).toMatchObject({
			message: expect.stringMatching(/^from RUNFLOW_API_KEY: UNAUTHORIZED/),
			hint: expect.stringContaining("flux-ultra auth login"),
		});
	});

	it("with a key that lacks scopes", async () => {
		const faults = ["list:forbidden", "balance:forbidden"];
		const world = await realTime({ faults });
		const { code, found, failed } = await world.run(doctor);
		expect([code, failed]).toEqual([4, ["listing", "look-up"]]);
		expect(found).toMatchObject({
			listing: {
				message: expect.stringContaining("lacks the scope runs:read"),
				hint: expect.stringContaining("app.runflow.io/settings/api-keys"),
			},
			balance: {
				status: "note",
				message: expect.stringContaining("credit_balance:read"),
			},
		});
	});

	it("at a service that lists runs without regard to our reference", async () => {
		const world = await realTime();
		await world.run(["a fox", "-m", "lightning", "--no-wait"]);
		const sound = await world.run(doctor);
		expect(sound.found["look-up"]).toMatchObject({ status: "ok" });
		world.faults("list:lookup-ignored");
		const { code, found, failed } = await world.run(doctor);
		expect([code, failed]).toEqual([1, ["look-up"]]);
		expect(found["look-up"]).toMatchObject({
			message: expect.stringContaining("without regard to our reference"),
			hint: expect.stringContaining("ends with exit 8"),
		});
	});

	it("without a network", async () => {
		const world = await realTime();
		await world.sandbox.stop();
		const { code, found, failed, skipped } = await world.run(doctor);
		expect([code, failed]).toEqual([7, ["service"]]);
		expect(skipped).toEqual(["clock", "key", ...restingOnKey]);
		const { apiUrl } = world.sandbox;
		expect(found.service).toMatchObject({
			message: expect.stringContaining("connection refused"),
			hint: expect.stringMatching(/^is .*; check the connection/),
		});
		expect(found.service?.hint).toContain(
			`is ${apiUrl} right? It is from FLUX_ULTRA_API_URL; `,
		);
	});

	it("behind a proxy that refuses", async () => {
		const world = await realTime();
		const { server, port } = await localServer(() => {});
		server.on("connect", (_request, socket) =>
			socket.end("HTTP/1.1 403 No\r\n\r\n"),
		);
		const proxy = `127.0.0.1:${port}`;
		const { code, found, failed } = await world.run(doctor, {
			env: {
				FLUX_ULTRA_API_URL: "https://api.example",
				HTTPS_PROXY: `http://name:SECRET@${proxy}`,
			},
		});
		expect([code, failed]).toEqual([7, ["service"]]);
		expect(found.proxy).toMatchObject({ status: "ok", proxy });
		expect(found.service).toMatchObject({
			message: `the proxy ${proxy} refused the connection (403): api.example`,
			hint: expect.stringContaining("NO_PROXY"),
		});
		expect(JSON.stringify(found)).not.toContain("SECRET");
	});

	it("with an authority that is not trusted", async (context) => {
		// Node reads the variable at its start.
		const shell = await createShell(context);
		const FLUX_ULTRA_API_URL = await secureHealth();
		const examine = async (authority?: string) => {
			const env = { FLUX_ULTRA_API_URL, NODE_EXTRA_CA_CERTS: authority };
			const { code, stdout } = await shell.run(doctor, { env });
			const lines = stdout.toString().trim().split("\n");
			const records = lines.map((line) => JSON.parse(line));
			return {
				code,
				find: (check: string) => records.find((one) => one.check === check),
			};
		};
		const untrusted = await examine();
		expect([untrusted.code, untrusted.find("service")]).toMatchObject([
			7,
			{
				message: expect.stringContaining("DEPTH_ZERO_SELF_SIGNED_CERT"),
				hint: expect.stringContaining("NODE_EXTRA_CA_CERTS=/path"),
			},
		]);
		const trusted = await examine(fixture);
		expect(trusted.find("certificates")).toMatchObject({ extra: 1 });
		expect(trusted.find("service")).toMatchObject({ status: "ok" });
	});

	it("a day behind the service's time", async () => {
		const world = await realTime();
		const { url } = await healthOf(world.sandbox.apiUrl, 86_400_000);
		const { code, found, failed } = await world.run(doctor, {
			env: { FLUX_ULTRA_API_URL: url },
		});
		expect([code, failed[0]]).toEqual([2, "clock"]);
		expect(found.clock).toMatchObject({
			message: "this machine's clock is 24.0 hours behind the service's",
			hint: expect.stringContaining("set it by the network"),
		});
	});

	it.skipIf(process.platform !== "linux" || process.getuid?.() !== 0)(
		"on a read-only state folder",
		async (context) => {
			const world = await realTime();
			mountReadOnly(world.state, context);
			const { code, found, failed } = await world.run(doctor);
			expect([code, failed]).toEqual([9, ["state folder"]]);
			expect(found["state folder"]).toMatchObject({
				message: `${world.state} cannot be written: the file system is read-only`,
				hint: expect.stringContaining("FLUX_ULTRA_STATE_DIR"),
			});
		},
	);

	it("wrong in its settings: what rests on them is skipped, and the rest is tried", async () => {
		const world = await realTime();
		const { code, found, failed, skipped } = await world.run(doctor, {
			env: {
				FLUX_ULTRA_API_URL: "ftp://example.com",
				FLUX_ULTRA_STATE_DIR: "/dev/null/state",
			},
		});
		expect([code, failed]).toEqual([
			2,
			["settings", "state folder", "unfinished"],
		]);
		expect(skipped).toEqual([
			"proxy",
			"service",
			"clock",
			"key",
			...restingOnKey,
		]);
		expect(found["working folder"]?.status).toBe("ok");
	});
});

it("a disk that is nearly full fails with exit 9 and says what is free", async () => {
	const world = await createWorld();
	const { statfs } = fs;
	const spy = vi.spyOn(fs, "statfs").mockImplementation(async (folder) => ({
		...(await statfs(String(folder))),
		bavail: 3,
		bsize: 4_096,
	}));
	onTestFinished(() => spy.mockRestore());
	const { code, stdout } = await world.run(["doctor"], {
		runtime: { clock: patientClock() },
	});
	expect(code).toBe(9);
	expect(stdout).toContain(
		`✘ failed   state folder    ${world.state}: the disk is nearly full, 12 kB free\n           → free some space, before anything is bought\n`,
	);
	expect(stdout).toMatch(/3 of 17 failed; mend state folder first\n$/);
});

it("a file in place of the state folder fails in words, and the sandbox is skipped", async () => {
	const world = await realTime();
	const state = join(world.cwd, "file");
	writeFileSync(state, "");
	const { code, found, failed } = await world.run([...doctor, "--sandbox"], {
		env: { FLUX_ULTRA_STATE_DIR: state },
	});
	expect([code, failed]).toEqual([9, ["state folder", "unfinished"]]);
	expect(found["state folder"]).toMatchObject({
		message: `${state} cannot be written: a part of the path is a file`,
		hint: "it must be a folder that you may write to; FLUX_ULTRA_STATE_DIR names another",
	});
	expect(found.service?.status).toBe("skipped");
	expect(found.settings).not.toHaveProperty("api_url");
});

it("a service that says nothing fails after 5 s, and what rests on it is skipped", async () => {
	const world = await realTime();
	const { url, asked } = await silentService();
	const clock = patientClock(async (ms) => {
		await asked;
		return ms === 5_000 ? undefined : new Promise(() => {});
	});
	const { code, found, failed, skipped } = await world.run(doctor, {
		env: { FLUX_ULTRA_API_URL: url },
		runtime: { clock },
	});
	expect([code, failed]).toEqual([7, ["service"]]);
	expect(skipped).toEqual(["clock", "key", ...restingOnKey]);
	expect(found.service?.message).toBe("no answer within 5 s");
});

it("what hangs until the time is over is told by each check that waits for it, and the others stand", async () => {
	const world = await realTime();
	const { url } = await silentService("/v1/health");
	let tell = () => {};
	const isTold = new Promise<void>((resolve) => {
		tell = resolve;
	});
	const clock = patientClock((ms) =>
		ms === 20_000 ? isTold : new Promise(() => {}),
	);
	const { code, found, failed } = await world.run(doctor, {
		env: { FLUX_ULTRA_API_URL: url },
		runtime: { clock },
		during({ stdout }) {
			const write = stdout.write.bind(stdout);
			const watched = (...all: Parameters<typeof write>) => {
				if (String(all[0]).includes('"check":"clock"')) tell();
				return write(...all);
			};
			Object.assign(stdout, { write: watched });
		},
	});
	expect(code).toBe(7);
	expect(failed.slice(0, 5)).toEqual([
		...["key", "listing", "look-up", "balance", "model"],
	]);
	expect(found.listing?.message).toBe("no answer within 20 s");
	expect(Object.keys(found)).toHaveLength(17);
});

it("an interrupt ends it at once, with what was found so far in the report", async () => {
	const world = await realTime();
	const { url } = await localServer(() => stop());
	let stop = () => {};
	const argv = ["doctor", "--live", "-y", "--report", "r.json"];
	const { code } = await world.run(argv, {
		env: { FLUX_ULTRA_API_URL: url },
		during(runtime) {
			stop = () => runtime.signal("SIGINT");
		},
	});
	expect(code).toBe(130);
	expect(world.files().filter((name) => name.endsWith(".part"))).toEqual([]);
	const { findings } = JSON.parse(world.text("r.json"));
	expect(findings.map((one: Finding) => one.status)).not.toContain("failed");
});

it("unfinished images are a note, with the command that brings them", async () => {
	const world = await createWorld({
		faults: ["post:reset-after", "list:reset-before"],
	});
	await world.run(["a lighthouse", "-o", "x.jpg"]);
	world.faults();
	const clock = patientClock();
	const { stdout } = await world.run(["doctor"], { runtime: { clock } });
	expect(stdout).toContain(
		"! note     unfinished      1 image unfinished\n           → flux-ultra resume\n",
	);
});

/** `asked` once a request has come that it never answers. */
async function silentService(answered?: string) {
	let ask = () => {};
	const asked = new Promise<void>((resolve) => {
		ask = resolve;
	});
	const { url } = await localServer((request, response) =>
		request.url === answered ? response.end('{"status":"ok"}') : ask(),
	);
	return { url, asked };
}

/** The sandbox behind a health endpoint that needs no key, as the service's; its time is ahead. */
async function healthOf(apiUrl: string, aheadMs = 0) {
	return localServer((request, response) => {
		response.setHeader("date", new Date(Date.now() + aheadMs).toUTCString());
		response.setHeader("content-type", "application/json");
		if (request.url === "/v1/health") return response.end('{"status":"ok"}');
		const headers = { authorization: String(request.headers.authorization) };
		void fetch(`${apiUrl}${request.url}`, { headers }).then(async (answer) => {
			response.statusCode = answer.status;
			response.end(await answer.text());
		});
	});
}

/** A service on TLS, with a certificate that only its own file vouches for. */
async function secureHealth(): Promise<string> {
	const pem = readFileSync(fixture);
	const server = createServer({ key: pem, cert: pem }, (_request, response) =>
		response.end('{"status":"ok"}'),
	);
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	onTestFinished(() => {
		server.close();
		server.closeAllConnections();
	});
	return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function mountReadOnly(folder: string, { skip }: TestContext): void {
	mkdirSync(folder);
	const argv = ["-t", "tmpfs", "-o", "size=8m,ro", "tmpfs", folder];
	const { status } = spawnSync("mount", argv);
	if (status !== 0) skip("no file system can be mounted here");
	onTestFinished(() => void spawnSync("umount", [folder]));
}
