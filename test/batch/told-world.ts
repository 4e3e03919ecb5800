import { setMaxListeners } from "node:events";
import { createHintBuffer } from "../../src/callbacks/hints.ts";
import type { JobEvent } from "../../src/events.ts";
import type { PollContext } from "../../src/purchase/context.ts";
import { createPoller } from "../../src/purchase/poll/poller.ts";
import type { RunflowClient } from "../../src/runflow/client.ts";
import type { Run } from "../../src/runflow/schemas.ts";
import { FakeClock } from "../fake-clock.ts";
import { makeRun, problem } from "../purchase/fake-client.ts";
import { newModel } from "../purchase/job-world.ts";

export interface Behaviour {
	/** How long the run of this number takes, from 0. */
	readonly runMs: (number: number) => number;
	/** How long after its end a run is told; undefined where it never is. By default at once. */
	readonly tellMs?: (number: number, nowMs: number) => number | undefined;
	/** How the run of this number ends. By default well. */
	readonly end?: (number: number) => Partial<Run>;
	/** How long after its callback a run is still shown as going on. */
	readonly behindMs?: number;
	/** Status of each listing that is refused. */
	readonly refusal?: number;
	/** Whether the listing shows nothing of any run. */
	readonly isBlind?: boolean;
	/** Whether the listing shows every run as going on. */
	readonly isBehind?: boolean;
	/** How long the answer of a listing is on its way. */
	readonly listMs?: number;
	readonly timeoutMs?: number;
	/** Without the times that the service's own clock gives. */
	readonly isTimeless?: boolean;
}

interface Made {
	readonly number: number;
	readonly startMs: number;
	readonly endMs: number;
}

/** A service by the clock that calls back, and a poller that is told. */
export function toldWorld(behaviour: Behaviour) {
	const { runMs, tellMs = () => 0, end = () => ({}) } = behaviour;
	const clock = new PatientClock();
	const zeroMs = clock.now();
	const hints = createHintBuffer();
	const controller = new AbortController();
	setMaxListeners(0, controller.signal);
	const made: Made[] = [];
	/** When the listing was asked for, and which runs by themselves, in milliseconds from the start. */
	const looks: number[] = [];
	const reads: string[] = [];
	const events: JobEvent[] = [];

	function show({ number, startMs, endMs }: Made): Run {
		const id = `run-${number}`;
		if (clock.now() < endMs + (behaviour.behindMs ?? 0))
			return makeRun({ id, state: "running" });
		const ended = { id, state: "succeeded", ...end(number) } as const;
		if (behaviour.isTimeless) return makeRun(ended);
		const createdAt = iso(startMs);
		const completedAt = iso(endMs);
		// Its clock is not ours.
		return makeRun({ ...ended, createdAt, completedAt });
	}

	async function list(): Promise<readonly Run[]> {
		looks.push(clock.now() - zeroMs);
		if (behaviour.refusal !== undefined) throw problem(behaviour.refusal);
		const runs = behaviour.isBlind ? [] : made.map(show);
		if (behaviour.listMs) await clock.sleep(behaviour.listMs);
		return behaviour.isBehind
			? runs.map(({ id }) => makeRun({ id, state: "running" }))
			: runs;
	}

	const client: Partial<RunflowClient> = {
		listGroup: list,
		listRuns: list,
		async readRun(id) {
			reads.push(id);
			const run = made.find(({ number }) => id === `run-${number}`);
			if (run === undefined) throw problem(404);
			return show(run);
		},
	};
	const context = {
		client,
		clock,
		random: () => 0.5,
		signal: controller.signal,
		runTimes: newModel,
		command: (words: string) => `flux-ultra ${words}`,
		emit: (event: JobEvent) => events.push(event),
	} as unknown as PollContext;
	const poller = createPoller(hints);

	async function call(run: Made, afterMs: number): Promise<void> {
		await clock.sleep(run.endMs - run.startMs + afterMs);
		hints.publish(`run-${run.number}`);
	}

	function make(agoMs = 0): Made {
		const number = made.length;
		const startMs = clock.now() - agoMs;
		const run = { number, startMs, endMs: startMs + runMs(number) };
		made.unshift(run);
		const afterMs = tellMs(number, startMs - zeroMs);
		if (afterMs !== undefined && agoMs === 0) void call(run, afterMs);
		return run;
	}

	return {
		clock,
		hints,
		looks,
		reads,
		events,
		controller,
		notes: () =>
			events.flatMap((event) => (event.type === "note" ? [event.text] : [])),
		/** Makes a run and waits for it; one that was made before has called back to nobody. */
		async run(agoMs = 0): Promise<Run> {
			const { number, startMs } = make(agoMs);
			const timeoutMs = behaviour.timeoutMs ?? 300_000;
			const id = `run-${number}`;
			return poller.waitForEnd(
				{ id, clientRef: "group", submittedAtMs: startMs, known: makeRun() },
				{ ...context, deadlineMs: clock.elapsed() + timeoutMs },
			);
		},
		/** Makes so many runs, some at once; the answer is how long that took, in milliseconds. */
		async batch(count: number, atOnce: number): Promise<number> {
			let left = count;
			const work = async () => {
				while (left > 0) {
					left -= 1;
					await this.run();
				}
			};
			await Promise.all(Array.from({ length: atOnce }, work));
			return clock.now() - zeroMs;
		},
		/** Since the start. */
		elapsedMs: () => clock.now() - zeroMs,
	};
}

/** Knows how many sleep: each of them would keep a process alive. */
class PatientClock extends FakeClock {
	asleep = 0;

	override async sleep(ms: number, signal?: AbortSignal): Promise<void> {
		this.asleep += 1;
		try {
			await super.sleep(ms, signal);
		} finally {
			this.asleep -= 1;
		}
	}
}

function iso(ms: number): string {
	return new Date(ms + 7_000_000).toISOString();
}
