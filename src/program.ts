import { Command, CommanderError, Option } from "commander";
import { Failure } from "./errors.ts";
import type { Runtime } from "./runtime.ts";
import { readVersion } from "./version.ts";

/**
 * The grammar of the command line. It loads commander and nothing else: each command's work is
 * imported when it is asked for, so that help and version stay quick.
 * @returns the exit code
 * @throws {Failure} `usage` for what is not in the grammar
 */
export async function runProgram(runtime: Runtime): Promise<number> {
	let code = 0;
	const end = (outcome: number) => {
		code = outcome;
	};
	const program = imageGrammar(runtime, end);
	program.addCommand(resumeGrammar(program, runtime, end));
	batchGrammar(program, runtime, end);
	runsGrammar(program, runtime, end);
	moneyGrammar(program, runtime, end);
	authGrammar(program, runtime, end);
	configGrammar(program, runtime, end);
	sandboxGrammar(program, runtime, end);
	try {
		await program.parseAsync(shieldPrompt(runtime.argv, program), {
			from: "user",
		});
	} catch (error) {
		if (!(error instanceof CommanderError)) throw error;
		if (error.exitCode === 0) return 0;
		throw usageFailure(error, runtime.argv, program);
	}
	return code;
}

type End = (code: number) => void;

function imageGrammar(runtime: Runtime, end: End): Command {
	const program = new Command("flux-ultra")
		.description(
			"Make 4-megapixel images with FLUX 1.1 [pro] Ultra on Runflow: $0.06 each, bought once, never lost.",
		)
		.argument("[prompt...]", 'one prompt in quotes; "-" or none: from stdin')
		.enablePositionalOptions()
		.helpCommand("help [command]", "show help")
		.hook("preSubcommand", refuseEarlyOptions)
		.exitOverride()
		.configureOutput({
			writeOut: (text) => runtime.stdout.write(text),
			// Usage errors are told once, in the same words as all others.
			writeErr: () => {},
		})
		.version(readVersion(), "-V, --version")
		.helpOption("-h, --help", "show this help")
		.option(
			"-o, --output <path>",
			"file, folder, template such as {slug}-{seed}.jpg, or - for stdout",
		)
		.option(
			"-s, --seed <n>",
			"same seed and prompt, same image (default: a fresh one)",
		)
		.option("--seeds <list>", "1-8 or 3,5,9: one image each")
		.option("-n, --count <n>", "several images, a fresh seed each")
		.option("-m, --model <id>", "model, by short name or owner/slug")
		.option(
			"--param <key=value>",
			"any other input of the model (repeatable)",
			collect,
		)
		.option("-p, --parallel <n>", "at most this many runs at once (default: 4)")
		.option(
			"--timeout <time>",
			"how long to wait for a run: 90s, 5m (default: 5m)",
		)
		.option("--no-wait", "submit, print the run id, leave")
		.option("--callback-url <url>", "have the service call back too")
		.option("-f, --force", "replace a file that exists")
		.option("--sidecar", "write <image>.json beside the image")
		.option("--preview", "show the image in the terminal")
		.option(
			"--max-cost <usd>",
			"refuse, before anything is sent, what would cost more",
		)
		.option(
			"--dry-run",
			"say what would be sent and what it would cost; send nothing",
		)
		.option("-y, --yes", "no question before spending");
	addCommonOptions(program)
		.addHelpText("after", help)
		.action(async (words: string[], options) => {
			const prompt = onePrompt(words.map(unshield), runtime.argv);
			const { makeImages } = await import("./commands/image.ts");
			const names = program.commands.map((command) => command.name());
			const showHelp = () => {
				// A program wants a record where a person wants to be shown how.
				if (options.json) throw new Failure("usage", "no prompt was given");
				runtime.stderr.write(`${shortHelp}\n`);
				return 2;
			};
			end(await makeImages(prompt, options, runtime, { names, showHelp }));
		});
	return program;
}

function batchGrammar(program: Command, runtime: Runtime, end: End): void {
	const batch = program
		.command("batch <file>")
		.description(
			"one image a row: text lines, JSON Lines or CSV; - for stdin. Again: only what is new is bought",
		)
		.option(
			"-o, --output <path>",
			"folder or template; columns of the row are placeholders too",
		)
		.option(
			"--format <format>",
			"text, jsonl or csv (default: told by name, then by content)",
		)
		.option("-0, --null", "prompts end with a NUL and may hold lines")
		.option(
			"--prompt <template>",
			'made of columns: "a photo of {name}, {colour}"',
		)
		.option("-m, --model <id>", "model of rows that name none")
		.option(
			"--param <key=value>",
			"an input of every row (repeatable)",
			collect,
		)
		.option("-p, --parallel <n>", "at most this many runs at once (default: 4)")
		.option("--timeout <time>", "how long to wait for a run (default: 5m)")
		.option("--no-wait", "submit all and leave")
		.option("--callback-url <url>", "have the service call back too")
		.option(
			"--max-cost <usd>",
			"refuse, before anything is sent, what would cost more",
		)
		.option(
			"--max-failures <n|n%>",
			"buy nothing more after this many failed images",
		)
		.option(
			"--via <endpoint>",
			"runs, or batches of up to 100 a request (default: runs)",
		)
		.option(
			"--shard <i/n>",
			"only every n-th image, from the i-th: for several machines",
		)
		.option(
			"--update",
			"buy rows whose prompt changed, and replace their images",
		)
		.option("-f, --force", "buy all again, and replace any file")
		.option("--sidecar", "write <image>.json beside each image")
		.option("--report <file>", "every row with its outcome, as .csv or .jsonl")
		.option("--project <name>", "name that the spending is booked under")
		.option(
			"--dry-run",
			"say what would be bought and what it would cost; send nothing",
		)
		.option("-y, --yes", "no question before spending");
	addCommonOptions(batch).action(async (file: string, options) => {
		const { runBatch } = await import("./commands/batch.ts");
		end(await runBatch(file, options, runtime));
	});
}

function moneyGrammar(program: Command, runtime: Runtime, end: End): void {
	addCommonOptions(program.command("spend"))
		.description("what was spent from here, by day, model, project or month")
		.option(
			"--since <time>",
			"first day that counts: 2026-11-01, 7d, 2w, 3m or today (default: 30d)",
		)
		.option("--by <what>", "day, model, project or month (default: day)")
		.option("--csv", "comma-separated values on stdout")
		.action(async (options) => {
			const { spend } = await import("./commands/spend.ts");
			end(await spend(options, runtime));
		});
	addCommonOptions(program.command("balance"))
		.description("credit left on the account")
		.action(async (options) => {
			const { showBalance } = await import("./commands/balance.ts");
			end(await showBalance(options, runtime));
		});
}

function resumeGrammar(program: Command, runtime: Runtime, end: End): Command {
	return addCommonOptions(
		program
			.createCommand("resume")
			.copyInheritedSettings(program)
			.description(
				"bring every image that is paid for, or may be, and is not on disk; buys nothing",
			)
			.option("-p, --parallel <n>", "at most this many at once (default: 4)")
			.option("--timeout <time>", "how long to wait for a run (default: 5m)")
			.option("--forget <run...>", "give up runs that can never be finished"),
	).action(async (options) => {
		const { resume } = await import("./commands/resume.ts");
		end(await resume(options, runtime));
	});
}

function runsGrammar(program: Command, runtime: Runtime, end: End): void {
	const runs = program
		.command("runs")
		.description("what was run from here, and on the account");
	addCommonOptions(runs.command("list"))
		.description("runs made from here, newest first")
		.option("--limit <n>", "at most this many (default: 20)")
		.option("--account", "ask the service: every run of the account")
		.action(async (options) => {
			const { listRuns } = await import("./commands/runs/list.ts");
			end(await listRuns(options, runtime));
		});
	addCommonOptions(runs.command("show <run>"))
		.description("what the service says of a run")
		.action(async (id: string, options) => {
			const { showRun } = await import("./commands/runs/show.ts");
			end(await showRun(id, options, runtime));
		});
	addCommonOptions(runs.command("fetch [run...]"))
		.description("bring the image of a run, waiting for its end; buys nothing")
		.option("-o, --output <path>", "file, folder, template or - for stdout")
		.option("--ref <batch>", "every run of a batch, also from another machine")
		.option("-f, --force", "replace a file that exists")
		.option("--sidecar", "write <image>.json beside the image")
		.option("--timeout <time>", "how long to wait for a run (default: 5m)")
		.action(async (ids: string[], options) => {
			const { fetchRuns } = await import("./commands/runs/fetch.ts");
			end(await fetchRuns(ids, options, runtime));
		});
	addCommonOptions(runs.command("wait <run...>"))
		.description("wait for runs to end, without fetching")
		.option("--timeout <time>", "how long to wait for a run (default: 5m)")
		.action(async (ids: string[], options) => {
			const { waitForRuns } = await import("./commands/runs/wait.ts");
			end(await waitForRuns(ids, options, runtime));
		});
	addCommonOptions(runs.command("logs <run>"))
		.description("the service's log of a run")
		.action(async (id: string, options) => {
			const { showLogs } = await import("./commands/runs/logs.ts");
			end(await showLogs(id, options, runtime));
		});
}

function authGrammar(program: Command, runtime: Runtime, end: End): void {
	const auth = program.command("auth").description("the API key");
	auth
		.command("login")
		.description(
			"keep a key: asked for on a terminal, read from stdin elsewhere",
		)
		.action(async (options) => {
			const { login } = await import("./commands/auth/login.ts");
			end(await login(options, runtime));
		});
	auth
		.command("status")
		.description("which key is used, where it comes from, whether it works")
		.option("--json", "one JSON object on stdout")
		.action(async (options) => {
			const { showStatus } = await import("./commands/auth/status.ts");
			end(await showStatus(options, runtime));
		});
	auth
		.command("logout")
		.description("take the kept key away")
		.action(async (options) => {
			const { logout } = await import("./commands/auth/logout.ts");
			end(await logout(options, runtime));
		});
}

function configGrammar(program: Command, runtime: Runtime, end: End): void {
	const config = program
		.command("config")
		.description("settings that hold for every command");
	config
		.command("list")
		.description("each setting, its value, and where it comes from")
		.option("--json", "one JSON object a line on stdout")
		.action(async (options) => {
			const { listSettings } = await import("./commands/config/list.ts");
			end(await listSettings(options, runtime));
		});
	config
		.command("get <name>")
		.description("the value that holds")
		.action(async (name: string) => {
			const { getSetting } = await import("./commands/config/get.ts");
			end(await getSetting({ name }, runtime));
		});
	config
		.command("set <name> <value>")
		.description("keep a value")
		.action(async (name: string, value: string) => {
			const { setSetting } = await import("./commands/config/set.ts");
			end(await setSetting({ name, value }, runtime));
		});
	config
		.command("unset <name>")
		.description("take a value away")
		.action(async (name: string) => {
			const { unsetSetting } = await import("./commands/config/unset.ts");
			end(await unsetSetting({ name }, runtime));
		});
	config
		.command("path")
		.description("the file that keeps them")
		.action(async () => {
			const { printSettingsPath } = await import("./commands/config/path.ts");
			end(await printSettingsPath({}, runtime));
		});
}

function sandboxGrammar(program: Command, runtime: Runtime, end: End): void {
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
		.option("--fault-seed <n>", "the same faults again where they are random")
		.option("--size <WxH>", "pixels of the pictures, for load tests")
		.option("--link-ttl <time>", "how long an image link works")
		.option("--state <file>", "keep the runs in a file")
		.option("--json", "one JSON object a line on stdout")
		.option("-q, --quiet", "no line for each request")
		.action(async (options) => {
			const { serveSandbox } = await import("./commands/sandbox-options.ts");
			end(await serveSandbox(options, runtime));
		});
}

function addCommonOptions(command: Command): Command {
	return command
		.option("--json", "one JSON object a line on stdout")
		.option("-q, --quiet", "nothing on stderr but errors")
		.option("-v, --verbose", "each request with status and time")
		.option(
			"--sandbox",
			"against the built-in sandbox: no key, no cost, a test picture",
		)
		.addOption(new Option("--no-color", "no colour"));
}

function collect(value: string, before: readonly string[] = []): string[] {
	return [...before, value];
}

/** What stands before a command would be the image's and be passed over: `--sandbox resume` must not turn to the service. */
function refuseEarlyOptions(program: Command, command: Command): void {
	const early = program.options.find(
		(option) => program.getOptionValueSource(option.attributeName()) === "cli",
	);
	if (early === undefined) return;
	const name = command.name();
	throw new Failure(
		"usage",
		`${early.long} stands before the command ${name}, and would not reach it`,
		{ hint: `options come behind: flux-ultra ${name} … ${early.long}` },
	);
}

/** An unquoted prompt must never cost money. */
function onePrompt(
	words: readonly string[],
	argv: readonly string[],
): string | undefined {
	if (words.length < 2) return words[0];
	const rest = [...argv];
	for (const word of words) rest.splice(rest.indexOf(word), 1);
	const prompt = `"${words.join(" ")}"`;
	const line = rest.includes("--")
		? ["flux-ultra", ...rest, prompt]
		: ["flux-ultra", prompt, ...rest];
	throw new Failure(
		"usage",
		`${words.length} words where one prompt is expected`,
		{ hint: `put the prompt in quotes: ${line.join(" ")}` },
	);
}

/** No argument can hold a NUL, so this marks a prompt that commander would take for a command's name. */
const shield = "\0";

/** What follows `--` is a prompt, also where it is a command's name. */
function shieldPrompt(argv: readonly string[], program: Command): string[] {
	const at = argv.indexOf("--");
	const prompt = argv[at + 1];
	const isName = program.commands.some((command) => command.name() === prompt);
	if (at < 0 || prompt === undefined || !(isName || prompt === "help"))
		return [...argv];
	return argv.with(at + 1, shield + prompt);
}

function unshield(word: string): string {
	return word.startsWith(shield) ? word.slice(1) : word;
}

function usageFailure(
	error: CommanderError,
	argv: readonly string[],
	program: Command,
): Failure {
	if (error.code === "commander.help") return missingVerb(argv, program);
	const [message = "", suggestion] = error.message
		.replace(/^error: /, "")
		.split("\n");
	const hint = suggestion?.replace(/^\(|\)$/g, "") ?? "see flux-ultra --help";
	return new Failure("usage", message, { hint });
}

/** `flux-ultra runs` and no more. Nothing can stand before the noun. */
function missingVerb([noun]: readonly string[], program: Command): Failure {
	const command = program.commands.find((one) => one.name() === noun);
	const verbs = command?.commands.map((verb) => verb.name()) ?? [];
	return new Failure("usage", `${noun} is half a command`, {
		hint: `say which: flux-ultra ${noun} ${verbs.join("|")}`,
	});
}

const shortHelp = `Say what to make:
  flux-ultra "a serene japanese garden with cherry blossoms at dawn" -o garden.jpg
Without a key, free of charge:
  flux-ultra --sandbox "a serene japanese garden" -o garden.jpg
Everything else: flux-ultra --help`;

const help = `
Examples:
  flux-ultra "a serene japanese garden at dawn" -o garden.jpg
  flux-ultra --count 4 "a red bicycle" -o bikes/          four seeds, side by side
  flux-ultra --seed 42 "a red bicycle" -o bike.jpg        the same image again
  echo "a prompt from a script" | flux-ultra -o out.jpg   prompt on stdin
  flux-ultra "a poster" -o - | lp                         bytes on stdout
  flux-ultra --sandbox "a red bicycle"                    no key, no cost
  flux-ultra -- resume                                    a prompt named like a command

Exit codes: 0 all on disk, 1 run failed, 2 usage, 3 some missing, 4 key, 5 money,
  6 moderation, 7 network, 8 still running or unknown, 9 disk or image, 130 interrupted.
After anything but 0, what is paid is never lost: flux-ultra resume`;
