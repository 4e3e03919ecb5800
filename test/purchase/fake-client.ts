import type { Order, RunflowClient } from "../../src/runflow/client.ts";
import type { Lookup, Reference } from "../../src/runflow/listing.ts";
import { ServiceProblem } from "../../src/runflow/problem.ts";
import type { Run } from "../../src/runflow/schemas.ts";
import { WireError } from "../../src/runflow/wire-error.ts";

/** What the service answers to one request: a value, an error, or whatever a function makes of it. */
export type Answer<T> = T | Error | ((signal?: AbortSignal) => T | Promise<T>);

/** The answers to each endpoint, one a request; a request beyond them fails the test. */
export interface Script {
	create?: readonly Answer<Run>[];
	read?: readonly Answer<Run>[];
	find?: readonly Answer<Lookup>[];
	group?: readonly Answer<readonly Run[]>[];
}

/** The endpoints that the steps of a job ask. */
type Asked = Pick<
	RunflowClient,
	"createRun" | "readRun" | "findRuns" | "listGroup"
>;

/** A service in memory that answers by a script and remembers what it was asked. */
export class FakeClient implements Asked {
	readonly orders: Order[] = [];
	readonly reads: string[] = [];
	readonly searches: Reference[] = [];
	readonly #left: {
		readonly create: Answer<Run>[];
		readonly read: Answer<Run>[];
		readonly find: Answer<Lookup>[];
		readonly group: Answer<readonly Run[]>[];
	};

	constructor({ create = [], read = [], find = [], group = [] }: Script = {}) {
		this.#left = {
			create: [...create],
			read: [...read],
			find: [...find],
			group: [...group],
		};
	}

	/** How many answers nobody has asked for, by endpoint. */
	get unused() {
		const { create, read, find, group } = this.#left;
		return create.length + read.length + find.length + group.length;
	}

	createRun(order: Order, signal?: AbortSignal): Promise<Run> {
		this.orders.push(order);
		return answer("createRun", this.#left.create, signal);
	}

	readRun(id: string, signal?: AbortSignal): Promise<Run> {
		this.reads.push(id);
		return answer("readRun", this.#left.read, signal);
	}

	findRuns(reference: Reference, signal?: AbortSignal): Promise<Lookup> {
		this.searches.push({
			ref: reference.ref,
			clientRef: reference.clientRef,
		});
		return answer("findRuns", this.#left.find, signal);
	}

	listGroup(
		_clientRef: string,
		_limit: number,
		signal?: AbortSignal,
	): Promise<readonly Run[]> {
		return answer("listGroup", this.#left.group, signal);
	}
}

async function answer<T>(
	name: string,
	left: Answer<T>[],
	signal: AbortSignal | undefined,
): Promise<T> {
	signal?.throwIfAborted();
	const next = left.shift();
	if (next === undefined) throw new Error(`${name} is not in the script`);
	if (next instanceof Error) throw next;
	return typeof next === "function"
		? (next as (signal?: AbortSignal) => T | Promise<T>)(signal)
		: next;
}

/** A request that is never answered, and ends where it is interrupted. */
export function hang(signal?: AbortSignal): Promise<never> {
	return new Promise((_, reject) => {
		if (signal?.aborted) reject(signal.reason);
		signal?.addEventListener("abort", () => reject(signal.reason));
	});
}

export function makeRun(run: Partial<Run> = {}): Run {
	const state = run.state ?? "queued";
	return {
		id: "run-1",
		state,
		images: 1,
		status: state,
		outputs: [],
		seed: undefined,
		nsfwDetected: false,
		costText: undefined,
		clientRef: undefined,
		jobRef: undefined,
		prompt: undefined,
		durationMs: undefined,
		createdAt: undefined,
		startedAt: undefined,
		completedAt: undefined,
		requestId: undefined,
		failure: {},
		modelId: undefined,
		raw: {},
		...run,
	};
}

/** An error answer of the service itself, or with `fromService: false` of something before it. */
export function problem(
	status: number,
	details: {
		readonly code?: string;
		readonly retryAfterMs?: number;
		readonly fromService?: boolean;
		readonly message?: string;
		readonly missingInputs?: readonly string[];
	} = {},
): ServiceProblem {
	const { message = `HTTP ${status}`, fromService = true, ...rest } = details;
	return new ServiceProblem(message, {
		status,
		requestId: "req-1",
		fromService,
		...rest,
	});
}

export const refused = new WireError(
	"connection refused: api.test",
	false,
	undefined,
);
export const reset = new WireError(
	"connection reset: api.test",
	true,
	undefined,
);
export const timedOut = new WireError(
	"no answer in time: api.test",
	true,
	undefined,
);
