import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { commandOf, readTable } from "./read-table.ts";
import { patientClock } from "./real-time.ts";
import { createWorld, type Outcome, type World } from "./world.ts";

// The sandbox calls back in real time, so these commands live in it as well, with runs that are short. No wait of theirs is over by itself: what ends it is a callback.
const real = { runtime: { clock: patientClock(undefined, 1) } };

async function createListeningWorld(
	faults: readonly string[] = [],
): Promise<World> {
	const world = await createWorld({
		latencyMs: 60,
		size: { width: 16, height: 16 },
		now: Date.now,
		faults,
		callbackRetryMs: [20, 40],
	});
	const { code } = await world.run(["auth", "callback-secret"], real);
	expect(code).toBe(0);
	return world;
}

/** Requests that ask how runs are: listings, and runs read by themselves. */
function looks({ sent }: Outcome): readonly [number, number] {
	const asked = sent.filter(({ method }) => method === "GET");
	return [
		asked.filter(({ url }) => url.pathname === "/v1/runs").length,
		asked.filter(({ url }) => url.pathname.startsWith("/v1/runs/")).length,
	];
}

describe("--listen", () => {
	it("one image is told of, and read once", async () => {
		const world = await createListeningWorld();
		const outcome = await world.run(
			["a.", "-o", "x.jpg", "--listen", "0"],
			real,
		);
		expect([outcome.code, world.files(), looks(outcome)]).toEqual([
			...[0, ["x.jpg"], [0, 1]],
		]);
		const order = outcome.sent.find(({ body }) => body);
		expect(JSON.parse(order?.body ?? "").callback_url).toMatch(
			/^http:\/\/127\.0\.0\.1:\d+$/,
		);
	});

	it("of a batch of 60 each run is read once, and none is looked for", async () => {
		const world = await createListeningWorld();
		const rows = Array.from({ length: 60 }, (_, at) => `a ${at}`);
		world.write("rows", rows.join("\n"));
		const batch = ["batch", "rows", "-o", "out/", "-y", "-p", "15"];
		const outcome = await world.run([...batch, "--listen", "0"], real);
		expect([outcome.code, world.files().length - 1]).toEqual([0, 60]);
		expect(world.bought()).toBe(60);
		expect(looks(outcome)).toEqual([0, 60]);
	});

	it("a forged callback changes nothing, and is told", async () => {
		const world = await createListeningWorld(["callback:forged"]);
		let tell = () => {};
		const isTold = new Promise<void>((resolve) => {
			tell = resolve;
		});
		const ended = await world.run(
			["a.", "-o", "x.jpg", "--listen", "0", "--timeout", "1s"],
			{
				runtime: { clock: patientClock(() => isTold.then(setImmediate), 1) },
				during({ stderr }) {
					const write = stderr.write.bind(stderr);
					const watched = (...all: Parameters<typeof write>) => {
						if (String(all[0]).includes("signature")) tell();
						return write(...all);
					};
					Object.assign(stderr, { write: watched });
				},
			},
		);
		// It says that the run failed; the service itself is asked at the end of the time.
		expect([ended.code, world.files(), looks(ended)]).toEqual([
			...[0, ["x.jpg"], [0, 1]],
		]);
		expect(ended.stderr).toMatch(/note: .*callback.*signature/);
	});

	it("the built-in sandbox needs no preparation", async () => {
		const world = await createWorld();
		const { code, stderr } = await world.run(
			["a.", "-o", "x.jpg", "--sandbox", "--listen", "0"],
			real,
		);
		expect([code, stderr.includes("note:")]).toEqual([0, false]);
	});

	it.each(
		readTable(`
no secret | --listen 0 | config | flux-ultra auth callback-secret
a service that cannot reach it | FLUX_ULTRA_API_URL=https://api.example.com --listen 0 | usage | --callback-url https://hooks.example.com/flux
no address | --listen here | usage | for one: 8080
nobody who waits | --listen 0 --no-wait | usage | leave
`),
	)("%s is refused, and nothing sent", async (_what, line, code, hint) => {
		const world = await createWorld();
		const { words, env } = commandOf(line);
		const outcome = await world.run(["a.", ...words, "--json"], { env });
		expect([outcome.code, outcome.records, outcome.sent]).toMatchObject([
			2,
			[{ error: { code, hint: expect.stringContaining(hint) } }],
			[],
		]);
	});

	it("a plan opens nothing", async () => {
		const world = await createWorld();
		const { code, sent } = await world.run([
			...["a.", "--listen", "0", "--dry-run"],
		]);
		expect([code, sent]).toEqual([0, []]);
	});
});
