import { expect, it } from "vitest";
import { createWakeableSleep } from "../../src/purchase/poll/wakeable-sleep.ts";
import { systemClock } from "../../src/runtime.ts";
import { FakeClock } from "../fake-clock.ts";

const nobody = new AbortController().signal;

it("it lasts as long as was asked for", async () => {
	const clock = new FakeClock();
	const startMs = clock.now();
	await createWakeableSleep().sleep(5_000, clock, nobody);
	expect(clock.now() - startMs).toBe(5_000);
});

it("who is woken goes on at once, and the next sleep is a whole one", async () => {
	const sleep = createWakeableSleep();
	const first = sleep.sleep(3_600_000, systemClock, nobody);
	sleep.wake();
	await first;
	sleep.wake();
	const clock = new FakeClock();
	const startMs = clock.now();
	await sleep.sleep(5_000, clock, nobody);
	expect(clock.now() - startMs).toBe(5_000);
});

it.each([
	["before", true],
	["during", false],
])("an interrupt %s it is thrown with its reason", async (_when, isEarly) => {
	const controller = new AbortController();
	if (isEarly) controller.abort("interrupted");
	const sleep = createWakeableSleep().sleep(
		3_600_000,
		systemClock,
		controller.signal,
	);
	controller.abort("interrupted");
	await expect(sleep).rejects.toBe("interrupted");
});

it("what goes wrong with the clock is not taken for being woken", async () => {
	const clock = {
		now: () => 0,
		elapsed: () => 0,
		sleep: () => Promise.reject(new Error("no time")),
	};
	await expect(createWakeableSleep().sleep(1, clock, nobody)).rejects.toThrow(
		"no time",
	);
});
