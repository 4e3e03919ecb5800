import { expect, test } from "vitest";
import { Failure } from "../../src/errors.ts";
import type { Job } from "../../src/purchase/job.ts";
import type { Reservations } from "../../src/purchase/limits/reservations.ts";
import { recordFiles } from "../record-files.ts";
import { failureOf, type JobWorld, jobWorld } from "./job-world.ts";
import { ledgerLine } from "./sample-line.ts";

const sent = "2026-11-03T12:00:00.000Z";

/** One of several jobs that want files of their own. */
function holdImage(world: JobWorld, ref: string) {
	const output = { path: null, force: false, sidecar: false, formats: [] };
	return world.hold({ ref, output }, ref);
}

/** Two orders under a limit, of which the first has left. */
async function oneOfTwoLeft(maxMicros: number) {
	const world = await jobWorld({}, {}, { maxMicros });
	const { admission } = world.context;
	const first = await holdImage(world, "a");
	const second = await holdImage(world, "b");
	await admission.admit(first, world.context);
	const waiting = admission.admit(second, world.context);
	return { world, admission, first, second, waiting };
}

test("an order is on disk as sending, with its account and the time of this step, before it may leave", async () => {
	const world = await jobWorld();
	const held = await world.hold({ createdAt: "2026-11-02T23:59:59.000Z" });
	expect(await world.context.admission.admit(held, world.context)).toEqual({
		state: "admitted",
	});
	expect(await world.jobOnDisk()).toMatchObject({
		account: "account-1",
		stage: { name: "sending", sentAt: sent },
	});
});

test("an image that another process brought meanwhile is not bought, whoever planned it", async () => {
	const world = await jobWorld();
	const held = await world.hold();
	const line = ledgerLine({ key: "job" });
	await world.ledger.append(line);
	expect(await world.context.admission.admit(held, world.context)).toEqual({
		state: "saved",
		lines: [line],
	});
	expect(held.job.stage.name).toBe("planned");
});

test("under a limit the first bill is awaited, and then as many leave as fit", async () => {
	const { world, admission, first, second, waiting } =
		await oneOfTwoLeft(130_000);
	const third = await holdImage(world, "c");
	const refused = failureOf(admission.admit(third, world.context));
	expect(second.job.stage.name).toBe("planned");
	admission.settle(first.job, 60_000);
	expect(await waiting).toEqual({ state: "admitted" });
	admission.settle(second.job, 60_000);
	expect(await refused).toMatchObject({ code: "over_budget" });
	expect(third.job.stage.name).toBe("planned");
});

test("a bill above the price is what the next order is reckoned with", async () => {
	const { admission, first, waiting } = await oneOfTwoLeft(180_000);
	admission.settle(first.job, 120_000);
	expect(await failureOf(waiting)).toMatchObject({ code: "over_budget" });
});

test("an order that waits for room leaves when what is under way cost less", async () => {
	const { admission, first, waiting } = await oneOfTwoLeft(100_000);
	admission.settle(first.job, 10_000);
	expect(await waiting).toEqual({ state: "admitted" });
});

test("under a limit of the day an order that does not fit is back at planned", async () => {
	const world = await jobWorld({}, {}, { maxMicrosPerDay: 100_000 });
	await world.ledger.append(ledgerLine({ finishedAt: sent }));
	const held = await world.hold();
	const failure = await failureOf(
		world.context.admission.admit(held, world.context),
	);
	expect(failure).toMatchObject({ code: "over_budget", charged: "no" });
	expect(held.job.stage.name).toBe("planned");
});

test("two processes that send at once under a limit of the day that has room for one send one", async () => {
	const limits = { maxMicrosPerDay: 60_000 };
	const world = await jobWorld({}, {}, limits);
	const held = [await holdImage(world, "a"), await holdImage(world, "b")];
	// Nobody settles what is sent, so that the other waits until its time is over.
	const deadlineMs = world.clock.elapsed() + 1_000;
	const outcomes = await Promise.all(
		held.map((one) =>
			world.context.admission.admit(one, { ...world.context, deadlineMs }).then(
				() => "admitted",
				(failure: Failure) => failure.code,
			),
		),
	);
	expect(outcomes.sort()).toEqual(["admitted", "over_budget"]);
});

test("an order that waits for room of the day writes nothing while there is none", async () => {
	const world = await jobWorld({}, {}, { maxMicrosPerDay: 60_000 });
	const { admission } = world.context;
	await admission.admit(await holdImage(world, "a"), world.context);
	const deadlineMs = world.clock.elapsed() + 5_000;
	const waiting = await holdImage(world, "b");
	const writes: string[] = [];
	recordFiles(({ kind, path }) => {
		if (kind === "write") writes.push(path);
	});
	const ended = admission.admit(waiting, { ...world.context, deadlineMs });
	expect(await failureOf(ended)).toMatchObject({ code: "over_budget" });
	// Once as sending and once back.
	expect(writes).toHaveLength(2);
});

test("a bill that comes while an order looks for room is not missed", async () => {
	let isSettled = false;
	const reservations: Reservations = {
		check() {},
		cancel() {},
		leave() {},
		settle() {
			isSettled = true;
		},
		reserve(order) {
			if (isSettled) return "reserved";
			queueMicrotask(() => world.context.admission.settle(order as Job, 1));
			return "wait";
		},
	};
	const world = await jobWorld({}, {}, { reservations });
	const held = await world.hold();
	expect(await world.context.admission.admit(held, world.context)).toEqual({
		state: "admitted",
	});
});

test("what is stopped sends nothing, not even what waits for room", async () => {
	const { world, second, waiting } = await oneOfTwoLeft(60_000);
	world.noMore.abort(new Failure("interrupted", "stopped by SIGINT"));
	expect(await failureOf(waiting)).toMatchObject({
		code: "interrupted",
		charged: "no",
	});
	expect(second.job.stage.name).toBe("planned");
});

test("the wait for room ends with the command", async () => {
	const { world, waiting } = await oneOfTwoLeft(60_000);
	world.interrupt();
	expect((await failureOf(waiting)).code).toBe("interrupted");
});
