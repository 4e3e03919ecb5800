import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readTable } from "./read-table.ts";
import { createWorld, type World } from "./world.ts";

/** Ends with exit 2 and without a request; what it says on stderr, first the message, then the hint. */
async function refusal(
	world: World,
	words: readonly string[],
): Promise<readonly string[]> {
	const outcome = await world.run(words);
	const { code, stdout, sent } = outcome;
	expect({ code, stdout, sent }).toEqual({ code: 2, stdout: "", sent: [] });
	expect(world.jobs()).toEqual([]);
	return outcome.stderr.trimEnd().split("\n  ");
}

it.each([
	["resme", "resume", "flux-ultra resume"],
	["Complation", "completion", "flux-ultra completion"],
	["Resume", "resume", "flux-ultra resume"],
	["login", "auth login", "flux-ultra auth login"],
	["lgoin", "auth login", "flux-ultra auth login"],
	["config-list", "config list", "flux-ultra config list"],
	["Batch", "batch", "flux-ultra batch --help"],
	["Help", "help", "flux-ultra help"],
	["version", "--version", "flux-ultra --version"],
	["cost", "spend", "flux-ultra spend"],
	["History", "runs list", "flux-ultra runs list"],
	[
		"list",
		"runs list or models list or config list",
		"flux-ultra runs list or flux-ultra models list or flux-ultra config list",
	],
])("a lone %s is no prompt: it looks like %s", async (word, command, line) => {
	expect(await refusal(await createWorld(), [word])).toEqual([
		`error: "${word}" looks like the command ${command}`,
		`the command: ${line}; a picture of the word: flux-ultra -- ${word}`,
	]);
});

/** Every name in the contract that is no command by itself, and what tools elsewhere have. */
const guesses = [
	...["list", "fetch", "wait", "logs", "show", "verify", "Gallery", "export"],
	...["login", "status", "logout", "get", "set", "unset", "path", "Doctor"],
	...["bash", "zsh", "fish", "powershell", "repair"],
	...["trace", "debug", "version", "init", "help-me", "Balance", "Sandbox"],
	...["Runs", "SPEND", "models-list", "config-get", "auth-login"],
];

it("no name of a command, nor one that could be taken for one, is a prompt", async () => {
	const world = await createWorld();
	for (const word of guesses) await refusal(world, [word]);
});

it.each(["fox", "a", "Fernweh", "sci-fi", " fox ", "naïve", "лиса"])(
	"a lone word is no prompt, whatever it says: %j",
	async (word) => {
		const [message] = await refusal(await createWorld(), [word]);
		expect(message).toBe(`error: "${word.trim()}" is one word, and no command`);
	},
);

it("the way to a picture of a word keeps the options of the line", async () => {
	const words = ["-o", "fox", "--sandbox", "fox", "--max-cost", "0.1"];
	const [, hint] = await refusal(await createWorld(), words);
	expect(hint).toBe(
		"all commands: flux-ultra --help; a picture of the word: flux-ultra -o fox --sandbox --max-cost 0.1 -- fox",
	);
});

it("an address with a query, which may hold a secret, is not shown again", async () => {
	const link = "https://example.com/a.png?signature=TELL";
	const [, hint] = await refusal(await createWorld(), ["fox", "-i", link]);
	// Pasted as it is, this is refused: no file has that name.
	expect(hint).toContain("flux-ultra -i '…' -- fox");
	const words = ["a", "fox", `--callback-url=${link}`];
	const [, quoted] = await refusal(await createWorld(), words);
	expect(quoted).toContain(`flux-ultra "a fox" '--callback-url=…'`);
});

it.each([
	["login --", "flux-ultra auth login"],
	["batsh -- p.txt", "flux-ultra batch p.txt --dry-run"],
])("what stands before -- is not behind it: %s", async (line, hint) => {
	const [, told] = await refusal(await createWorld(), line.split(" "));
	expect(told).toContain(hint);
});

it("behind --, and from stdin, any word is a prompt", async () => {
	const world = await createWorld();
	const marked = await world.run(["--", "resme"]);
	expect([marked.code, marked.orders[0]?.input.prompt]).toEqual([0, "resme"]);
	const piped = await world.run([], { stdin: "login" });
	expect([piped.code, piped.orders[0]?.input.prompt]).toEqual([0, "login"]);
});

it.each([
	["prompts.txt", "flux-ultra batch prompts.txt --dry-run"],
	["my rows.CSV", "flux-ultra batch 'my rows.CSV' --dry-run"],
	["rows.jsonl", "flux-ultra batch rows.jsonl --dry-run"],
	["rows.xlsx", "save it as CSV"],
	["photo.jpg", "--image photo.jpg"],
	["shots/photo.png", "--image shots/photo.png"],
])("what ends like a file's name is no prompt: %s", async (name, hint) => {
	const [message, told] = await refusal(await createWorld(), [name]);
	expect(message).toBe(`error: "${name}" is the name of a file, and no prompt`);
	expect(told).toContain(hint);
});

it.each([".", "shots/", "deep/er/"])("nor is a folder: %s", async (name) => {
	const world = await createWorld();
	mkdirSync(join(world.cwd, "shots"));
	expect(await refusal(world, [name])).toEqual([
		`error: "${name}" is the name of a folder, and no prompt`,
		`to write into it: -o ${name}; a picture of the words: behind --`,
	]);
});

it("a script without spaces needs none: one word of it may say all", async () => {
	const world = await createWorld();
	expect((await world.run(["日本庭園"])).code).toBe(0);
});

it("nor is the name of a file that exists", async () => {
	const world = await createWorld();
	world.write("a list 2", "");
	expect(await refusal(world, ["a list 2"])).toEqual([
		'error: "a list 2" is the name of a file, and no prompt',
		"an image for each of its rows: flux-ultra batch 'a list 2' --dry-run; a picture of the words: behind --",
	]);
	expect((await world.run(["a list 3"])).code).toBe(0);
});

it.each([
	["batsh prompts.txt", "flux-ultra batch prompts.txt --dry-run"],
	["bacth p.txt -o out/ -y", "flux-ultra batch p.txt -o out/ -y --dry-run"],
	["bacth p.txt --shard 1/2", "flux-ultra batch p.txt --shard 1/2 --dry-run"],
	["run list", "flux-ultra runs list"],
	["run lst --limit 5", "flux-ultra runs list --limit 5"],
	["list runs", "flux-ultra runs list"],
	["Show a.jpg", "flux-ultra show a.jpg"],
	["Models show ultra", "flux-ultra models show ultra"],
	["login now", "flux-ultra auth login"],
	["verfiy out/", "flux-ultra verify out/"],
	["completoin bash", "flux-ultra completion bash"],
])("%j was meant for a command: %s", async (line, meant) => {
	const [, hint] = await refusal(await createWorld(), line.split(" "));
	expect(hint).toBe(
		`the command: ${meant}; a prompt is one argument, in quotes`,
	);
});

it("several words with a file among them are not put in quotes", async () => {
	expect(await refusal(await createWorld(), ["a", "fox", "c.jpg"])).toEqual([
		"error: 3 words where one prompt is expected",
		"the prompt goes in quotes; to start from the image: --image c.jpg; to write it: -o c.jpg; how it was made: flux-ultra show c.jpg",
	]);
});

it.each([
	[["--api-key=rf_live_0123456789TELL", "a fox"], "auth login"],
	[["--api-key", "0123456789TELL", "a fox"], "auth login"],
	[["a fox", "--key=0123456789TELL"], "auth login"],
	[["--RUNFLOW_API_KEY=0123456789TELL", "a fox"], "auth login"],
	[["auth", "login", "rf_live_0123456789TELL"], "auth login"],
	[["auth", "login", "rfk_0123456789abcdefTELL"], "auth login"],
	[["auth", "login", "--token", "0123456789TELL"], "auth login"],
	[["auth", "login", "0123456789TELL"], "read from stdin"],
	[["auth", "0123456789TELL"], "auth --help"],
	[["login", "0123456789TELL"], "auth login"],
	[["auth", "lgoin", "0123456789TELL"], "auth login"],
	[["auth", "logni", "rf_0123456789abcdefTELL"], "auth login"],
	[["config", "set", "api-key", "0123456789TELL"], "auth login"],
	[["rf_live_0123456789TELL"], "auth login"],
	[["run", "list", "rf_live_0123456789TELL"], "auth login"],
	[["a", "fox", "Bearer rf_svc_0123456789TELL"], "auth login"],
	[["--callback-secret=0123456789TELL", "a fox"], "auth callback-secret"],
	[["--unknown=0123456789TELL", "a fox"], "--help"],
])(
	"a secret among the arguments is refused and not told again: %j",
	async (words, way) => {
		const world = await createWorld();
		const [message, hint] = await refusal(world, words);
		expect(`${message}\n${hint}`).not.toContain("TELL");
		expect(hint).toContain(way);
	},
);

it("a file whose name begins like a key is a file", async () => {
	const world = await createWorld();
	const file = "rf_2026_lighthouse_final_version.jpg";
	expect((await world.run(["a fox", "-o", file])).code).toBe(0);
	expect(world.files()).toEqual([file]);
});

it("an argument, or a working folder, whose bytes were not UTF-8 is refused", async () => {
	const world = await createWorld();
	expect(await refusal(world, ["caf\ufffd noir"])).toEqual([
		'error: an argument is not UTF-8: "caf\ufffd noir"',
		"set the terminal to UTF-8, or give the prompt on stdin in UTF-8",
	]);
	const cwd = join(world.cwd, "caf\ufffd");
	const { code, stderr, sent } = await world.run(["a fox"], { cwd });
	expect([code, sent]).toEqual([2, []]);
	expect(stderr).toContain(
		`the name of the working folder is not UTF-8: ${cwd}`,
	);
	expect((await world.run(["--help"], { cwd })).code).toBe(0);
});

it.each(
	readTable(`
--out x.jpg a. | the nearest option is --output
--prompt a. | the prompt is the argument itself, in quotes
--promt a. | the prompt is the argument itself, in quotes
batch a.csv --promt a. | the nearest option is --prompt
a. --colour | it is so by default; the option is --no-color
spend --bye day | the nearest option is --by
gallery a/ b/ | one folder at a time, with all folders in it: flux-ultra gallery <folder>
config max-cost 5 | to keep a value: flux-ultra config set <setting> <value>
runs 01a2 | of one run: flux-ultra runs show <run>
--hepl | the nearest option is --help
--sed=7 a. | the nearest option is --seed
models --refesh | the nearest option is --refresh
runs list --limt 3 | the nearest option is --limit
batch | name a file of rows, or a dash for stdin: flux-ultra batch prompts.txt --dry-run
batch --sandbox | name a file of rows, or a dash for stdin: flux-ultra batch prompts.txt --sandbox --dry-run
a. --aspect-ratio 16:9 | the format of Ultra is fixed, at about 4 megapixels; models that take --size: flux-ultra models
a. --size 16x9 | its format is fixed (about 4 MP); models that have it: pro, lightning, gpt, gpt-edit, klein, klein-edit
a. -m flux-ultr | did you mean ultra? all of them: flux-ultra models
a. -m flux-ultra | did you mean ultra? all of them: flux-ultra models
models shwo ultra | the command: flux-ultra models show ultra
a. -n 3 -o new.jpg | tell them apart: -o "new-{seed}.jpg"
help runs wiat | the nearest is: flux-ultra help runs wait
`),
)("%j is told what was meant", async (line, meant) => {
	const [, hint] = await refusal(await createWorld(), line.split(" "));
	expect(hint).toBe(meant);
});

it.each([
	["a. -force", "-force", "--force"],
	["a. -json", "-json", "--json"],
	["-sandbox a.", "-sandbox", "--sandbox"],
	["a. -no-wait", "-no-wait", "--no-wait"],
	["a. -count 4", "-count", "--count"],
	["a. -count=4", "-count", "--count"],
	["batch rows.txt -update", "-update", "--update"],
	["runs list -limit 3", "-limit", "--limit"],
])(
	"%j: one dash before a long name is refused, whatever its letters would mean",
	async (line, typed, meant) => {
		const world = await createWorld();
		expect(await refusal(world, line.split(" "))).toEqual([
			`error: ${typed} has one dash, where long options have two`,
			`did you mean ${meant}?`,
		]);
	},
);

it.each([
	["a. -o=fox.jpg", "-o=fox.jpg", "-o fox.jpg"],
	["a. -fo=fox.jpg", "-fo=fox.jpg", "-fo fox.jpg"],
	["batch rows.txt -o=out/", "-o=out/", "-o out/"],
])("%j: a value of a short option has no =", async (line, typed, meant) => {
	const world = await createWorld();
	expect(await refusal(world, line.split(" "))).toEqual([
		`error: ${typed} has =, which only long options have before their value`,
		`did you mean ${meant}?`,
	]);
});

it.each([
	["a fox –seed 4", "–seed", "--seed"],
	["a. —seed=4", "—seed", "--seed"],
	["a. –o x.jpg", "–o", "-o"],
	["batch rows.txt –update", "–update", "--update"],
])(
	"%j: what was typed as hyphens and pasted as a dash is no part of the prompt",
	async (line, typed, meant) => {
		expect(await refusal(await createWorld(), line.split(" "))).toEqual([
			`error: "${typed}" begins with a typographic dash, where options have hyphens`,
			`did you mean ${meant}?`,
		]);
	},
);

it("several prompts in quotes are never shown as one", async () => {
	const words = ["a red fox", "a blue fox", "-o", "two/"];
	expect(await refusal(await createWorld(), words)).toEqual([
		"error: 2 arguments where one prompt is expected: 'a red fox' 'a blue fox'",
		"a command for each; or a line for each in a file: flux-ultra batch prompts.txt --dry-run",
	]);
});

it.each([
	[
		"a. -o --preview",
		"-o needs a value, and --preview is",
		"--output=--preview",
	],
	["a. -fo --force", "-fo needs a value, and --force is", "--output=--force"],
	["a. -o -o", "-o needs a value, and -o is", "--output=-o"],
	["-o -- fox", "-o needs a value, and -- is", "--output=--"],
	["a. --project --j", "--project needs a value, and --j is", "--project=--j"],
	["a. -m -h", "-m needs a value, and -h is", "--model=-h"],
	["a. -n -o cat.jpg", "-n needs a number, and -o is", undefined],
	["a. --max-cost -y", "--max-cost needs a number, and -y is", undefined],
	[
		"batch r.txt --report -f",
		"--report needs a value, and -f is",
		"--report=-f",
	],
])("%j: an option is no other option's value", async (line, message, value) => {
	expect(await refusal(await createWorld(), line.split(" "))).toEqual([
		`error: ${message} an option`,
		...(value ? [`to mean it as the value: ${value}`] : []),
	]);
});

it("behind = any value is one, and so is a text that begins with dashes", async () => {
	const world = await createWorld();
	for (const value of [["--output=--json"], ["-o", "--a fox.jpg"]]) {
		const argv = [...value, "--dry-run", "--sandbox", "a."];
		expect(await world.run(argv)).toMatchObject({ code: 0, sent: [] });
	}
});

it("a value may look like that", async () => {
	const world = await createWorld();
	for (const value of ["-force", "–force"]) {
		const argv = ["-o", value, "--dry-run", "--sandbox", "a."];
		expect(await world.run(argv)).toMatchObject({ code: 0, sent: [] });
	}
});

it("what all commands take may stand before the command", async () => {
	const world = await createWorld();
	await world.run(["a garden", "-o", "x.jpg"]);
	expect((await world.run(["--json", "runs", "list"])).records).toMatchObject([
		{ file: "x.jpg" },
	]);
	expect(await world.run(["-v", "--sandbox", "runs", "list"])).toMatchObject({
		code: 0,
		stderr: "note: no runs yet\n",
	});
});
