import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { shortHelp } from "../../src/commands/grammar/first-screen.ts";
import type { Runtime } from "../../src/runtime.ts";
import { createWorld, type RunOptions } from "./world.ts";

const keyboard = { tty: { stdin: true, stderr: true } };

it.each<[string, readonly string[], RunOptions, string]>([
	["the argument", ["a garden"], {}, "a garden"],
	["the argument, whatever is piped in", ["a b"], { stdin: "c" }, "a b"],
	["stdin where there is no argument", [], { stdin: "a garden" }, "a garden"],
	["stdin where the argument is -", ["-"], { stdin: "a garden" }, "a garden"],
	["stdin without its last line end", [], { stdin: "a\nb\n" }, "a\nb"],
	["stdin without a Windows line end", [], { stdin: "a\r\nb\r\n" }, "a\r\nb"],
	["stdin less one line end, not all", [], { stdin: "a\n\n" }, "a\n"],
	["stdin with its blanks", [], { stdin: "  a  " }, "  a  "],
	["stdin without its byte order mark", [], { stdin: "\ufeffa" }, "a"],
	["a terminal's lines, where - asks for it", ["-"], { ...keyboard }, "typed"],
	["64 KiB", [], { stdin: "é".repeat(32_768) }, "é".repeat(32_768)],
	[
		"64 KiB between a byte order mark and a line end",
		[],
		{ stdin: `\ufeff${"x".repeat(65_536)}\r\n` },
		"x".repeat(65_536),
	],
	["a command's name behind --", ["--", "resume"], {}, "resume"],
	["the word help behind --", ["--", "help"], {}, "help"],
	["what begins with a dash behind --", ["--", "-o"], {}, "-o"],
	["what begins with an @", ["@file"], {}, "@file"],
])("the prompt is %s", async (_what, words, options, prompt) => {
	const world = await createWorld();
	const outcome = await world.run(["-o", "x.jpg", ...words], {
		...options,
		during: ({ stdin }) => {
			if (options.tty) stdin.end("typed\n");
		},
	});
	expect([outcome.code, outcome.orders[0]?.input.prompt]).toEqual([0, prompt]);
});

const latin1 = Buffer.from("caf\xe9", "latin1");
const tooLong = "the prompt is longer than 64 KiB";

it.each<[string, readonly string[], RunOptions, string]>([
	["empty", [""], {}, "the prompt is empty"],
	["blank", [" \t\n"], {}, "the prompt is empty"],
	["nothing on stdin", [], { stdin: "" }, "the prompt is empty"],
	["a line end on stdin", ["-"], { stdin: "\r\n" }, "the prompt is empty"],
	["not UTF-8", [], { stdin: latin1 }, "the prompt on stdin is not UTF-8"],
	["over 64 KiB on stdin", [], { stdin: "x".repeat(65_537) }, tooLong],
	["endless on stdin", ["-"], { stdin: "x".repeat(1_000_000) }, tooLong],
	["over 64 KiB as an argument", ["é".repeat(32_769)], {}, tooLong],
])(
	"a prompt that is %s is refused: exit 2, nothing sent",
	async (_what, words, options, message) => {
		const world = await createWorld();
		const { code, stdout, stderr, sent } = await world.run(words, options);
		expect({ code, stdout, sent }).toEqual({ code: 2, stdout: "", sent: [] });
		expect(stderr).toMatch(new RegExp(`^error: ${message}\n`));
		expect([world.files(), world.jobs()]).toEqual([[], []]);
	},
);

it("on a terminal without a prompt: the short help, exit 2", async () => {
	const world = await createWorld();
	const { code, stdout, stderr, sent } = await world.run([], keyboard);
	expect({ code, stdout, stderr, sent }).toEqual({
		code: 2,
		stdout: "",
		stderr: shortHelp,
		sent: [],
	});
});

it("on a terminal without a prompt, --json gets its record", async () => {
	const world = await createWorld();
	const { code, records } = await world.run(["--json"], keyboard);
	expect([code, records]).toEqual([
		2,
		[
			{
				version: 1,
				status: "error",
				charged: "no",
				error: {
					code: "usage",
					message: "no prompt was given",
					hint: null,
					retryable: false,
					http_status: null,
					request_id: null,
				},
			},
		],
	]);
});

it.each([
	[["a", "red", "bicycle"], '"a red bicycle"'],
	[["a", "red", "bicycle", "-o", "red"], '"a red bicycle" -o red'],
	[["-o", "x.jpg", "a", "bicycle", "-y"], '"a bicycle" -o x.jpg -y'],
	[["--", "-a", "b"], '-- "-a b"'],
	[["a", "\u001b[2Jb"], '"a \\x1b[2Jb"'],
	[["“a", "red", "bicycle”"], '"a red bicycle"'],
	[["-o", "a", "-y", "a", "bicycle"], '"a bicycle" -o a -y'],
	[["-yo", "x.jpg", "--seed=7", "a", "b"], '"a b" -yo x.jpg --seed=7'],
])("a prompt without quotes costs nothing: %j", async (words, quoted) => {
	const world = await createWorld();
	const { code, stdout, stderr, sent } = await world.run(words, {
		...keyboard,
		env: { NO_COLOR: "1", TERM: "dumb" },
	});
	expect({ code, stdout, sent }).toEqual({ code: 2, stdout: "", sent: [] });
	expect(stderr).toMatch(/^error: [23] words where one prompt is expected\n/);
	expect(stderr).toContain(
		`\n  put the prompt in quotes: flux-ultra ${quoted}\n`,
	);
});

it.each([
	["--max-cost", '--max-cost: "a red fox" is not an amount in US dollars'],
	["--timeout", '--timeout: "a red fox" is not a length of time'],
	["--seed", '--seed: "a red fox" is not a seed'],
	["--count", '--count: "a red fox" is not a number that is allowed here'],
	["-o", `-o takes "a red fox" for a file's name, and there is no prompt`],
])(
	"%s that took the prompt for its value says so, and waits for no stdin",
	async (option, message) => {
		const world = await createWorld();
		for (const tty of [{}, keyboard.tty]) {
			const { code, stderr, sent } = await world.run([option, "a red fox"], {
				tty,
				env: { NO_COLOR: "1", TERM: "dumb" },
				runtime: { stdin: endless() },
			});
			expect([code, sent]).toEqual([2, []]);
			expect(stderr).toMatch(`error: ${message}\n`);
		}
	},
);

/** Nobody writes to it, and nobody closes it. */
function endless(): Runtime["stdin"] {
	return new PassThrough() as unknown as Runtime["stdin"];
}
