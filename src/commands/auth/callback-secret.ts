import { hostname } from "node:os";
import { Failure } from "../../errors.ts";
import { createCallbackSecretApi } from "../../runflow/callback-secrets.ts";
import { ServiceProblem } from "../../runflow/problem.ts";
import { service } from "../../runflow/service.ts";
import type { Runtime } from "../../runtime.ts";
import {
	callbackSecretCommand,
	findCallbackSecret,
	type SecretOwner,
	saveCallbackSecret,
} from "../../settings/callback-secret.ts";
import { accountOf, findApiKey } from "../../settings/key.ts";
import { loadSettings, type ResolvedSettings } from "../../settings/resolve.ts";
import { escaped } from "../../system/escape.ts";
import { createReporter } from "../../terminal/reporter.ts";
import { callService } from "../session/call-service.ts";
import { connect } from "../session/connect.ts";
import { wantsSandbox } from "../session/session.ts";

interface SecretOptions {
	/** Another one, although there is one. */
	readonly new?: boolean;
	/** The secret itself on stdout. */
	readonly show?: boolean;
	readonly sandbox?: boolean;
}

/**
 * Makes a secret that signs the callbacks of this account and keeps it for `--listen`. It is shown only with `show`, and where one is kept
 * already another is made only with `new`.
 */
export async function keepCallbackSecret(
	options: SecretOptions,
	runtime: Runtime,
): Promise<number> {
	const settings = await loadSettings(runtime);
	const key = wantsSandbox(options, runtime.env)
		? undefined
		: await demandKey(settings, runtime);
	const owner: SecretOwner =
		key === undefined
			? { service: "sandbox", account: "sandbox" }
			: { service: settings.apiUrl.value, account: accountOf(key) };
	const say = (line: string) => runtime.stderr.write(`${escaped(line)}\n`);
	const show = (secret: string) => {
		if (options.show) runtime.stdout.write(`${escaped(secret)}\n`);
	};

	const found = await findCallbackSecret(runtime, owner);
	if (found && !options.new) {
		show(found.secret);
		say(`there is a callback secret for ${owner.service} in ${found.origin}`);
		say(`another one: ${callbackSecretCommand(owner.service)} --new`);
		return 0;
	}
	const secret = await makeSecret(settings, key, runtime);
	// Before it is kept: where the disk refuses, it is not lost.
	show(secret);
	const file = await saveCallbackSecret(runtime, owner, secret);
	say(`callback secret for ${owner.service} kept in ${file}`);
	if (found)
		say("note: other machines that listen may need it too, as --show gives it");
	const used = await findCallbackSecret(runtime, owner);
	if (used && used.origin !== file)
		say(`note: ${used.origin} is set and comes first`);
	return 0;
}

async function demandKey(
	{ apiKeyCommand }: ResolvedSettings,
	runtime: Runtime,
): Promise<string> {
	const found = await findApiKey(runtime, apiKeyCommand.value);
	if (found) return found.key;
	throw new Failure("auth", "there is no API key", {
		hint: `get one at ${service.links.keys}, then: flux-ultra auth login`,
	});
}

async function makeSecret(
	settings: ResolvedSettings,
	key: string | undefined,
	runtime: Runtime,
): Promise<string> {
	const reporter = await createReporter(runtime, {});
	// The key is found already: looking again would run api-key-command, which may ask somebody, a second time.
	const env = key && { ...runtime.env, RUNFLOW_API_KEY: key };
	const { caller, close } = await connect({
		runtime: env ? { ...runtime, env } : runtime,
		settings,
		reporter,
		isSandbox: key === undefined,
	});
	try {
		const api = createCallbackSecretApi(caller);
		// Where it comes from, for whoever finds it on the account one day.
		const label = `flux-ultra on ${hostname()}`.slice(0, longestLabel);
		const { plainSecret } = await callService(() =>
			api.create(label).catch(refuseUnknown),
		);
		return plainSecret;
	} finally {
		reporter.end();
		await close();
	}
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
