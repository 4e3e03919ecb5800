import { Failure } from "../../errors.ts";
import { service } from "../../runflow/service.ts";
import type { Runtime } from "../../runtime.ts";
import { findApiKey, maskKey, saveApiKey } from "../../settings/key.ts";
import { loadSettings } from "../../settings/resolve.ts";
import { escaped } from "../../system/escape.ts";
import { askSecret, canAsk } from "../../terminal/ask.ts";
import { tryKey } from "./try-key.ts";

/** Keeps an API key: asked for without echo on a terminal, read from stdin elsewhere. A key that the service refuses is not kept. */
export async function login(
	_options: object,
	runtime: Runtime,
): Promise<number> {
	const { apiUrl } = await loadSettings(runtime);
	const key = (await readKey(runtime)).trim();
	if (key === "")
		throw new Failure("auth", "no API key was given", {
			hint: `copy one from ${service.links.keys}`,
		});
	const tried = await tryKey(key, apiUrl.value, runtime);
	if (tried.state === "refused") throw tried.failure;
	const file = await saveApiKey(runtime, key);
	const say = (line: string) => runtime.stderr.write(`${escaped(line)}\n`);
	say(`key ${maskKey(key)} kept in ${file}`);
	say(
		tried.state === "works"
			? `${apiUrl.value} accepts it`
			: `it could not be tried: ${tried.reason}`,
	);
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
