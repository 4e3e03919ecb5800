import { createWatch } from "../batch/watch.ts";
import { parseListenAddress } from "../callbacks/address.ts";
import { listen } from "../callbacks/listener.ts";
import { Failure } from "../errors.ts";
import type { Watch } from "../jobs/context.ts";
import { createCallbackSecretApi } from "../runflow/callback-secrets.ts";
import {
	callbackSecretCommand,
	demandCallbackSecret,
	findCallbackSecret,
	saveCallbackSecret,
} from "../settings/callback-secret.ts";
import { callService } from "./call-service.ts";
import { checkCallbackUrl } from "./callback-url.ts";
import type { Session } from "./session.ts";

export interface ListenFlags {
	/** `[host:]port`. */
	readonly listen?: string;
	/** Where the service calls back: the public address of `listen`. */
	readonly callbackUrl?: string;
	readonly wait?: boolean;
	readonly dryRun?: boolean;
}

/** How a command learns of the ends of its runs. */
export interface Listening {
	/** What goes with each order. */
	readonly callbackUrl: string | undefined;
	/** Is told of ends by callbacks; undefined where nobody listens. */
	readonly watch: Watch | undefined;
	readonly close: () => Promise<void>;
}

/**
 * Opens the server of `--listen`, where that is asked for.
 * @throws {Failure} `usage` for options that do not go together and an address that is in use, `config` where there is no secret
 */
export async function openListening(
	flags: ListenFlags,
	session: Session,
): Promise<Listening> {
	const url =
		flags.callbackUrl === undefined
			? undefined
			: checkCallbackUrl(flags.callbackUrl);
	const silent = { callbackUrl: url, watch: undefined, close: async () => {} };
	if (flags.listen === undefined) return silent;
	const address = parseListenAddress(flags.listen);
	if (flags.wait === false)
		throw new Failure("usage", "--listen waits, and --no-wait does not", {
			hint: "leave one of them out",
		});
	if (url === undefined && !isOnThisMachine(session))
		throw new Failure("usage", "--listen needs --callback-url", {
			hint: "the public address that reaches it, of a tunnel or a reverse proxy: --callback-url https://hooks.example.com/flux",
		});
	if (flags.dryRun) return silent;
	const { reporter, service, runtime } = session;
	const listener = await listen({
		address,
		secret: await secretFor(session),
		secretCommand: callbackSecretCommand(service),
		clock: runtime.clock,
		note: (text) => reporter.note(text),
	});
	reporter.detail(`listening for callbacks at ${listener.url}`);
	return {
		callbackUrl: url ?? listener.url,
		watch: createWatch({ callbacks: listener }),
		close: () => listener.close(),
	};
}

/** The built-in sandbox, and a service on a loopback address, reach the listener as it is. */
function isOnThisMachine({ service }: Session): boolean {
	return (
		service === "sandbox" ||
		/^http:\/\/(127\.|localhost[:/]|\[::1\])/.test(`${service}/`)
	);
}

async function secretFor(session: Session): Promise<string> {
	const { service, runtime } = session;
	const { caller, account } = await session.connection();
	if (service !== "sandbox")
		return (await demandCallbackSecret(runtime, { service, account })).secret;
	const owner = { service, account: "sandbox" };
	const found = await findCallbackSecret(runtime, owner);
	if (found) return found.secret;
	// Trying something out needs no preparation.
	const { plainSecret } = await callService(() =>
		createCallbackSecretApi(caller).create("flux-ultra"),
	);
	await saveCallbackSecret(runtime, owner, plainSecret);
	return plainSecret;
}
