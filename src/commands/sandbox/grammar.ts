import { type CommandGrammar, collect } from "../grammar/common.ts";

export const sandboxGrammar: CommandGrammar = {
	call: "sandbox",
	description:
		"the Runflow API on this machine, free of charge, for trying and for tests",
	options: [
		["--port <n>", "port of the API (default: 4010; 0: any)"],
		["--storage-port <n>", "port of the image links (default: any)"],
		["--latency <time>", "how long a run takes: 8s, or 3s-15s"],
		["--price <usd>", "price of each image, whatever the model"],
		["--balance <usd>", "credit before the first run"],
		[
			"--fault <fault>",
			"what goes wrong: [point:]kind[@turn|/every|%rate] (repeatable; --fault list shows all)",
			collect,
		],
		[
			"--as <reading>",
			"how the service may be where its documents disagree (repeatable; --as list shows all)",
			collect,
		],
		["--fault-seed <n>", "the same faults again where they are random"],
		["--size <WxH>", "pixels of the pictures, for load tests"],
		["--link-ttl <time>", "how long an image link works"],
		["--state <file>", "keep the runs in a file"],
		[
			"--replay <file.har>",
			"say again what a --trace recorded, in the place of all that",
		],
		["--tls <file>", "https, by this key and certificate (PEM)"],
		["--json", "one JSON object a line on stdout"],
		["-q, --quiet", "no line for each request"],
	],
	isLocal: true,
	run: async (options, runtime) =>
		(await import("./run.ts")).serveSandbox(options, runtime),
};
