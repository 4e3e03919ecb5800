import { parseListenAddress } from "../../callbacks/listen-address.ts";
import {
	type CallbackReceiver,
	startReceiver,
} from "../../callbacks/receiver.ts";
import {
	callbackSecretCommand,
	demandCallbackSecret,
	findCallbackSecret,
	saveCallbackSecret,
} from "../../settings/callback-secret.ts";
import { callService } from "./call-service.ts";
import type { Session } from "./session.ts";

/**
 * Receives the callbacks of the account, at `[host:]port`.
 * @throws {Failure} `usage` for an address that is none or in use, `config` where there is no secret
 */
export async function openReceiver(
	text: string,
	session: Session,
): Promise<CallbackReceiver> {
	const { reporter, service, runtime } = session;
	const address = parseListenAddress(text);
	return startReceiver({
		address,
		secret: await secretFor(session),
		secretCommand: callbackSecretCommand(service),
		clock: runtime.clock,
		note: (words) => reporter.note(words),
	});
}

async function secretFor(session: Session): Promise<string> {
	const { service, runtime } = session;
	const { client, account } = await session.connection();
	if (service !== "sandbox")
		return (await demandCallbackSecret(runtime, { service, account })).secret;
	const owner = { service, account: "sandbox" };
	const found = await findCallbackSecret(runtime, owner);
	if (found) return found.secret;
	// Trying something out needs no preparation.
	const secret = await callService(() =>
		client.createCallbackSecret("flux-ultra"),
	);
	await saveCallbackSecret(runtime, owner, secret);
	return secret;
}
