import { createHmac } from "node:crypto";
import { onTestFinished } from "vitest";
import { type ListenOptions, listen } from "../../src/callbacks/listener.ts";
import { FakeClock } from "../fake-clock.ts";

const secret = "whsec_0123456789SECRET";

/** A listener on any free port of this machine, closed after the test, with what it told of the runs it was asked about. */
export async function openListener(options: Partial<ListenOptions> = {}) {
	const clock = new FakeClock();
	const notes: string[] = [];
	const ends: string[] = [];
	const listener = await listen({
		address: { host: "127.0.0.1", port: 0 },
		secret,
		secretCommand: "flux-ultra auth callback-secret",
		clock,
		note: (text) => notes.push(text),
		...options,
	});
	onTestFinished(() => listener.close());
	return {
		listener,
		clock,
		notes,
		/** The run of each callback that was told. */
		ends,
		expectEnds(...ids: readonly string[]) {
			for (const id of ids) listener.onHint(id, () => ends.push(id));
		},
		/** Sends a callback, signed with the secret unless the headers say otherwise. */
		async send(
			body: string,
			headers: Readonly<Record<string, string>> = signature(body),
		) {
			const request = { method: "POST", body, headers };
			const { status } = await fetch(`${listener.url}/hook`, request);
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
