import { Failure } from "../../errors.ts";
import { harmless, harmlessJson } from "../../harmless.ts";
import { service } from "../../runflow/service.ts";
import type { Runtime } from "../../runtime.ts";
import { findApiKey, maskKey } from "../../settings/key.ts";
import { loadSettings } from "../../settings/resolve.ts";
import { tryKey } from "./try-key.ts";

/** Says which key is used, where it comes from, and whether it works. */
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
	const tried = await tryKey(found.key, apiUrl.value, runtime);
	if (options.json) {
		const { source, origin } = found;
		const key = maskKey(found.key);
		runtime.stdout.write(
			`${harmlessJson({ version: 1, key, source, origin, api_url: apiUrl.value, state: tried.state })}\n`,
		);
	} else {
		const states = {
			works: `${apiUrl.value} accepts it`,
			refused: `${apiUrl.value} refuses it`,
			untried: `it could not be tried: ${"reason" in tried ? tried.reason : ""}`,
		};
		const from = `key ${maskKey(found.key)} from ${found.origin}`;
		runtime.stdout.write(
			`${harmless(from)}\n${harmless(states[tried.state])}\n`,
		);
	}
	if (tried.state === "refused") throw tried.failure;
	return 0;
}
