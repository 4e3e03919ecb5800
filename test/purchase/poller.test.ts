import { setMaxListeners } from "node:events";
import { expect, it } from "vitest";
import type { JobEvent } from "../../src/events.ts";
import type { PollContext } from "../../src/purchase/context.ts";
import { createPoller } from "../../src/purchase/poll/poller.ts";
import type { RunflowClient } from "../../src/runflow/client.ts";
import type { Run } from "../../src/runflow/schemas.ts";
import { FakeClock } from "../fake-clock.ts";
import { makeRun, problem, reset } from "./fake-client.ts";
import { newModel } from "./job-world.ts";

type Answer = readonly Run[] | Error;

/** A service whose listings follow a script, the last of it for ever; each run asked for alone has ended. */
function createService(listings: readonly Answer[]) {
	const clock = new FakeClock();
	const startMs = clock.now();
	const asked: string[] = [];
	const listedAtMs: number[] = [];
	const events: JobEvent[] = [];
	const controller = new AbortController();
	setMaxListeners(0, controller.signal);
	const left = [...listings];
	async function list(what: string): Promise<readonly Run[]> {
		asked.push(what);
		listedAtMs.push(clock.elapsed() - startMs);
		const answer = left.length > 1 ? left.shift() : left[0];
		if (answer instanceof Error) throw answer;
		return answer ?? [];
	}
	const client: Partial<RunflowClient> = {
		listGroup: (ref, limit) => list(`${ref} ${limit}`),
		listRuns: (limit) => list(`newest ${limit}`),
		async readRun(id) {
			asked.push(id);
			return makeRun({ id, state: "succeeded" });
		},
	};
	const context = {
		client,
		clock,
		random: () => 0.5,
		signal: controller.signal,
		deadlineMs: startMs + 60_000,
		runTimes: newModel,
		command: (words: string) => `flux-ultra ${words}`,
		emit: (event: JobEvent) => events.push(event),
	} as unknown as PollContext;
	const poller = createPoller();
	return {
		clock,
		asked,
		listedAtMs,
		events,
		controller,
		notes: () => events.filter(({ type }) => type === "note"),
		wait: (id: string, ref = "group", deadlineMs = context.deadlineMs) =>
			poller.waitForEnd(
				{ id, clientRef: ref, submittedAtMs: startMs, known: running(id) },
				{ ...context, deadlineMs },
			),
	};
}

const running = (id: string) => makeRun({ id, state: "running" });
const ended = (id: string) => makeRun({ id, state: "succeeded" });

it("one listing looks at all runs, and each wait ends with its own", async () => {
	const service = createService([
		[running("a"), running("b"), running("c")],
		[ended("a"), running("b"), makeRun({ id: "c", state: "canceled" })],
		[ended("b")],
	]);
	const found = await Promise.all(
		["a", "b", "c"].map((id) => service.wait(id)),
	);
	expect(found.map(({ id, state }) => `${id} ${state}`)).toEqual([
		"a succeeded",
		"b succeeded",
		"c canceled",
	]);
	expect(service.asked).toEqual(["group 100", "group 100", "b"]);
	expect(service.notes()).toEqual([]);
});

it("the page is twice as long as there are runs under way, and at most what the service shows", async () => {
	const many = Array.from({ length: 300 }, (_, at) => `run-${at}`);
	for (const [count, page] of [
		[80, 160],
		[300, 500],
	] as const) {
		const service = createService([many.map(ended)]);
		await Promise.all(many.slice(0, count).map((id) => service.wait(id)));
		expect(service.asked).toEqual([`group ${page}`]);
	}
});

it.each([
	[4, 250],
	[20, 200],
	[64, 100],
	[500, 100],
])(
	"of %i runs two listings are %i ms apart where all are likely to end",
	async (count, gapMs) => {
		const ids = Array.from({ length: count }, (_, at) => `${at}`);
		const goingOn = Array.from({ length: 40 }, () => ids.map(running));
		const service = createService([...goingOn, ids.map(ended)]);
		await Promise.all(ids.map((id) => service.wait(id)));
		const { listedAtMs } = service;
		const gaps = listedAtMs.map((ms, at) => ms - (listedAtMs[at - 1] ?? 0));
		expect(Math.min(...gaps.slice(1))).toBe(gapMs);
	},
);

it("the last runs of a wide batch are looked at as closely as the many before them", async () => {
	const ids = Array.from({ length: 64 }, (_, at) => `${at}`);
	const last = ids.map((id, at) => (at < 4 ? running(id) : ended(id)));
	const service = createService([
		...Array.from({ length: 30 }, () => ids.map(running)),
		...Array.from({ length: 40 }, () => last),
		ids.map(ended),
	]);
	await Promise.all(ids.map((id) => service.wait(id)));
	const times = service.listedAtMs.slice(31, 71);
	const gaps = times.slice(1).map((ms, at) => ms - (times[at] ?? 0));
	expect(Math.min(...gaps)).toBe(100);
});

it("a few references are each listed, a run that shares none is read, and many are looked for among the newest of the account", async () => {
	const few = createService([["a", "b", "c", "d"].map(ended)]);
	await Promise.all([
		...["a", "b"].map((id) => few.wait(id, "one")),
		...["c", "d"].map((id) => few.wait(id, "two")),
		few.wait("e", "own"),
	]);
	expect(few.asked).toEqual(["one 100", "two 100", "e"]);
	const ids = ["a", "b", "c", "d", "e"];
	const many = createService([ids.map(ended)]);
	await Promise.all(ids.map((id) => many.wait(id, `own ${id}`)));
	expect(many.asked).toEqual(["newest 100"]);
});

it("a run that the listing leaves out three times is asked for alone, and the others are not", async () => {
	const service = createService([
		[running("a")],
		[running("a")],
		[running("a")],
		[ended("a")],
	]);
	await Promise.all([service.wait("a"), service.wait("lost")]);
	const listings = Array(3).fill("group 100");
	expect(service.asked).toEqual([...listings, "lost", "a"]);
});

it("a run that has failed by a listing, which does not say why, is read", async () => {
	const failed = makeRun({ id: "a", state: "failed" });
	const told = { ...failed, failure: { message: "out of memory" } };
	const service = createService([
		[failed, ended("b")],
		[told, ended("b")],
	]);
	await Promise.all([service.wait("a"), service.wait("b")]);
	expect(service.asked).toEqual(["group 100", "a"]);
	await Promise.all([service.wait("a"), service.wait("b")]);
	expect(service.asked.slice(2)).toEqual(["group 100"]);
});

it.each([400, 403, 404, 405, 422])(
	"where the listing is refused with %i each is asked for alone, which is said once",
	async (status) => {
		const service = createService([problem(status)]);
		await Promise.all(["a", "b", "c"].map((id) => service.wait(id)));
		await service.wait("later");
		expect([...service.asked].sort()).toEqual(
			["a", "b", "c", "group 100", "later"].sort(),
		);
		expect(service.notes()).toEqual([
			{
				type: "note",
				text: `runs can't be listed (HTTP ${status}): each is asked for by itself`,
			},
		]);
	},
);

it("a refused key ends every wait", async () => {
	const service = createService([problem(401)]);
	const waits = await Promise.allSettled([
		service.wait("a"),
		service.wait("b"),
	]);
	expect(
		waits.map((one) => one.status === "rejected" && one.reason.code),
	).toEqual(["auth", "auth"]);
	expect(service.asked).toEqual(["group 100"]);
});

it("resets, 5xx and pages of a proxy are waited out, ever longer", async () => {
	const trouble = [reset, problem(503), problem(403, { fromService: false })];
	const service = createService([...trouble, reset, [ended("a"), ended("b")]]);
	const begunMs = service.clock.elapsed();
	await Promise.all([service.wait("a"), service.wait("b")]);
	expect(service.notes()).toHaveLength(4);
	expect(service.clock.elapsed() - begunMs).toBeGreaterThan(3_000 + 7_000);
});

it("what stays beyond its time is left to a later command, the others are waited for", async () => {
	const service = createService([
		...Array(8).fill([running("a"), running("slow")]),
		[ended("a"), running("slow")],
	]);
	const [fine, late] = await Promise.allSettled([
		service.wait("a"),
		service.wait("slow", "group", service.clock.now() + 1_000),
	]);
	expect(fine.status).toBe("fulfilled");
	expect(late.status === "rejected" && late.reason).toMatchObject({
		code: "timeout",
		message: "run slow is still going on after 1 s",
		hint: "it is paid and nothing is lost: flux-ultra resume",
		charged: "yes",
		retryable: true,
	});
});

it("an interrupt ends every wait at once", async () => {
	const service = createService([[running("a"), running("b")]]);
	const waits = Promise.allSettled([service.wait("a"), service.wait("b")]);
	service.controller.abort("interrupted");
	expect(await waits).toEqual([
		{ status: "rejected", reason: "interrupted" },
		{ status: "rejected", reason: "interrupted" },
	]);
	expect(service.asked).toEqual([]);
});

it("after a pause it looks again for runs that come later", async () => {
	const service = createService([[ended("a"), ended("b")]]);
	await service.wait("a");
	await service.wait("b");
	expect(service.asked).toEqual(["a", "b"]);
});
