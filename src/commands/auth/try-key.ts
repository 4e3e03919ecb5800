import { type Failure, toFailure } from "../../errors.ts";
import { createCaller } from "../../runflow/caller.ts";
import { createClient } from "../../runflow/client.ts";
import { createTransport } from "../../runflow/transport.ts";
import type { Runtime } from "../../runtime.ts";
import { readVersion } from "../../version.ts";
import { callService } from "../session/call-service.ts";

/** What the service says of a key; `untried` where it could not be asked. */
export type Tried =
	| { readonly state: "works" }
	| { readonly state: "refused"; readonly failure: Failure }
	| { readonly state: "untried"; readonly reason: string };

export async function tryKey(
	key: string,
	apiUrl: string,
	runtime: Runtime,
): Promise<Tried> {
	const transport = await createTransport({
		userAgent: `flux-ultra/${readVersion()}`,
		env: runtime.env,
		dispatcher: runtime.dispatcher,
	});
	const now = () => runtime.clock.now();
	const client = createClient(createCaller({ apiUrl, key, transport, now }));
	try {
		await callService(() => client.checkKey(AbortSignal.timeout(tryMs)));
		return { state: "works" };
	} catch (error) {
		const failure = toFailure(error);
		if (failure.httpStatus === 401) return { state: "refused", failure };
		return { state: "untried", reason: failure.message };
	} finally {
		await transport.close();
	}
}

/** Nobody wants to wait longer for a key to be tried. */
const tryMs = 15_000;
