import { createHmac } from "node:crypto";
import { onTestFinished } from "vitest";
import {
	type ReceiverOptions,
	startReceiver,
} from "../../src/callbacks/receiver.ts";
import { FakeClock } from "../fake-clock.ts";

const secret = "whsec_0123456789SECRET";

/** A receiver on any free port of this machine, closed after the test, with what it told of the runs it was asked about. */
export async function openReceiver(options: Partial<ReceiverOptions> = {}) {
	const clock = new FakeClock();
	const notes: string[] = [];
	const ends: string[] = [];
	const receiver = await startReceiver({
		address: { host: "127.0.0.1", port: 0 },
		secret,
		secretCommand: "flux-ultra auth callback-secret",
		clock,
		note: (text) => notes.push(text),
		...options,
	});
	onTestFinished(() => receiver.close());
	return {
		receiver,
		clock,
		notes,
		/** The run of each callback that was told. */
		ends,
		expectEnds(...ids: readonly string[]) {
			for (const id of ids) receiver.subscribe(id, () => ends.push(id));
		},
		/** Sends a callback, signed with the secret unless the headers say otherwise. */
		async send(
			body: string,
			headers: Readonly<Record<string, string>> = signature(body),
		) {
			const request = { method: "POST", body, headers };
			const { status } = await fetch(`${receiver.url}/hook`, request);
			return status;
		},
	};
}

export function signature(body: string, by = secret) {
	const hex = createHmac("sha256", by).update(body).digest("hex");
	return { "runflow-signature": hex };
}

export function succeeded(run_id: string, more: object = {}): string {
	const event = "run.completed";
	return JSON.stringify({ event, run_id, status: "succeeded", ...more });
}
