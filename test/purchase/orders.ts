import type { Order } from "../../src/orders/plan.ts";
import { findModel } from "../models/find-model.ts";

/** An order of one image of Ultra, as a command line without options makes it. */
export function makeOrder(order: Partial<Order> = {}): Order {
	return {
		service: "https://api.test",
		model: findModel("ultra"),
		prompts: [{ prompt: "a garden", choices: [] }],
		input: {},
		files: [],
		seeds: [undefined],
		output: undefined,
		force: false,
		sidecar: false,
		callbackUrl: undefined,
		project: undefined,
		assumedMicros: undefined,
		command: 'flux-ultra "a garden"',
		...order,
	};
}

/** The same numbers in [0, 1) again and again, so that each command makes fresh seeds and each test the same. */
export function counter(): () => number {
	let count = 0;
	return () => {
		count += 1;
		return (count % 1_000) / 1_000;
	};
}
