import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";

/*
 * Who may know whom: held by reading the imports of the source. Types count as well, because what is
 * a type today is a value tomorrow.
 */

const source = resolve(import.meta.dirname, "../src");

interface Import {
	/** Both relative to the source folder; a package or a Node module stays as it is written. */
	readonly from: string;
	readonly to: string;
	readonly isLazy: boolean;
}

const texts = readdirSync(source, { recursive: true, encoding: "utf8" })
	.filter((name) => name.endsWith(".ts"))
	.map((name) => ({
		name: name.replaceAll("\\", "/"),
		text: readFileSync(join(source, name), "utf8"),
	}));

const imports: readonly Import[] = texts.flatMap(({ name, text }) =>
	[
		...text.matchAll(
			/^(?:import|export)\s[^;]*?from "([^"]+)"|^import "([^"]+)"|(import)\("([^"]+)"\)/gm,
		),
	].map(([, named, bare, lazy, target]) => ({
		from: name,
		to: resolved(name, named ?? bare ?? target ?? ""),
		isLazy: lazy !== undefined,
	})),
);

function resolved(from: string, to: string): string {
	if (!to.startsWith(".")) return to;
	const file = resolve(source, from, "..", to);
	return relative(source, file).replaceAll("\\", "/");
}

function isUnder(name: string, folders: readonly string[]): boolean {
	return folders.some((folder) => name.startsWith(`${folder}/`));
}

function show({ from, to }: Import): string {
	return `${from} imports ${to}`;
}

test("the imports are read at all", () => {
	expect(imports.length).toBeGreaterThan(200);
	expect(imports).toContainEqual({
		from: "process.ts",
		to: "main.ts",
		isLazy: false,
	});
	expect(imports).toContainEqual({
		from: "runflow/send.ts",
		to: "runflow/undici.ts",
		isLazy: true,
	});
	const known = new Set(texts.map(({ name }) => name));
	const lost = imports.filter(({ to }) => to.endsWith(".ts") && !known.has(to));
	expect(lost.map(show)).toEqual([]);
});

describe("a folder does not know", () => {
	const shell = ["terminal", "settings", "commands", "sandbox"];
	const flow = ["rows", "orders", "purchase", "uploads", "callbacks"];

	test.each<[string, readonly string[]]>([
		["system", [...shell, ...flow, "names", "ledger", "images", "runflow"]],
		["images", [...shell, ...flow, "names", "ledger", "runflow", "models"]],
		["runflow", [...shell, ...flow, "names", "ledger", "images", "models"]],
		["trace", [...shell, ...flow, "names", "ledger", "models"]],
		["models", [...shell, ...flow, "names", "ledger", "images"]],
		["ledger", [...shell, "rows", "orders", "uploads", "callbacks", "names"]],
		["names", [...shell, "rows", "orders", "uploads", "callbacks", "runflow"]],
		[
			"rows",
			[...shell, "orders", "purchase", "uploads", "callbacks", "runflow"],
		],
		["orders", [...shell, "uploads", "callbacks", "runflow"]],
		["purchase", [...shell, "rows"]],
		["uploads", [...shell, "rows", "orders", "callbacks"]],
		["callbacks", [...shell, "rows", "orders", "purchase", "uploads"]],
		["terminal", ["settings", "commands", ...flow, "ledger", "runflow"]],
		["settings", ["terminal", "commands", ...flow, "ledger"]],
		["drawing", [...shell, ...flow, "names", "ledger", "images", "runflow"]],
		["copies", [...shell, ...flow, "names", "ledger", "runflow", "models"]],
		["gallery", [...shell, ...flow, "names", "ledger", "runflow", "models"]],
		[
			"sandbox",
			["gallery", "terminal", "settings", "commands", ...flow, "runflow"],
		],
	])("%s: %j", (folder, others) => {
		const wrong = imports.filter(
			({ from, to }) => isUnder(from, [folder]) && isUnder(to, others),
		);
		expect(wrong.map(show)).toEqual([]);
	});

	test("runflow: the disk", () => {
		const wrong = imports.filter(
			({ from, to }) =>
				isUnder(from, ["runflow"]) && /^(node:)?fs(\/|$)/.test(to),
		);
		expect(wrong.map(show)).toEqual([]);
	});
});

describe("what only help and version need", () => {
	const startUp = ["start.ts", "process.ts", "main.ts", "program.ts"];

	test("is what is loaded at the start, and nothing heavy", () => {
		const loaded = new Set<string>();
		const load = (name: string) => {
			if (loaded.has(name)) return;
			loaded.add(name);
			for (const { from, to, isLazy } of imports)
				if (from === name && !isLazy && !isTypeOnly(from, to)) load(to);
		};
		for (const name of startUp) load(name);
		const heavy = [...loaded].filter((name) =>
			/^(chalk|ora|zod|conf|undici|p-limit|sharp|csv-parse)(\/|$)/.test(name),
		);
		expect(heavy).toEqual([]);
		expect(
			[...loaded].filter(
				(name) => isUnder(name, ["commands"]) && !isGrammar(name),
			),
		).toEqual([]);
	});

	test("does not come with a command: the program imports those when they are asked for", () => {
		const early = imports.filter(
			({ from, to, isLazy }) =>
				(from === "program.ts" || isGrammar(from)) &&
				isUnder(to, ["commands"]) &&
				!isGrammar(to) &&
				!isLazy,
		);
		expect(
			early.filter(({ from, to }) => !isTypeOnly(from, to)).map(show),
		).toEqual([]);
	});
});

test("undici is loaded in parts, as its index takes as long as all the rest of a command", () => {
	const whole = imports.filter(
		({ from, to }) => to === "undici" && !isTypeOnly(from, to),
	);
	expect(whole.map(show)).toEqual([]);
});

/** The words of a command, as `commands/<noun>/grammar.ts`, or what all of them share. */
function isGrammar(name: string): boolean {
	return (
		isUnder(name, ["commands/grammar"]) ||
		/^commands\/[a-z]+\/grammar\.ts$/.test(name)
	);
}

/** Whether a file imports nothing but types from another. */
function isTypeOnly(from: string, to: string): boolean {
	const { text = "" } = texts.find(({ name }) => name === from) ?? {};
	return [...text.matchAll(/^import\s([^;]*?)from "([^"]+)"/gm)]
		.filter(([, , target = ""]) => resolved(from, target) === to)
		.every(([, names = ""]) => names.startsWith("type "));
}

describe("the real world comes in at one place", () => {
	test.each([
		["process.exit(", ["process.ts"]],
		["process.exitCode", ["process.ts"]],
		["process.argv", ["process.ts", "start.ts"]],
		["process.stdin", ["process.ts"]],
		["process.stdout", ["process.ts"]],
		["process.stderr", ["process.ts"]],
		["process.env", ["process.ts"]],
		["process.cwd(", ["process.ts"]],
		["console.", []],
	])("%s is only in %j", (words, places) => {
		const found = texts
			.filter(({ text }) => withoutComments(text).includes(words))
			.map(({ name }) => name);
		expect(found).toEqual(places);
	});
});

function withoutComments(text: string): string {
	return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "");
}
