import { Failure } from "../../errors.ts";
import { service } from "../../runflow/service.ts";
import type { Runtime } from "../../runtime.ts";
import { findCallbackSecret } from "../../settings/callback-secret.ts";
import { accountOf, findApiKey, maskKey } from "../../settings/key.ts";
import { loadSettings } from "../../settings/resolve.ts";
import { escaped, escapedJson } from "../../system/escape.ts";
import { tryKey } from "./try-key.ts";

/** Says which key is used, where it comes from, and whether it works; and where the secret of callbacks comes from, if there is one. */
export async function showStatus(
	options: { readonly json?: boolean },
	runtime: Runtime,
): Promise<number> {
	const { apiUrl, apiKeyCommand } = await loadSettings(runtime);
	const found = await findApiKey(runtime, apiKeyCommand.value);
	if (found === undefined)
		throw new Failure("auth", "there is no API key", {
			hint: `get one at ${service.links.keys}, then: flux-ultra auth login`,
		});
	const callbackSecret = await findCallbackSecret(runtime, {
		service: apiUrl.value,
		account: accountOf(found.key),
	});
	const tried = await tryKey(found.key, apiUrl.value, runtime);
	if (options.json) {
		const { source, origin } = found;
		const record = {
			version: 1,
			key: maskKey(found.key),
			source,
			origin,
			api_url: apiUrl.value,
			state: tried.state,
			callback_secret: callbackSecret?.origin,
		};
		runtime.stdout.write(`${escapedJson(record)}\n`);
	} else {
		const states = {
			works: `${apiUrl.value} accepts it`,
			refused: `${apiUrl.value} refuses it`,
			untried: `it could not be tried: ${"reason" in tried ? tried.reason : ""}`,
		};
		const from = `key ${maskKey(found.key)} from ${found.origin}`;
		runtime.stdout.write(`${escaped(from)}\n${escaped(states[tried.state])}\n`);
		if (callbackSecret)
			runtime.stdout.write(
				`${escaped(`callback secret from ${callbackSecret.origin}`)}\n`,
			);
	}
	if (tried.state === "refused") throw tried.failure;
	return 0;
}
