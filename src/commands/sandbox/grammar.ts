import { collect, type Grammar } from "../grammar/common.ts";

/** `flux-ultra sandbox`. */
export const sandboxGrammar: Grammar = (program, runtime, end) => {
	program
		.command("sandbox")
		.description(
			"the Runflow API on this machine, free of charge, for trying and for tests",
		)
		.option("--port <n>", "port of the API (default: 4010; 0: any)")
		.option("--storage-port <n>", "port of the image links (default: any)")
		.option("--latency <time>", "how long a run takes: 8s, or 3s-15s")
		.option("--price <usd>", "price of each image, whatever the model")
		.option("--balance <usd>", "credit before the first run")
		.option(
			"--fault <fault>",
			"what goes wrong: [point:]kind[@turn|/every|%rate] (repeatable; --fault list shows all)",
			collect,
		)
		.option(
			"--as <reading>",
			"how the service may be where its documents disagree (repeatable; --as list shows all)",
			collect,
		)
		.option("--fault-seed <n>", "the same faults again where they are random")
		.option("--size <WxH>", "pixels of the pictures, for load tests")
		.option("--link-ttl <time>", "how long an image link works")
		.option("--state <file>", "keep the runs in a file")
		.option(
			"--replay <file.har>",
			"say again what a --trace recorded, in the place of all that",
		)
		.option("--tls <file>", "https, by this key and certificate (PEM)")
		.option("--json", "one JSON object a line on stdout")
		.option("-q, --quiet", "no line for each request")
		.action(async (options) => {
			const { serveSandbox } = await import("./run.ts");
			end(await serveSandbox(options, runtime));
		});
};
