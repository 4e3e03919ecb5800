import { describe, expect, it } from "vitest";
import { openFactStore } from "../../src/purchase/service-facts.ts";
import { localServer } from "../local-server.ts";
import { realTime } from "./real-time.ts";
import { createShell } from "./shell.ts";
import { answer, createWorld } from "./world.ts";

const live = ["doctor", "--live", "-m", "lightning", "-o", "x.jpg", "--json"];

it("buys one image, tells what only a purchase can say, and keeps it", async () => {
	const world = await realTime();
	const { code, found } = await world.run([...live, "-y"]);
	expect([code, world.files(), world.bought()]).toEqual([0, ["x.jpg"], 1]);
	expect(found).toMatchObject({
		"first state": { status: "ok", first_status: "queued" },
		outputs: { status: "ok", outputs_at: "output.outputs" },
		"link's life": { status: "ok", link_seconds: 600 },
		ranges: { status: "ok", ranges: true, etag: true },
		cost: { status: "ok", cost_usd: 0.003 },
		"listed after": { status: "ok", listing_delay_ms: expect.any(Number) },
	});
	expect(found).not.toHaveProperty("same key");
	expect(Object.keys(world.facts())).toHaveLength(7);
	const later = await world.run(["doctor"]);
	expect(later.stdout).toMatch(
		/✔ ok {7}seen live {7}on \d{4}-\d\d-\d\d: an image of bytedance\/sd-xl-lightning, first state queued, outputs at output\.outputs, /,
	);
});

it("notes what is otherwise than assumed", async () => {
	const world = await realTime({
		faults: ["image:no-range", "link:shape-url"],
		priceUsd: 0.05,
	});
	const { code, found } = await world.run([...live, "-y"]);
	expect(code).toBe(0);
	expect(found).toMatchObject({
		outputs: { status: "note", outputs_at: "output.url" },
		ranges: { status: "note", ranges: false, http_status: 200 },
		cost: {
			status: "note",
			message: expect.stringMatching(/^\$0\.05, .*our table has \$0\.003/),
		},
		"listed after": { status: "ok" },
	});
	expect(world.facts()).toMatchObject({ ranges: false, cost_usd: 0.05 });
});

it("later commands look for an order whose answer is lost twice as long as listings were seen to take", async () => {
	const world = await createWorld({ faults: ["post:reset-before@1"] });
	const facts = openFactStore(world.state);
	const seenAt = "2026-11-03T12:00:00.000Z";
	const seen = { listing_delay_ms: 5_000 };
	await facts.add(world.sandbox.apiUrl, seen, seenAt);
	expect((await world.run(["a lighthouse", "-o", "x.jpg"])).code).toBe(0);
	const until10s = [250, 750, 1_000, 2_000, 4_000, 2_000];
	expect(world.clock.sleeps.slice(0, 6)).toEqual(until10s);
});

describe("an order that is sent again under its key", () => {
	it("buys nothing where the service honours it", async () => {
		const world = await realTime();
		const { code, found } = await world.run([...live, "-y", "--replay-key"]);
		expect([code, world.files(), world.bought()]).toEqual([0, ["x.jpg"], 1]);
		expect(found["same key"]).toMatchObject({
			status: "ok",
			idempotency_key: "honoured",
		});
		expect([world.facts().idempotency_key, world.jobs()]).toEqual([
			"honoured",
			[],
		]);
		expect(world.ledger()).toHaveLength(1);
	});

	it.each([
		["is answered", []],
		["gets lost", ["post:reset-after@2"]],
	])(
		"that the service ignores buys a second image, which is saved: its answer %s",
		async (_what, faults) => {
			const world = await realTime({
				faults: ["post:no-idempotency", ...faults],
			});
			const { code, found } = await world.run([...live, "-y", "--replay-key"]);
			expect([code, world.files(), world.bought()]).toEqual([
				0,
				["x-again.jpg", "x.jpg"],
				2,
			]);
			expect(found["same key"]).toMatchObject({
				status: "note",
				idempotency_key: "ignored",
			});
			const refs = world.ledger().map(({ record }) => record.client_ref);
			expect(new Set(refs).size).toBe(2);
			expect(world.jobs()).toEqual([]);
		},
	);

	it("is held to the limit", async () => {
		const world = await realTime({ faults: ["post:no-idempotency"] });
		const { found } = await world.run([
			...live,
			...["-y", "--replay-key", "--max-cost", "0.004"],
		]);
		expect([world.files(), world.bought()]).toEqual([["x.jpg"], 1]);
		expect(found["same key"]).toMatchObject({
			status: "note",
			message: expect.stringContaining("would pass the limit"),
		});
	});

	it("is brought by resume where a kill came between, and is not taken for the first", async (context) => {
		const shell = await createShell(context, {
			faults: ["post:no-idempotency", "post:hang-after@2"],
		});
		const running = shell.start([...live, "-y", "--replay-key"]);
		while (shell.sandbox.summary().bought < 2)
			await new Promise((resolve) => setImmediate(resolve));
		running.kill("SIGKILL");
		await running.ended;
		expect(shell.files()).toEqual(["x.jpg"]);
		const { code } = await shell.run(["resume"]);
		expect([code, shell.files()]).toEqual([0, ["x-again.jpg", "x.jpg"]]);
		expect([shell.sandbox.summary().bought, shell.jobs()]).toEqual([2, []]);
	});
});

describe("nothing is bought", () => {
	it("where a check failed", async () => {
		const world = await realTime({ faults: ["list:forbidden"] });
		const { code } = await world.run([...live, "-y"]);
		expect([code, world.bought()]).toEqual([4, 0]);
	});

	it("where nobody is there to ask", async () => {
		const world = await realTime();
		const { code, stderr } = await world.run(live);
		expect([code, world.bought(), world.jobs()]).toEqual([5, 0, []]);
		expect(stderr).toContain("for $0.003?");
		expect(stderr).toContain("--yes");
	});

	it("where the answer is no", async () => {
		const world = await realTime();
		const { code } = await world.run(live, {
			tty: { stdin: true, stderr: true },
			during: answer("for $0.003?", "n\r"),
		});
		expect([code, world.bought(), world.jobs()]).toEqual([5, 0, []]);
	});

	it("beyond a limit", async () => {
		const world = await realTime();
		const { code } = await world.run([...live, "-y", "--max-cost", "0.002"]);
		expect([code, world.bought(), world.jobs()]).toEqual([5, 0, []]);
	});

	it("by --replay-key alone", async () => {
		const world = await realTime();
		const { code, stderr } = await world.run(["doctor", "--replay-key"]);
		expect([code, world.bought()]).toEqual([2, 0]);
		expect(stderr).toContain("flux-ultra doctor --live --replay-key");
	});
});

it("the second question is asked apart, and a no leaves it", async () => {
	const world = await realTime();
	const { code, found } = await world.run([...live, "--replay-key"], {
		tty: { stdin: true, stderr: true },
		during(runtime) {
			answer("for $0.003?", "y\r")(runtime);
			answer("second image for $0.003.", "n\r")(runtime);
		},
	});
	expect([code, world.bought()]).toEqual([0, 1]);
	expect(found["same key"]).toMatchObject({ status: "skipped" });
});

describe("--report", () => {
	it("holds all that was found and the run as it came, without the signatures of its links", async () => {
		const world = await realTime();
		const argv = [...live, "-y", "--report", "r.json"];
		const { code, stderr, records } = await world.run(argv);
		expect([code, world.files()]).toEqual([0, ["r.json", "x.jpg"]]);
		expect(stderr).toMatch(/^report in r\.json: .* left out$/m);
		const text = world.text("r.json");
		const { findings, run, ...head } = JSON.parse(text);
		expect(head).toMatchObject({ report: "flux-ultra doctor", version: 1 });
		expect(findings).toHaveLength(records.length - 1);
		expect(run).toMatchObject({ status_code: "succeeded", cost: "0.003" });
		expect(run.output.outputs[0].url).toMatch(/\?redacted$/);
		expect(text).not.toContain(world.home);
		// A report of ours may be written anew.
		expect((await world.run(["doctor", "--report", "r.json"])).code).toBe(0);
	});

	it("leaves out a key that the service repeats, whatever it looks like", async () => {
		const world = await realTime();
		const { url } = await localServer(({ headers }, response) => {
			const { authorization } = headers;
			response.statusCode = authorization ? 401 : 200;
			response.setHeader("content-type", "application/json");
			response.end(JSON.stringify({ message: `not ${authorization}` }));
		});
		const env = { FLUX_ULTRA_API_URL: url, RUNFLOW_API_KEY: "plain-words" };
		const argv = ["doctor", "--report", "r.json"];
		expect((await world.run(argv, { env })).code).toBe(4);
		const text = world.text("r.json");
		expect(text).toContain("from RUNFLOW_API_KEY: ");
		expect(text).not.toContain("plain-words");
	});

	it("replaces nobody's file, and says so before anything is sent", async () => {
		const world = await realTime();
		world.write("r.json", "{}");
		const argv = [...live, "-y", "--report", "r.json"];
		const { code, stderr } = await world.run(argv);
		expect([code, world.sandbox.summary().requests]).toEqual([2, 0]);
		expect(stderr).toContain("r.json exists and is no report of doctor");
	});
});
