import type { Command } from "commander";
import { Failure } from "../../errors.ts";
import { escaped } from "../../system/escape.ts";
import { commandOf, optionBefore, optionsIn } from "./command-line.ts";

/**
 * Arguments are public on a shared machine, and stay in the shell's history: a key in them is refused, and never shown.
 * @throws {Failure} `usage`
 */
export function refuseSecrets(argv: readonly string[]): void {
	const found = argv.map((word) => keyIn.exec(word)).find(Boolean);
	if (found)
		throw publicSecret(`an argument holds an API key (${found[1]}…)`, "key");
	const at = argv.indexOf("--");
	const options = at < 0 ? argv : argv.slice(0, at);
	for (const word of options) {
		const [, flag, name] = secretOption.exec(word) ?? [];
		if (flag && name)
			throw publicSecret(`${flag}=… is no option`, name.toLowerCase());
	}
}

/**
 * Node reads bytes that are not UTF-8 as U+FFFD, so what was typed is lost: another prompt would be bought, and
 * files would go to a folder that is not there.
 * @throws {Failure} `usage`
 */
export function refuseLostBytes(argv: readonly string[], cwd: string): void {
	const lost = argv.find((word) => word.includes("\ufffd"));
	if (lost !== undefined)
		throw new Failure("usage", `an argument is not UTF-8: "${lost}"`, {
			hint: "set the terminal to UTF-8, or give the prompt on stdin in UTF-8",
		});
	if (cwd.includes("\ufffd"))
		throw new Failure(
			"usage",
			`the name of the working folder is not UTF-8: ${cwd}`,
			{ hint: "work in a folder whose path is UTF-8" },
		);
}

/**
 * `-force` would be read as `-f -o rce`, and buy; `-o=x` as a file `=x`.
 * @throws {Failure} `usage` for a long option's name behind one dash, and for `=` behind a short one
 */
export function refuseSingleDash(
	argv: readonly string[],
	program: Command,
): void {
	const { command } = commandOf(argv, program);
	const longs = [...command.options.map(({ long }) => long), "--help"];
	for (const [word = ""] of optionsIn(argv, command)) {
		const flag = word.replace(/=.*/s, "");
		const isValue = word !== flag && optionBefore(flag, command);
		if (isValue && !flag.startsWith("--") && !longs.includes(`-${flag}`))
			throw new Failure(
				"usage",
				`${escaped(word)} has =, which only long options have before their value`,
				{ hint: `did you mean ${escaped(word.replace("=", " "))}?` },
			);
		if (longs.includes(`-${flag}`))
			throw new Failure(
				"usage",
				`${flag} has one dash, where long options have two`,
				{ hint: `did you mean -${flag}?` },
			);
	}
}

/**
 * commander takes the next word as a value whatever it is: `-o --json` would buy an image named `--json`. Behind `=` any value is one.
 * @throws {Failure} `usage` where an option that takes a value is followed by another option
 */
export function refuseOptionAsValue(
	argv: readonly string[],
	program: Command,
): void {
	const { command } = commandOf(argv, program);
	const shorts = [...command.options.map(({ short }) => short), "-h"];
	for (const [word = "", value = ""] of optionsIn(argv, command)) {
		const option = optionBefore(word, command);
		const isOption = /^--\S*$/.test(value) || shorts.includes(value);
		if (option === undefined || !isOption) continue;
		const isNumber = / <(n|px|usd)>$/.test(option.flags);
		throw new Failure(
			"usage",
			`${word} needs a ${isNumber ? "number" : "value"}, and ${escaped(value)} is an option`,
			isNumber
				? {}
				: {
						hint: `to mean it as the value: ${option.long}=${escaped(value)}`,
					},
		);
	}
}

/**
 * Chats and word processors make one dash of two hyphens: the option would be words of the prompt, and its value lost.
 * @throws {Failure} `usage` for an option behind a dash that is no hyphen
 */
export function refuseTypographicDash(
	argv: readonly string[],
	program: Command,
): void {
	const { command } = commandOf(argv, program);
	const values = optionsIn(argv, command).map(([, value]) => value);
	const at = argv.indexOf("--");
	for (const word of at < 0 ? argv : argv.slice(0, at)) {
		const [, dash, name = ""] = typographicOption.exec(word) ?? [];
		if (dash === undefined || values.includes(word)) continue;
		throw new Failure(
			"usage",
			`"${escaped(dash + name)}" begins with a typographic dash, where options have hyphens`,
			{ hint: `did you mean ${name.length === 1 ? "-" : "--"}${name}?` },
		);
	}
}

const typographicOption = /^([\u2010-\u2015\u2212]+-?)([a-z][a-z-]*)(?:=|$)/i;

/** Keys as the service makes them, wherever they stand. Plain `rf_` is also how a file's name may begin, so it wants more behind it. */
const keyIn =
	/(?<!\w)(rf_(?:live|svc|test)_(?=\w{8})|rfk_(?=\w{16})|rf_(?=[A-Za-z]*\d[A-Za-z\d]{15}))/;

/** What other tools call an option for a key. */
const secretOption =
	/^(--?(?:runflow[-_]?)?(api[-_]?key|key|(?:api[-_]?|auth[-_]?|access[-_]?)?token|password|(?:callback[-_]?)?secret))(?:=|$)/i;

function publicSecret(what: string, name: string): Failure {
	return new Failure(
		"usage",
		`${what}: arguments are public on a shared machine`,
		{
			hint: name.includes("secret")
				? "the secret of callbacks is made and kept by: flux-ultra auth callback-secret; or set FLUX_ULTRA_CALLBACK_SECRET"
				: "flux-ultra auth login asks for the key and keeps it; or set RUNFLOW_API_KEY",
		},
	);
}
