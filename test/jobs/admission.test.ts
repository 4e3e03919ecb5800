import { expect, test } from "vitest";
import { Failure } from "../../src/errors.ts";
import { failureOf, jobWorld } from "./job-world.ts";
import { ledgerLine } from "./sample-line.ts";

const sent = "2026-11-03T12:00:00.000Z";

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
	const world = await jobWorld({}, {}, { maxMicros: 180_000 });
	const { admission } = world.context;
	const jobs = await Promise.all(
		["a", "b", "c"].map((ref) =>
			world.hold(
				{
					ref,
					output: { path: null, force: false, sidecar: false, formats: [] },
				},
				ref,
			),
		),
	);
	const [first, second, third] = jobs;
	if (!first || !second || !third) expect.fail();
	await admission.admit(first, world.context);
	const rest = [second, third].map((held) =>
		admission.admit(held, world.context).then(
			() => "admitted",
			(failure: Failure) => failure.code,
		),
	);
	// The bill is twice the price: of the other two one fits no more.
	admission.settle(first.job, 120_000);
	admission.settle(second.job, 120_000);
	expect(await Promise.all(rest)).toEqual(["over_budget", "over_budget"]);
	expect(second.job.stage.name).toBe("planned");
});

test("an order that waits for room leaves when what is under way cost less", async () => {
	const world = await jobWorld({}, {}, { maxMicros: 100_000 });
	const { admission } = world.context;
	const output = { path: null, force: false, sidecar: false, formats: [] };
	const first = await world.hold({ ref: "a", output }, "a");
	const second = await world.hold({ ref: "b", output }, "b");
	await admission.admit(first, world.context);
	const waiting = admission.admit(second, world.context);
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
	const output = { path: null, force: false, sidecar: false, formats: [] };
	const held = [
		await world.hold({ ref: "a", output }, "a"),
		await world.hold({ ref: "b", output }, "b"),
	];
	// Nobody settles what is sent, so that the other waits until its time is over.
	const outcomes = await Promise.all(
		held.map((one) =>
			world.context.admission.admit(one, world.context).then(
				() => "admitted",
				(failure: Failure) => failure.code,
			),
		),
	);
	expect(outcomes.sort()).toEqual(["admitted", "over_budget"]);
});

test("what is stopped sends nothing, not even what waits for room", async () => {
	const world = await jobWorld({}, {}, { maxMicros: 60_000 });
	const { admission } = world.context;
	const output = { path: null, force: false, sidecar: false, formats: [] };
	const first = await world.hold({ ref: "a", output }, "a");
	const second = await world.hold({ ref: "b", output }, "b");
	await admission.admit(first, world.context);
	const waiting = failureOf(admission.admit(second, world.context));
	world.noMore.abort(new Failure("interrupted", "stopped by SIGINT"));
	expect(await waiting).toMatchObject({ code: "interrupted", charged: "no" });
	expect(second.job.stage.name).toBe("planned");
});

test("the wait for room ends with the command", async () => {
	const world = await jobWorld({}, {}, { maxMicros: 60_000 });
	const { admission } = world.context;
	const output = { path: null, force: false, sidecar: false, formats: [] };
	const first = await world.hold({ ref: "a", output }, "a");
	const second = await world.hold({ ref: "b", output }, "b");
	await admission.admit(first, world.context);
	const waiting = failureOf(admission.admit(second, world.context));
	world.interrupt();
	expect((await waiting).code).toBe("interrupted");
});
