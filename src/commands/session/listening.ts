import { Failure } from "../../errors.ts";
import type { Poller } from "../../purchase/context.ts";
import { createPoller } from "../../purchase/poll/poller.ts";
import { service as assumed } from "../../runflow/service.ts";
import type { Session } from "./session.ts";

export interface ListenFlags {
	/** `[host:]port`. */
	readonly listen?: string;
	/** Where the service calls back: the public address of `listen`. */
	readonly callbackUrl?: string;
	readonly wait?: boolean;
	readonly dryRun?: boolean;
}

export interface Listening {
	readonly callbackUrl: string | undefined;
	/** Is told of ends by callbacks; undefined where nobody listens. */
	readonly poller: Poller | undefined;
}

/**
 * Works with the receiver of `--listen`, where that is asked for.
 * @throws {Failure} `usage` for options that do not go together and an address that is in use, `config` where there is no secret
 */
export async function withListening(
	flags: ListenFlags,
	session: Session,
	work: (listening: Listening) => Promise<number>,
): Promise<number> {
	const url = checkCallbackUrl(flags.callbackUrl);
	const silent = { callbackUrl: url, poller: undefined };
	if (flags.listen === undefined) return work(silent);
	if (flags.wait === false)
		throw new Failure("usage", "--listen waits, and --no-wait does not", {
			hint: "leave one of them out",
		});
	if (url === undefined && !isOnThisMachine(session))
		throw new Failure("usage", "--listen needs --callback-url", {
			hint: "the public address that reaches it, of a tunnel or a reverse proxy: --callback-url https://hooks.example.com/flux",
		});
	if (flags.dryRun) return work(silent);
	// Most commands ask for none of it.
	const { openReceiver } = await import("./open-receiver.ts");
	const receiver = await openReceiver(flags.listen, session);
	session.reporter.detail(`listening for callbacks at ${receiver.url}`);
	const poller = createPoller(receiver);
	try {
		return await work({ callbackUrl: url ?? receiver.url, poller });
	} finally {
		await receiver.close();
	}
}

function checkCallbackUrl(text: string | undefined): string | undefined {
	const { callbackUrl: most } = assumed.limits;
	if (text === undefined) return undefined;
	if (URL.canParse(text) && /^https?:/.test(text) && text.length <= most)
		return text;
	throw new Failure("usage", `--callback-url ${text} is not a web address`, {
		hint: `an https URL of at most ${most} characters that the service can reach`,
	});
}

/** The built-in sandbox, and a service on a loopback address, reach the receiver as it is. */
function isOnThisMachine({ service }: Session): boolean {
	return (
		service === "sandbox" ||
		/^http:\/\/(127\.|localhost[:/]|\[::1\])/.test(`${service}/`)
	);
}
