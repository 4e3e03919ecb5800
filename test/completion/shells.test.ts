import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it, onTestFailed, onTestFinished } from "vitest";
import { temporaryFolder } from "../temporary-folder.ts";

const bin = resolve(import.meta.dirname, "../../bin/flux-ultra.js");

/** How to start each without a user's own files, and the file that it reads at its start. */
const shells = {
	bash: {
		call: "bash --rcfile start -i",
		start: "bind 'set enable-bracketed-paste off'\nPS1='ready> '\n",
	},
	zsh: {
		call: "ZDOTDIR=. zsh -i",
		start: "autoload -Uz compinit; compinit -u -D\nPS1='ready> '\n",
	},
	fish: {
		call: "fish --no-config -i -C 'source start'",
		start: "function fish_prompt; echo -n 'ready> '; end\n",
	},
} as const;

type ShellName = keyof typeof shells;

/** Why the tests of a shell are left out; undefined where they are not. */
function reasonWithout(shell: ShellName): string | undefined {
	if (process.platform === "win32") return "there is no pty";
	return [shell, "script"].find(
		(program) =>
			spawnSync("which", [program], { stdio: "ignore" }).status !== 0,
	);
}

/** What is typed, keys included, and the words that the command then gets. */
const lines: readonly (readonly [typed: string, words: string])[] = [
	["ru\t", "[runs]"],
	["runs lo\t", "[runs] [logs]"],
	["--sandbox bat\t", "[--sandbox] [batch]"],
	["--dry\t", "[--dry-run]"],
	["-m light\t", "[-m] [lightning]"],
	["batch --format js\t", "[batch] [--format] [jsonl]"],
	["batch --format=js\t", "[batch] [--format=jsonl]"],
	["config get max-cost-\t", "[config] [get] [max-cost-per-day]"],
	["completion po\t", "[completion] [powershell]"],
	["sandbox --fault post:reset-a\t", "[sandbox] [--fault] [post:reset-after]"],
	["batch gar\t", "[batch] [garden.jpg]"],
	["-o gar\t", "[-o] [garden.jpg]"],
	["--output=gar\t", "[--output=garden.jpg]"],
	["--trace my\t", "[--trace] [my notes]"],
	["runs show \t", `[runs] [show] [01a2b3c4-0000-7000-8000-000000000001]`],
	["'$(touch evaluated)' --dry\t", "[$(touch evaluated)] [--dry-run]"],
];

describe.each(Object.keys(shells) as ShellName[])("%s", (name) => {
	const missing = reasonWithout(name);
	it.skipIf(missing)(
		`completes what is typed${missing ? ` (left out: ${missing})` : ""}`,
		async () => {
			const shell = startShell(name);
			for (const [typed, words] of lines)
				expect([typed, await shell.type(typed)]).toEqual([typed, words]);
			expect(existsSync(join(shell.folder, "evaluated"))).toBe(false);
		},
	);
});

/** A shell on a pty, in a folder with two files and one run. */
function startShell(name: ShellName) {
	const folder = temporaryFolder();
	const { call, start } = shells[name];
	writeFileSync(join(folder, "garden.jpg"), "");
	writeFileSync(join(folder, "my notes"), "");
	const argv = [bin, "completion", name];
	const { stdout: script } = spawnSync(process.execPath, argv);
	for (const file of ["start", ".zshrc"])
		writeFileSync(join(folder, file), start + script);
	// Completion has the program itself; what is entered is only shown.
	const program = `#!/bin/sh
[ "$1" = __complete ] && exec '${process.execPath}' '${bin}' "$@"
printf 'given:'; printf ' [%s]' "$@"; printf '.\\n'
`;
	writeFileSync(join(folder, "flux-ultra"), program, { mode: 0o755 });
	mkdirSync(join(folder, "state", "ledger"), { recursive: true });
	writeFileSync(join(folder, "state", "ledger", "2026-11.jsonl"), ledgerLine);
	const child = spawn("script", ["-qfc", call, "/dev/null"], {
		cwd: folder,
		env: {
			PATH: `${folder}:${process.env.PATH}`,
			HOME: folder,
			LANG: "C.UTF-8",
			TERM: "dumb",
			FLUX_ULTRA_STATE_DIR: join(folder, "state"),
			FLUX_ULTRA_CONFIG_DIR: join(folder, "config"),
		},
	});
	const closed = new Promise((done) => child.on("close", done));
	onTestFinished(async () => {
		child.kill();
		await closed;
	});
	let shown = "";
	let look = () => {};
	child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
		shown += chunk;
		look();
	});
	onTestFailed(() => void process.stderr.write(`${name} showed:\n${shown}\n`));
	const found = (pattern: RegExp) =>
		new Promise<string>((done) => {
			look = () => {
				const [whole, first = ""] = pattern.exec(shown) ?? [];
				if (whole === undefined) return;
				shown = shown.slice(shown.indexOf(whole) + whole.length);
				done(first);
			};
			look();
		});
	return {
		folder,
		/** Waits for the prompt, types, and enters the line; resolves to the words that the command got. */
		async type(keys: string): Promise<string> {
			await found(/ready> /);
			child.stdin.write(`flux-ultra ${keys}\n`);
			return found(/given: (.*)\.\r?\n/);
		},
	};
}

const ledgerLine = `${JSON.stringify({
	record: {
		status: "failed",
		run_id: "01a2b3c4-0000-7000-8000-000000000001",
		client_ref: "a",
		prompt: "a red fox",
	},
	service: "https://api.runflow.io",
	finishedAt: "2026-11-30T09:00:00.000Z",
})}\n`;
