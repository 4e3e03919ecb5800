import { type Grammar, runOptions } from "../grammar/common.ts";

/** `flux-ultra auth` and its verbs. */
export const authGrammar: Grammar = (program, runtime, end) => {
	const auth = program
		.command("auth")
		.description("the API key, and the secret that signs callbacks");
	auth
		.command("login")
		.description(
			"keep a key: asked for on a terminal, read from stdin elsewhere",
		)
		.option(...runOptions.trace)
		.action(async (options) => {
			const { login } = await import("./key.ts");
			end(await login(options, runtime));
		});
	auth
		.command("status")
		.description("which key is used, where it comes from, whether it works")
		.option("--json", "one JSON object on stdout")
		.option(...runOptions.trace)
		.action(async (options) => {
			const { showStatus } = await import("./key.ts");
			end(await showStatus(options, runtime));
		});
	auth
		.command("logout")
		.description("take the kept key and callback secrets away")
		.action(async () => {
			const { logout } = await import("./key.ts");
			end(await logout(runtime));
		});
	auth
		.command("callback-secret")
		.description("make and keep the secret that --listen checks callbacks by")
		.option("--new", "another one, although there is one")
		.option("--show", "the secret on stdout, for another machine's variable")
		.option("--sandbox", "of the built-in sandbox")
		.option(...runOptions.trace)
		.action(async (options) => {
			const { keepCallbackSecret } = await import("./callback-secret.ts");
			end(await keepCallbackSecret(options, runtime));
		});
};
