import { expect, it } from "vitest";
import type { JobEvent } from "../../src/events.ts";
import type { JobContext } from "../../src/purchase/context.ts";
import { createPoller } from "../../src/purchase/poll/poller.ts";
import type { RunflowClient } from "../../src/runflow/client.ts";
import type { Run } from "../../src/runflow/schemas.ts";
import { FakeClock } from "../fake-clock.ts";
import { makeRun, problem, reset } from "./fake-client.ts";

type Answer = readonly Run[] | Error;

/** A service whose listings follow a script, the last of it for ever; each run asked for alone has ended. */
function createService(listings: readonly Answer[]) {
	const clock = new FakeClock();
	const startMs = clock.now();
	const asked: string[] = [];
	const events: JobEvent[] = [];
	const controller = new AbortController();
	const left = [...listings];
	async function list(what: string): Promise<readonly Run[]> {
		asked.push(what);
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
		likelyEndMs: { from: 3_000, to: 15_000 },
		resumeCommand: "flux-ultra resume",
		emit: (event: JobEvent) => events.push(event),
	} as unknown as JobContext;
	const poller = createPoller();
	return {
		clock,
		asked,
		events,
		controller,
		notes: () => events.filter(({ type }) => type === "note"),
		wait: (id: string, ref = "group", deadlineMs = context.deadlineMs) =>
			poller.waitForEnd(id, ref, startMs, { ...context, deadlineMs }),
	};
}

const running = (id: string) => makeRun({ id, state: "running" });
const ended = (id: string) => makeRun({ id, state: "succeeded" });

it("one listing looks at all runs, and each wait ends with its own", async () => {
	const service = createService([
		[running("a"), running("b"), running("c")],
		[ended("a"), running("b"), makeRun({ id: "c", state: "failed" })],
		[ended("b")],
	]);
	const found = await Promise.all(
		["a", "b", "c"].map((id) => service.wait(id)),
	);
	expect(found.map(({ id, state }) => `${id} ${state}`)).toEqual([
		"a succeeded",
		"b succeeded",
		"c failed",
	]);
	expect(service.asked).toEqual(["group 100", "group 100", "group 100"]);
	expect(service.events).toHaveLength(4);
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

it("a few references are each listed, many are looked for among the newest of the account", async () => {
	const few = createService([[ended("a"), ended("b")]]);
	await Promise.all([few.wait("a", "one"), few.wait("b", "two")]);
	expect(few.asked).toEqual(["one 100", "two 100"]);
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
	expect(service.asked.filter((what) => what === "lost")).toHaveLength(1);
	expect(service.asked).not.toContain("a");
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
	const service = createService([...trouble, reset, [ended("a")]]);
	expect(await service.wait("a")).toMatchObject({ state: "succeeded" });
	expect(service.notes()).toHaveLength(4);
	const [first = 0, second = 0, ...later] = service.clock.sleeps;
	expect([first, second]).toEqual([250, 250]);
	expect(later.every((ms) => ms > 250)).toBe(true);
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
		message: "run slow is still going on",
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
	expect(service.asked).toEqual(["group 100", "group 100"]);
});
