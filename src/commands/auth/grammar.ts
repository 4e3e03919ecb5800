import { type CommandGrammar, runOptions } from "../grammar/common.ts";

export const authGrammar: CommandGrammar = {
	call: "auth",
	description: "the API key, and the secret that signs callbacks",
	isLocal: true,
	verbs: [
		{
			call: "login",
			description:
				"keep a key: asked for on a terminal, read from stdin elsewhere",
			options: [runOptions.trace],
			run: async (options, runtime) =>
				(await import("./key.ts")).login(options, runtime),
		},
		{
			call: "status",
			description: "which key is used, where it comes from, whether it works",
			options: [["--json", "one JSON object on stdout"], runOptions.trace],
			run: async (options, runtime) =>
				(await import("./key.ts")).showStatus(options, runtime),
		},
		{
			call: "logout",
			description: "take the kept key and callback secrets away",
			run: async (_, runtime) => (await import("./key.ts")).logout(runtime),
		},
		{
			call: "callback-secret",
			description: "make and keep the secret that --listen checks callbacks by",
			options: [
				["--new", "another one, although there is one"],
				["--show", "the secret on stdout, for another machine's variable"],
				["--sandbox", "of the built-in sandbox"],
				runOptions.trace,
			],
			run: async (options, runtime) =>
				(await import("./callback-secret.ts")).keepCallbackSecret(
					options,
					runtime,
				),
		},
	],
};
