import nock from "nock";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { type Caller, createCaller } from "../../src/runflow/caller.ts";
import { createClient, type RunflowClient } from "../../src/runflow/client.ts";
import { createTransport } from "../../src/runflow/transport.ts";
import { NockDispatcher } from "../nock-dispatcher.ts";

export const apiUrl = "https://api.runflow.test";
const nowMs = Date.UTC(2026, 10, 3, 12);

/** Every request that nobody stubbed fails, and every stub must be used: for the top of a test file. */
export function useNock(): void {
	beforeAll(() => {
		// Another file of this worker may have used it, and put the real network back.
		if (!nock.isActive()) nock.activate();
		nock.disableNetConnect();
	});
	afterEach(() => {
		const unused = nock.pendingMocks();
		nock.cleanAll();
		expect(unused).toEqual([]);
	});
	afterAll(() => {
		nock.enableNetConnect();
		nock.restore();
	});
}

/** The real client and transport on stubs. */
export async function nockClient(): Promise<RunflowClient> {
	return createClient(await nockCaller());
}

/** For the endpoints beside those of runs. */
export async function nockCaller(): Promise<Caller> {
	const transport = await createTransport({
		userAgent: "flux-ultra/0.0.0",
		env: {},
		dispatcher: new NockDispatcher(),
	});
	const now = () => nowMs;
	return createCaller({ apiUrl, key: "rf_live_secret", transport, now });
}
