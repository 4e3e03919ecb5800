import { Failure, toFailure } from "../../errors.ts";
import { createClient } from "../../runflow/client.ts";
import { service } from "../../runflow/service.ts";
import type { Runtime } from "../../runtime.ts";
import {
	callbackSecretsPath,
	findCallbackSecret,
	removeCallbackSecrets,
} from "../../settings/callback-secret.ts";
import {
	accountOf,
	credentialsPath,
	findApiKey,
	maskKey,
	removeApiKey,
	saveApiKey,
} from "../../settings/key.ts";
import { loadSettings } from "../../settings/resolve.ts";
import { escaped, escapedJson } from "../../system/escape.ts";
import { askSecret, canAsk } from "../../terminal/ask.ts";
import { createReporter } from "../../terminal/reporter.ts";
import { callService } from "../session/call-service.ts";
import { openWire } from "../session/connect.ts";
import { type TraceOptions, withTrace } from "../session/with-trace.ts";

/** Keeps an API key: asked for without echo on a terminal, read from stdin elsewhere. A key that the service refuses is not kept. */
export async function login(
	options: TraceOptions,
	runtime: Runtime,
): Promise<number> {
	const say = (line: string) => runtime.stderr.write(`${escaped(line)}\n`);
	const apiUrl = (await loadSettings(runtime)).apiUrl.value;
	const key = (await readKey(runtime)).trim();
	if (key === "")
		throw new Failure("auth", "no API key was given", {
			hint: `copy one from ${service.links.keys}`,
		});
	const refusal = await tryKey(key, apiUrl, options, runtime);
	if (refusal?.httpStatus === 401) throw refusal;
	const file = await saveApiKey(runtime, key);
	say(`key ${maskKey(key)} kept in ${file}`);
	say(judgement(refusal, apiUrl));
	const used = await findApiKey(runtime);
	if (used && used.key !== key)
		say(`note: ${used.origin} is set and comes first`);
	return 0;
}

async function readKey(runtime: Runtime): Promise<string> {
	if (canAsk(runtime)) {
		runtime.stderr.write(`Keys are made at ${service.links.keys}\n`);
		return askSecret("API key (not shown): ", runtime);
	}
	let text = "";
	for await (const chunk of runtime.stdin) {
		text += chunk.toString();
		if (text.length > 10_000)
			throw new Failure("auth", "what came on stdin is too long for a key");
	}
	return text;
}

/** Says which key is used, where it comes from, and whether it works; and where the secret of callbacks comes from, if there is one. */
export async function showStatus(
	options: TraceOptions & { readonly json?: boolean },
	runtime: Runtime,
): Promise<number> {
	const { apiUrl, apiKeyCommand } = await loadSettings(runtime);
	const found = await findApiKey(runtime, apiKeyCommand.value);
	if (found === undefined)
		throw new Failure("auth", "there is no API key", {
			hint: `get one at ${service.links.keys}, then: flux-ultra auth login`,
		});
	const { key, source, origin } = found;
	const callbackSecret = await findCallbackSecret(runtime, {
		service: apiUrl.value,
		account: accountOf(key),
	});
	const refusal = await tryKey(key, apiUrl.value, options, runtime);
	const isRefused = refusal?.httpStatus === 401;
	const untried = refusal ? "untried" : "works";
	const record = {
		version: 1,
		key: maskKey(key),
		source,
		origin,
		api_url: apiUrl.value,
		state: isRefused ? "refused" : untried,
		callback_secret: callbackSecret?.origin,
	};
	const lines = [
		`key ${maskKey(key)} from ${origin}`,
		judgement(refusal, apiUrl.value),
		...(callbackSecret
			? [`callback secret from ${callbackSecret.origin}`]
			: []),
	];
	runtime.stdout.write(
		options.json
			? `${escapedJson(record)}\n`
			: lines.map((line) => `${escaped(line)}\n`).join(""),
	);
	if (isRefused) throw refusal;
	return 0;
}

/** Takes the kept key and the callback secrets away, and says where another one would still come from. */
export async function logout(runtime: Runtime): Promise<number> {
	const say = (line: string) => runtime.stderr.write(`${escaped(line)}\n`);
	const wasThere = await removeApiKey(runtime);
	const file = credentialsPath(runtime);
	say(wasThere ? `key removed from ${file}` : `no key was kept in ${file}`);
	if (await removeCallbackSecrets(runtime))
		say(`callback secrets removed from ${callbackSecretsPath(runtime)}`);
	const other = await findApiKey(runtime);
	if (other) say(`note: there is still a key in ${other.origin}`);
	return 0;
}

/** Nobody wants to wait longer for a key to be tried. */
const tryMs = 15_000;

/** Asks the service about a key. @returns why that failed: with HTTP status 401 it refuses the key, else it could not be asked */
async function tryKey(
	key: string,
	apiUrl: string,
	options: TraceOptions,
	runtime: Runtime,
): Promise<Failure | undefined> {
	const reporter = await createReporter(runtime, {});
	let refusal: Failure | undefined;
	await withTrace(options, runtime, reporter, async (trace) => {
		const listeners = { runtime, reporter, trace };
		const { transport, callerWith } = await openWire(listeners, apiUrl);
		const client = createClient(callerWith(key));
		try {
			await callService(() => client.checkKey(AbortSignal.timeout(tryMs)));
		} catch (error) {
			refusal = toFailure(error);
		} finally {
			await transport.close();
		}
		return 0;
	});
	return refusal;
}

function judgement(refusal: Failure | undefined, apiUrl: string): string {
	if (refusal === undefined) return `${apiUrl} accepts it`;
	return refusal.httpStatus === 401
		? `${apiUrl} refuses it`
		: `it could not be tried: ${refusal.message}`;
}
