import { execFileSync } from "node:child_process";
import {
	chmodSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, it } from "vitest";
import { noise } from "./paint.ts";
import { createShell, soon } from "./shell.ts";

const isWindows = process.platform === "win32";
const isRoot = process.getuid?.() === 0;
const garden = ["a garden", "--seed", "7", ...soon];
const words = garden.map((word) => `'${word}'`).join(" ");

const picture = noise(512);
const large = () => picture;

describe.skipIf(isWindows).concurrent("a pipe", () => {
	it("-o - is the image to the byte, and the exit code that of the command", async (context) => {
		const { expect } = context;
		const shell = await createShell(context, { paint: large });
		const { code, stderr } = await shell.sh(
			`{ flux-ultra ${words} -o - && echo done >&2; } | cat > piped.jpg`,
		);
		expect([code, stderr.endsWith("done\n")]).toEqual([0, true]);
		expect(readFileSync(join(shell.cwd, "piped.jpg"))).toEqual(await large());
		expect(shell.jobs()).toEqual([]);
	});

	it("a reader that left before the image came is told of in one line, with what brings it", async (context) => {
		const { expect } = context;
		const shell = await createShell(context);
		const { stderr } = await shell.sh(
			`mkfifo gone; { read -r _ < gone; flux-ultra ${words} -o -; } | { exec <&-; echo > gone; }`,
		);
		expect(stderr).toMatch(
			/\n {2}stdout was closed, and the image is paid; to save it: flux-ultra resume\n$/,
		);
		expect((await shell.run(["resume"])).code).toBe(0);
	});

	it("-o - to a closed stdout is refused before anything is bought, to the null device it is not", async (context) => {
		const { expect } = context;
		const shell = await createShell(context);
		expect(await shell.sh(`flux-ultra ${words} -o - >&-`)).toMatchObject({
			code: 9,
			stderr: expect.stringContaining("error: stdout is closed"),
		});
		expect(shell.sandbox.summary().bought).toBe(0);
		const { code } = await shell.sh(`flux-ultra ${words} -o - > /dev/null`);
		expect([code, shell.sandbox.summary().bought]).toEqual([0, 1]);
	});

	it("| head -1 ends quietly", async (context) => {
		const { expect } = context;
		const shell = await createShell(context, { latencyMs: 400 });
		const { stdout, stderr } = await shell.sh(
			`flux-ultra a. --seeds 1-40 -p 1 --yes -o '{seed}.jpg' ${soon.join(" ")} | head -1`,
		);
		expect(stdout.toString()).toBe("1.jpg\n");
		expect(stderr).not.toMatch(/EPIPE|error|\n {4}at /i);
		// Nothing that was bought is lost.
		expect((await shell.run(["resume"])).code).toBe(0);
		const { bought } = shell.sandbox.summary();
		expect(shell.files()).toHaveLength(bought);
		// How soon the other end is gone is for the system to say: far before 40.
		expect(bought).toBeLessThan(40);
	});

	it("a reader that leaves in the middle of an image loses nothing", async (context) => {
		const { expect } = context;
		const shell = await createShell(context, { paint: large });
		const { stderr } = await shell.sh(
			`flux-ultra ${words} -o - | head -c 1000 > part`,
		);
		expect(stderr).not.toMatch(/EPIPE|error|\n {4}at /);
		expect((await shell.run(["resume"])).code).toBe(0);
		expect(readFileSync(join(shell.cwd, "a-garden-7.jpg"))).toEqual(
			await large(),
		);
		expect(shell.sandbox.summary().bought).toBe(1);
	});

	it("none of the three has to be open", async (context) => {
		const { expect } = context;
		const shell = await createShell(context);
		const { code } = await shell.sh(
			`flux-ultra ${words} -o x.jpg <&- >&- 2>&-`,
		);
		expect([code, shell.files()]).toEqual([0, ["x.jpg"]]);
	});
});

describe
	.skipIf(!existsSync("/dev/full"))
	.concurrent("a full disk behind", () => {
		it("stdout: exit 9, and the image is brought by resume", async (context) => {
			const { expect } = context;
			const shell = await createShell(context);
			const { code, stderr } = await shell.sh(
				`flux-ultra ${words} -o - > /dev/full`,
			);
			expect(code).toBe(9);
			expect(stderr).toContain("could not be written to stdout: ENOSPC");
			expect(stderr).not.toMatch(/\n {4}at /);
			const resumed = await shell.run(["resume"]);
			expect(resumed.stdout.toString()).toBe("a-garden-7.jpg\n");
			expect(shell.sandbox.summary().bought).toBe(1);
		});

		it("the list of results: exit 9, and the image is there", async (context) => {
			const { expect } = context;
			const shell = await createShell(context);
			const { code, stderr } = await shell.sh(
				`flux-ultra ${words} -o x.jpg > /dev/full`,
			);
			expect([code, shell.files()]).toEqual([9, ["x.jpg"]]);
			expect(stderr).toMatch(/\nerror: stdout cannot be written: ENOSPC.*\n$/);
		});

		it("stderr: nobody can be told, and the image comes", async (context) => {
			const { expect } = context;
			const shell = await createShell(context);
			const { code } = await shell.sh(
				`flux-ultra ${words} -o x.jpg 2> /dev/full`,
			);
			expect([code, shell.files()]).toEqual([0, ["x.jpg"]]);
		});
	});

/** Mounts a small disk; false where this user may not. */
function mount(folder: string, options: string): boolean {
	mkdirSync(folder, { recursive: true });
	try {
		execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder], {
			stdio: "ignore",
		});
		return true;
	} catch {
		return false;
	}
}

describe
	.skipIf(process.platform !== "linux" || !isRoot)
	.concurrent("a small disk", () => {
		it("that is full: exit 9, nothing at the final path, and resume brings the image once there is room", async (context) => {
			const { expect, onTestFinished, skip } = context;
			const shell = await createShell(context, { paint: large });
			const disk = join(shell.cwd, "disk");
			if (!mount(disk, "size=96k")) skip("no file system can be mounted here");
			onTestFinished(() => void execFileSync("umount", [disk]));
			const { code, stderr } = await shell.run([...garden, "-o", "disk/x.jpg"]);
			expect(code).toBe(9);
			expect(stderr).toContain("flux-ultra resume");
			expect(existsSync(join(disk, "x.jpg"))).toBe(false);
			execFileSync("mount", ["-o", "remount,size=4m", disk]);
			const resumed = await shell.run(["resume"]);
			expect(resumed.stdout.toString()).toBe("disk/x.jpg\n");
			expect(readFileSync(join(disk, "x.jpg"))).toEqual(await large());
			expect(shell.sandbox.summary().bought).toBe(1);
		});

		it("that holds the state and is full: exit 9, nothing sent", async (context) => {
			const { expect, onTestFinished, skip } = context;
			const shell = await createShell(context);
			if (!mount(shell.state, "size=8k")) skip("no file system can be mounted");
			onTestFinished(() => void execFileSync("umount", [shell.state]));
			writeFileSync(join(shell.state, "full"), Buffer.alloc(4_096));
			const { code, stderr } = await shell.run([...garden, "-o", "x.jpg"]);
			expect(code).toBe(9);
			expect(stderr).toContain("cannot be used: the disk is full");
			expect(shell.sandbox.summary().requests).toBe(0);
		});

		it("that is read-only: exit 2, nothing sent", async (context) => {
			const { expect, onTestFinished, skip } = context;
			const shell = await createShell(context);
			const disk = join(shell.cwd, "disk");
			if (!mount(disk, "size=96k,ro")) skip("no file system can be mounted");
			onTestFinished(() => void execFileSync("umount", [disk]));
			const { code, stderr } = await shell.run([...garden, "-o", "disk/"]);
			expect(code).toBe(2);
			expect(stderr).toContain(
				"cannot be written: the file system is read-only",
			);
			expect(shell.sandbox.summary().requests).toBe(0);
		});
	});

// Root may write everywhere.
describe
	.skipIf(isWindows || isRoot)
	.concurrent("a folder without rights", () => {
		it("to write: exit 2, nothing sent", async (context) => {
			const { expect, onTestFinished } = context;
			const shell = await createShell(context);
			const folder = join(shell.cwd, "locked");
			mkdirSync(folder, { mode: 0o555 });
			onTestFinished(() => chmodSync(folder, 0o755));
			const { code, stderr } = await shell.run([...garden, "-o", "locked/"]);
			expect(code).toBe(2);
			expect(stderr).toContain("cannot be written: permission denied");
			expect(shell.sandbox.summary().requests).toBe(0);
		});
	});

describe.concurrent("--sandbox", () => {
	const noService = {
		env: {
			RUNFLOW_API_KEY: undefined,
			FLUX_ULTRA_API_URL: "http://127.0.0.1:1",
		},
	};
	/** However slow the machine: it dies with the words. */
	const killAtSubmit = `data:text/javascript,${encodeURIComponent(`
		const write = process.stderr.write.bind(process.stderr);
		process.stderr.write = (text) => {
			write(text);
			if (text.includes("submitted")) process.kill(process.pid, "SIGKILL");
			return true;
		};
	`)}`;
	const play = ["--sandbox", "a garden", "--seed", "7", ...["-o", "x.jpg"]];

	it("goes the whole way without key and network, and its runs outlive kill -9", async (context) => {
		const { expect } = context;
		const shell = await createShell(context);
		const killed = await shell.run(play, {
			env: { ...noService.env, NODE_OPTIONS: `--import ${killAtSubmit}` },
		});
		expect(killed.code).toBeNull();
		const { code, stdout, stderr } = await shell.run(
			["resume", "--sandbox", "--json"],
			noService,
		);
		expect(code).toBe(0);
		expect(JSON.parse(stdout.toString())).toMatchObject({
			status: "saved",
			file: "x.jpg",
			width: 2752,
			height: 1536,
			format: "jpeg",
			sandbox: true,
		});
		expect(stderr).toContain(" · sandbox\n");
		expect(shell.jobs()).toEqual([]);
	});

	it("is kept apart from the real service: neither resumes the other's", async (context) => {
		const { expect } = context;
		const shell = await createShell(context);
		const env = { ...noService.env, FLUX_ULTRA_SANDBOX: "1" };
		const left = await shell.run(["a.", "-o", "x.jpg", "--no-wait"], { env });
		expect(left.code).toBe(0);
		const { code, stderr } = await shell.run(["resume"]);
		expect([code, stderr]).toEqual([
			0,
			"note: 1 unfinished elsewhere: flux-ultra resume --sandbox\nnote: nothing is unfinished here\n",
		]);
		expect(shell.sandbox.summary().requests).toBe(0);
	});
});

describe.concurrent("flux-ultra sandbox", () => {
	it("prints the two lines that a shell needs, serves, and says at Ctrl-C what was bought", async (context) => {
		const { expect } = context;
		const shell = await createShell(context);
		const serving = shell.start([
			...["sandbox", "--port", "0", "--latency", "200ms", "--size", "64x36"],
			...["--fault", "post:reset-after@1", "--price", "0.01"],
		]);
		await serving.says("Use it from another terminal");
		const url = await serving.printed(/FLUX_ULTRA_API_URL=(\S+)/);
		const key = await serving.printed(/RUNFLOW_API_KEY=(\S+)/);
		const env = { FLUX_ULTRA_API_URL: url, RUNFLOW_API_KEY: key };
		const { code } = await shell.run(["a.", "-o", "x.jpg", "-m", "klein"], {
			env,
		});
		expect(code).toBe(0);
		serving.kill("SIGINT");
		const { code: ended, stdout, stderr } = await serving.ended;
		expect([ended, stdout.toString()]).toEqual([
			0,
			`export FLUX_ULTRA_API_URL=${url}\nexport RUNFLOW_API_KEY=rf_sandbox_free_of_charge\n`,
		]);
		expect(stderr).toContain("\n  faults   post:reset-after@1  (--fault-seed ");
		expect(stderr).toMatch(
			/\n1 run: 1 bought with 1 image for \$0\.01 of play money, 0 failed; \d+ requests\n$/,
		);
	});
});

describe.concurrent("start-up", () => {
	/** Notes at the end which modules were loaded. */
	const spy = `data:text/javascript,${encodeURIComponent(`
		import { createRequire } from "node:module";
		import { writeFileSync } from "node:fs";
		const { cache } = createRequire(process.argv[1]);
		process.on("exit", () => writeFileSync(process.env.LOADED, Object.keys(cache).join("\\n")));
	`)}`;
	/** A word that each library has, and nothing else. */
	const marks = {
		commander: "CommanderError",
		conf: "projectName",
		"csv-parse": "CSV_RECORD_INCONSISTENT",
		ora: "dots12",
		undici: "UND_ERR_INFO",
		zod: "ZodError",
	};
	const dist = new URL("../../dist/", import.meta.url);
	const packagesIn = (files: readonly string[]) => {
		const text = files.map((file) => readFileSync(file, "utf8")).join();
		return Object.entries(marks).flatMap(([name, mark]) =>
			text.includes(mark) ? [name] : [],
		);
	};

	it("has all of these libraries in the bundle", ({ expect }) => {
		const names = readdirSync(dist).filter((name) => name.endsWith(".cjs"));
		const files = names.map((name) => fileURLToPath(new URL(name, dist)));
		expect(packagesIn(files)).toEqual(Object.keys(marks));
	});

	it.for([
		["--version", []],
		["--help", []],
		["batch --help", []],
		["--nonsense a", ["commander"], 2],
		["a. --dry-run --seed 1", ["commander", "zod"]],
	] as const)(
		"%s loads nothing that it does not need",
		async ([line, allowed, exit = 0], context) => {
			const { expect } = context;
			const shell = await createShell(context);
			const loaded = join(shell.cwd, "loaded");
			const { code } = await shell.run(line.split(" "), {
				env: { LOADED: loaded, NODE_OPTIONS: `--import ${spy}` },
			});
			expect(code).toBe(exit);
			const files = readFileSync(loaded, "utf8").split("\n");
			expect(files.length).toBeGreaterThan(1);
			expect(packagesIn(files)).toEqual(allowed);
			rmSync(loaded);
		},
	);
});
