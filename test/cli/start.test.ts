import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { makeAnswers } from "../../src/answers.ts";
import { main } from "../../src/main.ts";
import { fakeRuntime } from "../fake-runtime.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const bin = resolve(import.meta.dirname, "../../bin/flux-ultra.js");

/** The built program as a process of its own, in surroundings that lack something. */
function start(
	argv: readonly string[],
	env: Readonly<Record<string, string>> = {},
	{ before = "", node = [] as readonly string[], program = bin } = {},
) {
	const words = [...node, program, ...argv].map((word) => `'${word}'`);
	const line = `${before} exec '${process.execPath}' ${words.join(" ")}`;
	const { status, stdout, stderr } = spawnSync("sh", ["-c", line], {
		cwd: temporaryFolder(),
		env: { PATH: process.env.PATH, ...env },
		encoding: "utf8",
	});
	return { code: status, stdout, stderr };
}

const version = { code: 0, stdout: "0.1.0\n", stderr: "" };
const gone = { before: "mkdir gone; cd gone; rmdir ../gone;" };

describe("where the working folder was deleted", () => {
	it("--version and --help work", () => {
		expect(start(["--version"], {}, gone)).toEqual(version);
		expect(start(["--help"], {}, gone)).toMatchObject({ code: 0, stderr: "" });
	});

	it.each([
		["an image", ["a cat in a hat"]],
		["a batch", ["batch", "rows.txt"]],
		["the history", ["runs", "list"]],
	])("%s says so, without a stack", (_what, argv) => {
		const home = temporaryFolder();
		expect(start(argv, { HOME: home }, gone)).toEqual({
			code: 2,
			stdout: "",
			stderr:
				"error: the working folder is not there any more\n  cd to one that is\n",
		});
	});
});

it.each([
	["HOME is not set", {}],
	["HOME is a folder that nobody may write", { HOME: "/proc" }],
	["HOME is no folder", { HOME: "/dev/null" }],
])(
	"where %s --version and --help work, and nothing shows a stack",
	(_what, env) => {
		expect(start(["--version"], env)).toEqual(version);
		expect(start(["--help"], env)).toMatchObject({ code: 0, stderr: "" });
		const { code, stderr } = start(["config", "list"], env);
		expect([code === 0 || code === 2 || code === 9, stderr]).toEqual([
			true,
			expect.not.stringContaining("    at "),
		]);
	},
);

it.each([
	["an image", ["a garden", "--sandbox", "-o", "x.jpg"]],
	["a batch", ["batch", bin, "--sandbox", "-y", "-o", "x/", "-f"]],
])(
	"a state folder that cannot be made is told as such by %s",
	(_what, argv) => {
		const state = "/dev/null/state";
		const { code, stderr } = start(argv, { FLUX_ULTRA_STATE_DIR: state });
		expect([code, stderr]).toEqual([
			9,
			expect.stringContaining(
				`error: the state folder ${state} cannot be used: a part of the path is a file`,
			),
		]);
		expect(stderr).not.toContain("    at ");
	},
);

it("on a Node that is too old one line says so, before anything else is read", () => {
	const folder = temporaryFolder();
	const old = join(folder, "old.mjs");
	writeFileSync(
		old,
		'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "18.20.4" } });',
	);
	// Beside the program there is nothing that it could import.
	mkdirSync(join(folder, "bin"));
	const beside = join(bin, "../package.json");
	copyFileSync(beside, join(folder, "bin", "package.json"));
	const program = join(folder, "bin", "flux-ultra.js");
	copyFileSync(bin, program);
	expect(start(["--help"], {}, { node: ["--import", old], program })).toEqual({
		code: 2,
		stdout: "",
		stderr: "error: flux-ultra needs Node.js 20.19 or later, this is 18.20.4\n",
	});
});

it("a usage error does not wait for what commander loads and never calls", () => {
	const seen = join(temporaryFolder(), "seen.cjs");
	writeFileSync(
		seen,
		'process.on("exit", () => console.log(process.moduleLoadList.includes("NativeModule child_process")));',
	);
	expect(start(["--nonsense"], {}, { node: ["-r", seen] })).toMatchObject({
		code: 2,
		stdout: "false\n",
	});
});

it("a config file that an editor began with a byte order mark is read", () => {
	const home = temporaryFolder();
	const config = join(home, "config");
	mkdirSync(config);
	writeFileSync(join(config, "config.json"), '\ufeff{"parallel": 7}');
	const env = { HOME: home, FLUX_ULTRA_CONFIG_DIR: config };
	expect(start(["config", "get", "parallel"], env)).toMatchObject({
		code: 0,
		stdout: "7\n",
	});
});

it.skipIf(process.platform !== "linux" || process.getuid?.() !== 0)(
	"a user id without an entry in the system's list can be told where its folders are",
	({ skip }) => {
		const home = temporaryFolder();
		execFileSync("chmod", ["777", home]);
		const env = {
			FLUX_ULTRA_CONFIG_DIR: join(home, "c"),
			FLUX_ULTRA_STATE_DIR: join(home, "s"),
		};
		const startAsNobody = (argv: string[], more: Record<string, string>) =>
			spawnSync(process.execPath, argv, {
				cwd: home,
				env: { PATH: process.env.PATH, ...more },
				encoding: "utf8",
				uid: 54_321,
				gid: 54_321,
			});
		const asNobody = (more: Record<string, string>) =>
			startAsNobody([bin, "config", "list"], more);
		const read = "process.argv.slice(1).forEach((path) => fs.statSync(path))";
		if (startAsNobody(["-e", read, bin, home], {}).status !== 0)
			skip("other users may not read this folder");
		const { status, stderr } = asNobody({});
		expect([status, stderr]).toEqual([
			2,
			"error: this user has no home folder\n  set HOME, or FLUX_ULTRA_CONFIG_DIR and FLUX_ULTRA_STATE_DIR\n",
		]);
		expect(asNobody(env).status).toBe(0);
	},
);

describe("what the build keeps of --help and --version", () => {
	it("is what the grammar says, of every command", async () => {
		const file = resolve(bin, "../../dist/answers.json");
		const kept = JSON.parse(readFileSync(file, "utf8"));
		const questions = Object.keys(makeAnswers(fakeRuntime()));
		for (const question of questions) {
			const runtime = fakeRuntime({ argv: question.split(" ") });
			expect([question, await main(runtime)]).toEqual([question, 0]);
			expect(kept[question]).toBe(runtime.stdoutText());
		}
		expect(Object.keys(kept)).toEqual(questions);
		expect(questions).toContain("help runs list");
	});

	it.each([
		["-V", "--version"],
		["-h", "--help"],
		["help", "--help"],
		["help --all", "--help --all"],
		["--all -h", "--help --all"],
		["runs list -h", "runs list --help"],
		["help runs list", "runs list --help"],
	])("answers %s as %s", (short, long) => {
		const answer = start(short.split(" "));
		expect(answer).toEqual(start(long.split(" ")));
		expect(answer).toMatchObject({ code: 0, stderr: "" });
	});

	it.skipIf(process.platform !== "linux")(
		"ends quietly where its reader has left, and says that stdout is full",
		() => {
			const script = `'${process.execPath}' '${bin}' --help`;
			const shell = (line: string) =>
				spawnSync("bash", ["-c", line], {
					cwd: temporaryFolder(),
					encoding: "utf8",
				});
			const left = `mkfifo gone; { read -r < gone; ${script}; echo "code $?" >&2; } | { exec <&-; echo > gone; }`;
			expect(shell(left)).toMatchObject({ stdout: "", stderr: "code 0\n" });
			expect(shell(`${script} > /dev/full`)).toMatchObject({
				status: 9,
				stderr: expect.stringContaining("stdout cannot be written"),
			});
		},
	);
});
