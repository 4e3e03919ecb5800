import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { FakeRuntime } from "../fake-runtime.ts";
import {
	createRowsWorld,
	prompts,
	purchases,
	statuses,
} from "../orders/rows-world.ts";

/** Interrupts the command once this is so. */
function interruptWhen(isSo: () => boolean) {
	let isOver = false;
	onTestFinished(() => {
		isOver = true;
	});
	return {
		during(runtime: FakeRuntime) {
			const look = () => {
				if (isSo()) runtime.signal("SIGINT");
				else if (!isOver) setImmediate(look);
			};
			setImmediate(look);
		},
	};
}

it("Ctrl-C buys no more, brings home what is paid, ends with 130 and names the command; that finishes", async () => {
	const world = await createRowsWorld(prompts(16), { latencyMs: 20_000 });
	const words = ["--json", "-p", "3", "--project", "two words"];
	const stopped = await world.batch(
		words,
		interruptWhen(() => world.sandbox.summary().bought >= 4),
	);
	const { bought, images } = world.totals();
	expect([stopped.code, images, world.jobs()]).toEqual([130, bought, []]);
	expect(bought).toBeLessThan(16);
	expect(statuses(stopped)).toEqual({ saved: bought, failed: 16 - bought });
	expect(
		new Set(stopped.records.flatMap(({ error }) => error?.code ?? [])),
	).toEqual(new Set(["interrupted"]));
	const command =
		"flux-ultra batch rows -o out/ --json -p 3 --project 'two words'";
	expect(stopped.stderr).toMatch(
		/Stopping: nothing more is bought; \d images? (is|are) on the way home\. Ctrl-C again leaves them to: flux-ultra batch rows/,
	);
	expect(stopped.stderr.trim().split("\n").at(-1)).toBe(`To go on: ${command}`);
	// Rows that were not begun have no line of their own.
	expect(stopped.stderr).not.toContain("stopped by SIGINT");
	const finished = await world.batch(words);
	expect([finished.code, purchases(finished), world.totals()]).toEqual([
		0,
		16 - bought,
		{ bought: 16, images: 16 },
	]);
});

it("after Ctrl-C an order that waits for its next try is not sent any more", async () => {
	const world = await createRowsWorld(prompts(3), { faults: ["post:429"] });
	const stopped = await world.batch(
		["--json"],
		// The balance, and the first try of each.
		interruptWhen(() => world.sandbox.summary().requests >= 4),
	);
	expect([stopped.code, statuses(stopped), world.jobs()]).toEqual([
		130,
		{ failed: 3 },
		[],
	]);
	expect(purchases(stopped)).toBeLessThanOrEqual(6);
	world.faults();
	expect(await world.batch()).toMatchObject({ code: 0 });
	expect(world.totals()).toEqual({ bought: 3, images: 3 });
});

it("what takes longer than --timeout is left to the same command: exit 8, and nothing is bought again", async () => {
	const world = await createRowsWorld(prompts(3), {
		faults: ["run:long=10m"],
	});
	const words = ["--json", "--timeout", "30s", "--report", "r.jsonl"];
	const first = await world.batch(words);
	expect([first.code, statuses(first)]).toEqual([8, { pending: 3 }]);
	const told = readFileSync(join(world.cwd, "r.jsonl"), "utf8").trim();
	const files = told
		.split("\n")
		.map((line) => JSON.parse(line).file)
		.sort();
	expect(first.records[0]).toMatchObject({
		charged: "yes",
		cost_usd: 0.06,
		paid_usd: 0.06,
		error: { code: "timeout" },
	});
	expect(first.stderr).toMatch(/\n3 pending of 3 · about \$0\.18 · 30 s\n$/);
	const resumed = await world.run(["resume", "--json", "--timeout", "1s"]);
	expect(resumed.records[0]).toMatchObject({
		charged: "no",
		cost_usd: 0,
		paid_usd: 0.06,
	});
	world.clock.advance(600_000);
	const second = await world.batch(["--json"]);
	expect([second.code, purchases(second), world.totals()]).toEqual([
		0,
		0,
		{ bought: 3, images: 3 },
	]);
	expect(second.records.map(({ file }) => file).sort()).toEqual(files);
});
