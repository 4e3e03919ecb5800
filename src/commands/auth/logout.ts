import type { Runtime } from "../../runtime.ts";
import {
	callbackSecretsPath,
	removeCallbackSecrets,
} from "../../settings/callback-secret.ts";
import {
	credentialsPath,
	findApiKey,
	removeApiKey,
} from "../../settings/key.ts";
import { escaped } from "../../system/escape.ts";

/** Takes the kept key and the callback secrets away, and says where another one would still come from. */
export async function logout(
	_options: object,
	runtime: Runtime,
): Promise<number> {
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
