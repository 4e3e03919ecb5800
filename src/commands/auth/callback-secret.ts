import { hostname } from "node:os";
import { Failure } from "../../errors.ts";
import type { RunflowClient } from "../../runflow/client.ts";
import { ServiceProblem } from "../../runflow/problem.ts";
import type { Runtime } from "../../runtime.ts";
import {
	callbackSecretCommand,
	findCallbackSecret,
	saveCallbackSecret,
} from "../../settings/callback-secret.ts";
import { escaped } from "../../system/escape.ts";
import { callService } from "../session/call-service.ts";
import { type SessionOptions, withSession } from "../session/session.ts";

interface SecretOptions extends SessionOptions {
	readonly new?: boolean;
	readonly show?: boolean;
}

/**
 * Makes a secret that signs the callbacks of this account and keeps it for `--listen`. It is shown only with `show`, and where one is kept
 * already another is made only with `new`.
 */
export async function keepCallbackSecret(
	options: SecretOptions,
	runtime: Runtime,
): Promise<number> {
	return withSession(options, runtime, async (session) => {
		const { service, signal } = session;
		const { info: say, note } = session.reporter;
		const show = (secret: string) => {
			if (options.show) runtime.stdout.write(`${escaped(secret)}\n`);
		};
		const { client, account } = await session.connection();
		const owner = { service, account };
		const found = await findCallbackSecret(runtime, owner);
		if (found && !options.new) {
			show(found.secret);
			say(`there is a callback secret for ${service} in ${found.origin}`);
			say(`another one: ${callbackSecretCommand(service)} --new`);
			return 0;
		}
		const secret = await makeSecret(client, signal);
		// Before it is kept: where the disk refuses, it is not lost.
		show(secret);
		const file = await saveCallbackSecret(runtime, owner, secret);
		say(`callback secret for ${service} kept in ${file}`);
		if (found)
			note("other machines that listen may need it too, as --show gives it");
		const used = await findCallbackSecret(runtime, owner);
		if (used && used.origin !== file)
			note(`${used.origin} is set and comes first`);
		return 0;
	});
}

async function makeSecret(
	client: RunflowClient,
	signal: AbortSignal,
): Promise<string> {
	// Where it comes from, for whoever finds it on the account one day.
	const label = `flux-ultra on ${hostname()}`.slice(0, longestLabel);
	return callService(() =>
		client.createCallbackSecret(label, signal).catch(refuseUnknown),
	);
}

/** (?) No limit is documented; what is called by people is seldom allowed to be longer. */
const longestLabel = 255;

function refuseUnknown(error: unknown): never {
	if (!(error instanceof ServiceProblem) || ![404, 405].includes(error.status))
		throw error;
	throw new Failure(
		"bad_response",
		`the service makes no callback secrets: ${error.message}`,
		{
			hint: "leave --listen out: runs are then asked for as usual",
			httpStatus: error.status,
			requestId: error.requestId,
			cause: error,
		},
	);
}
