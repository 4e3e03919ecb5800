import fs, {
	existsSync,
	linkSync,
	readdirSync,
	readFileSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createShell, soon } from "../cli/shell.ts";
import { apiKey, createWorld, type Json, type World } from "../cli/world.ts";
import type { FakeRuntime } from "../fake-runtime.ts";
import { localServer } from "../local-server.ts";
import { noisePng } from "../uploads/noise-png.ts";

const image = ["a garden", "-s", "7", "-o", "x.jpg", "--trace", "t.har"];

function readHar(folder: string, name = "t.har"): Json {
	return JSON.parse(readFileSync(join(folder, name), "utf8")).log;
}

/** Method, path and status of each exchange. */
function exchanges({ cwd }: Pick<World, "cwd">, name?: string): string[] {
	return readHar(cwd, name).entries.map(({ request, response }: Json) =>
		[request.method, new URL(request.url).pathname, response.status].join(" "),
	);
}

it("holds each request with its answer, in the words of HAR 1.2", async () => {
	const world = await createWorld();
	const { code, sent, stderr, records } = await world.run([...image, "--json"]);
	expect(code).toBe(0);
	expect(stderr).toContain(`traced ${sent.length} requests to t.har`);
	const { entries, ...log } = readHar(world.cwd);
	expect(log).toEqual({
		version: "1.2",
		creator: { name: "flux-ultra", version: expect.any(String) },
		comment: expect.stringContaining("redacted"),
	});
	expect(exchanges(world)).toEqual(
		sent.map(({ method, url }) =>
			[method, url.pathname, method === "POST" ? 201 : 200].join(" "),
		),
	);
	const [{ run_id: id, client_ref: job }] = records;
	const common = {
		httpVersion: "HTTP/1.1",
		cookies: [],
		headers: expect.arrayContaining([
			{ name: "content-type", value: "application/json" },
		]),
		headersSize: -1,
	};
	const order = entries[0];
	expect(order).toEqual({
		startedDateTime: expect.stringMatching(/^\d{4}-.*Z$/),
		time: expect.any(Number),
		request: {
			...common,
			method: "POST",
			url: `${world.sandbox.apiUrl}/v1/models/black-forest-labs/flux-1-1-pro-ultra/runs`,
			queryString: [],
			bodySize: sent[0]?.body?.length,
			postData: { mimeType: "application/json", text: sent[0]?.body },
		},
		response: {
			...common,
			status: 201,
			statusText: "Created",
			content: {
				size: expect.any(Number),
				mimeType: "application/json",
				text: expect.stringContaining(`"id":"${id}"`),
			},
			redirectURL: "",
			bodySize: order.response.content.size,
		},
		cache: {},
		timings: { send: 0, wait: expect.any(Number), receive: expect.any(Number) },
	});
	expect(order.request.headers).toContainEqual({
		name: "authorization",
		value: "[redacted]",
	});
	expect(order.request.headers).toContainEqual({
		name: "idempotency-key",
		value: job,
	});
	expect(entries[1].request.queryString).toEqual([
		{ name: "add_signature", value: "true" },
	]);
	expect(entries.at(-1)).toMatchObject({
		request: {
			url: `${world.sandbox.storageUrl}/outputs/${id}/0.jpg?redacted`,
			bodySize: 0,
		},
		response: {
			content: {
				size: records[0].bytes,
				mimeType: "image/jpeg",
				comment: `${records[0].bytes} bytes left out`,
				_image: { format: "jpeg", width: 96, height: 54 },
			},
			bodySize: records[0].bytes,
		},
	});
	expect(entries.at(-1).response.content).not.toHaveProperty("text");
});

it("holds what went wrong, and each try", async () => {
	const world = await createWorld({
		faults: [
			"post:reset-after@1",
			"post:429@2",
			"image:redirect",
			"image:cut@2",
		],
	});
	expect((await world.run(image)).code).toBe(0);
	const { entries } = readHar(world.cwd);
	const [lost] = entries;
	expect([lost.response.status, lost.response._error]).toEqual([
		0,
		expect.stringMatching(/^connection reset: 127/),
	]);
	const downloads = entries.filter(({ request }: Json) =>
		request.url.includes("/outputs/"),
	);
	expect(
		downloads.map(({ response }: Json) => [
			String(response.status),
			response.redirectURL,
			response._error !== undefined,
		]),
	).toEqual([
		["302", expect.stringMatching(/^\/outputs\/.*\?redacted$/), false],
		["200", "", true],
		["302", expect.stringMatching(/^\/outputs\/.*\?redacted$/), false],
		// Of a body that a busy machine reads late nothing is kept, and nothing is to be continued.
		[expect.stringMatching(/^20[06]$/), "", false],
	]);
});

describe("holds no secret, whatever is asked", () => {
	it("of any endpoint", async () => {
		const world = await createWorld({ env: { FORCE_COLOR: "0" } });
		writeFileSync(join(world.cwd, "in.png"), noisePng(64, 64));
		writeFileSync(join(world.cwd, "rows.txt"), "one.\ntwo.\nthree.\n");
		const hook = "https://user:S3CRET@hooks.example/S3CRET?token=S3CRET";
		const link = "https://images.example/1.png?sig=S3CRET";
		let traced = 0;
		const run = async (argv: readonly string[], stdin?: string) => {
			traced += 1;
			const words = [...argv, "--trace", `${traced}.har`];
			const outcome = await world.run(words, { ...(stdin && { stdin }) });
			expect(outcome.sent.length).toBeGreaterThan(0);
			expect(exchanges(world, `${traced}.har`)).toHaveLength(
				outcome.sent.length,
			);
			return outcome;
		};
		const edit = await run(["a.", "-i", "in.png", "--callback-url", hook]);
		expect(edit.sent.map(({ method }) => method)).toContain("PUT");
		await run(["b.", "-i", link, "--no-wait"]);
		const { stdout } = await run(["c.", "--no-wait"]);
		const id = stdout.trim();
		await run(["runs", "wait", id]);
		await run(["runs", "show", id]);
		await run(["runs", "logs", id]);
		await run(["runs", "list", "--account"]);
		await run(["resume"]);
		await run(["runs", "fetch", id, "-o", "again.jpg"]);
		await run(["batch", "rows.txt", "-o", "out/"]);
		await run(["balance"]);
		await run(["doctor"]);
		await run(["models", "--refresh"]);
		await run(["models", "show", "pro", "--refresh"]);
		await run(["auth", "callback-secret"]);
		await run(["auth", "status"]);
		await run(["auth", "login"], `${apiKey}\n`);
		world.faults("image:expire@1", "image:html@2");
		await run(["d.", "-o", "d.jpg"]);
		// The world itself looks for the key and for signatures, after each command.
		const text = readdirSync(world.cwd)
			.filter((name) => name.endsWith(".har"))
			.map((name) => readFileSync(join(world.cwd, name), "utf8"))
			.join();
		expect(text).not.toMatch(/S3CRET|whsec_|X-Amz-Signature/);
		expect(text).toContain("https://hooks.example/redacted");
		expect(text).toContain("https://images.example/1.png?redacted");
	});

	it("of a service that says everything again, in headers and pages", async () => {
		const { url } = await localServer(({ headers }, response) => {
			response.setHeader("set-cookie", ["a=S3CRET", "b=S3CRET"]);
			response.setHeader("x-debug", `${headers.authorization}`);
			response.setHeader("location", `${url}/login?next=S3CRET`);
			response.writeHead(403, { "content-type": "text/html" });
			response.end(`<pre>${JSON.stringify(headers)}</pre>`);
		});
		const world = await createWorld({ env: { FLUX_ULTRA_API_URL: url } });
		await world.run(["balance", "--trace", "t.har"]);
		const text = readFileSync(join(world.cwd, "t.har"), "utf8");
		expect(text).not.toContain("S3CRET");
		expect(text).toContain("authorization");
	});
});

describe("the file", () => {
	const inNoFolder =
		"other.har cannot be written: a part of the path is a file\n  name another place with";

	it.each(
		Object.entries({
			"--trace t.json": "--trace t.json does not end in .har",
			"--trace other.har": "other.har exists and is no trace of flux-ultra",
			"--trace rows.har --force":
				"--trace rows.har is a file that the command reads",
			"--trace other.har/t.har": `${inNoFolder} --trace`,
			"--report other.har/r.csv": `${inNoFolder} --report`,
		}),
	)("%s: nothing is sent, nothing is written", async (words, message) => {
		const world = await createWorld();
		writeFileSync(join(world.cwd, "rows.txt"), "one.\n");
		writeFileSync(join(world.cwd, "other.har"), '{"log":{}}');
		linkSync(join(world.cwd, "rows.txt"), join(world.cwd, "rows.har"));
		const before = world.files();
		const argv = ["batch", "rows.txt", "-o", "out/", ...words.split(" ")];
		const { code, stderr, sent } = await world.run(argv);
		expect([code, sent]).toEqual([2, []]);
		expect(stderr).toContain(message);
		expect(world.files()).toEqual(before);
		expect(readFileSync(join(world.cwd, "other.har"), "utf8")).toBe(
			'{"log":{}}',
		);
	});

	it("of an earlier command is replaced, and stays where nothing is sent", async () => {
		const world = await createWorld();
		await world.run(image);
		const first = exchanges(world);
		const again = await world.run([...image, "--dry-run"]);
		expect(again.stderr).toContain("nothing was sent, so t.har is not written");
		expect(exchanges(world)).toEqual(first);
		await world.run(["balance", "--trace", "t.har"]);
		expect(exchanges(world)).toEqual(["GET /v1/billing/balance 200"]);
	});

	it("that the disk refuses is told once, and takes nothing from the image: exit 9", async () => {
		const world = await createWorld();
		const write = fs.writeFileSync;
		const spy = vi.spyOn(fs, "writeFileSync");
		onTestFinished(() => spy.mockRestore());
		spy.mockImplementation((file, ...rest) => {
			if (typeof file !== "number") return write(file, ...rest);
			throw Object.assign(new Error(), { code: "ENOSPC" });
		});
		const { code, stdout, stderr } = await world.run(image);
		expect([code, stdout]).toEqual([9, "x.jpg\n"]);
		expect(stderr.match(/.* disk is full/g)).toEqual([
			`error: ${join(world.cwd, "t.har")} cannot be written: the disk is full`,
		]);
		expect(existsSync(join(world.cwd, "t.har"))).toBe(false);
	});
});

describe("a command that ends early", () => {
	function whenAsked(world: World, requests: number) {
		return ({ signal }: Pick<FakeRuntime, "signal">) => {
			const look = () => {
				if (world.sandbox.summary().requests >= requests) signal("SIGINT");
				else setImmediate(look);
			};
			setImmediate(look);
		};
	}

	it("by Ctrl-C leaves what was said until then", async () => {
		const world = await createWorld({ faults: ["poll:hang-before"] });
		const { code } = await world.run(image, { during: whenAsked(world, 2) });
		expect(code).toBe(130);
		expect(exchanges(world)).toEqual([
			expect.stringMatching(/^POST .* 201$/),
			expect.stringMatching(/^GET .* 0$/),
		]);
		expect(readHar(world.cwd).entries[1].comment).toBe("left before its end");
	});

	it("by a failure does so too", async () => {
		const world = await createWorld({ faults: ["post:no-credit"] });
		const { code } = await world.run(image);
		expect(code).toBe(5);
		expect(exchanges(world)).toEqual([expect.stringMatching(/^POST .* 402$/)]);
	});

	it.skipIf(process.platform === "win32")(
		"by a second Ctrl-C tells what is under way",
		async (context) => {
			const shell = await createShell(context, {
				faults: ["post:hang-after@1"],
			});
			const running = shell.start([...image, ...soon]);
			await shell.asked(1);
			running.kill("SIGTERM");
			await running.says("Interrupted");
			running.kill("SIGTERM");
			await running.ended;
			expect(exchanges(shell)).toEqual([expect.stringMatching(/^POST .* 0$/)]);
		},
	);
});
