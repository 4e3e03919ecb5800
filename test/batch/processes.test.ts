import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
	appendFileSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	renameSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, it, onTestFailed, onTestFinished } from "vitest";
import { parseFault } from "../../src/sandbox/faults/parse.ts";
import type { RequestEntry } from "../../src/sandbox/options.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import { paint } from "../cli/paint.ts";
import { apiKey, walk } from "../cli/world.ts";
import { prompts } from "../orders/rows-world.ts";
import { temporaryFolder } from "../temporary-folder.ts";

/*
 * Real processes beside one service, in real time: what no clock of a test can stand for.
 */

const program = resolve(import.meta.dirname, "../../bin/flux-ultra.js");

interface Machine {
	readonly sandbox: Sandbox;
	readonly cwd: string;
	/** A command line in a process of its own. */
	start(argv: readonly string[]): Process;
	run(argv: readonly string[]): Promise<Ended>;
	images(): readonly string[];
	jobs(): readonly string[];
}

interface Process {
	readonly child: ChildProcess;
	readonly ended: Promise<Ended>;
}

interface Ended {
	/** Null where a signal ended it. */
	readonly code: number | null;
	readonly stdout: string;
	readonly stderr: string;
}

async function createMachine({
	rows = [] as readonly string[],
	faults = [] as readonly string[],
	latencyMs = 150,
	home = temporaryFolder(),
	state = join(home, "state"),
	onRequest = (_entry: RequestEntry): void => {},
	now = Date.now,
} = {}): Promise<Machine> {
	const cwd = join(home, "work");
	mkdirSync(cwd, { recursive: true });
	writeFileSync(join(cwd, "rows"), `${rows.join("\n")}\n`);
	const sandbox = await startSandbox({
		latencyMs,
		size: { width: 64, height: 48 },
		seed: 1,
		anyKey: true,
		paint,
		faults: faults.map(parseFault),
		onRequest,
		now,
	});
	onTestFinished(() => sandbox.stop());
	const told: string[] = [];
	onTestFailed(() => void process.stderr.write(told.join("\n")));
	const env = {
		PATH: process.env.PATH,
		HOME: home,
		RUNFLOW_API_KEY: apiKey,
		FLUX_ULTRA_API_URL: sandbox.apiUrl,
		FLUX_ULTRA_STATE_DIR: state,
		FLUX_ULTRA_CONFIG_DIR: join(home, "config"),
		TZ: noonZone(),
	};
	const start: Machine["start"] = (argv) => {
		const child = spawn(process.execPath, [program, ...argv], { cwd, env });
		onTestFinished(() => void child.kill("SIGKILL"));
		let stdout = "";
		let stderr = "";
		child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
		child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
		const ended = new Promise<Ended>((done) =>
			child.on("close", (code) => {
				told.push(`$ flux-ultra ${argv.join(" ")}\n${stderr}=> ${code}\n`);
				done({ code, stdout, stderr });
			}),
		);
		return { child, ended };
	};
	return {
		sandbox,
		cwd,
		start,
		run: (argv) => start(argv).ended,
		images: () => walk(join(cwd, "out")),
		// Of one that was killed while it was made there is a draft, under a name with a dot.
		jobs: () =>
			walk(join(state, "jobs")).filter((file) => !file.includes("/.")),
	};
}

/** Where it is noon: no limit of a day begins anew meanwhile. */
function noonZone(): string {
	const hoursBehind = new Date().getUTCHours() - 12;
	return `Etc/GMT${hoursBehind < 0 ? "" : "+"}${hoursBehind}`;
}

/** A second Ctrl-C, once the first one is answered. */
function interruptAgain({ child }: Process): void {
	let said = "";
	child.stderr?.on("data", (chunk) => {
		const isTold = said.includes("Ctrl-C again");
		said += chunk;
		if (!isTold && said.includes("Ctrl-C again")) child.kill("SIGINT");
	});
}

const batch = ["batch", "rows", "-o", "out/", "-y"];

it("four processes under a limit of $0.30 a day buy exactly five images", async () => {
	const machine = await createMachine();
	await machine.run(["config", "set", "max-cost-per-day", "0.30"]);
	const ended = await Promise.all(
		Array.from({ length: 4 }, (_, at) => {
			writeFileSync(
				join(machine.cwd, `rows-${at}`),
				`${prompts(3, `garden ${at} in row`).join("\n")}\n`,
			);
			return machine.run(["batch", `rows-${at}`, "-o", "out/", "--json"]);
		}),
	);
	const records = ended.flatMap(({ stdout }) =>
		stdout
			.split("\n")
			.filter(Boolean)
			.map((line) => JSON.parse(line)),
	);
	const reasons = records.map(({ status, error }) => error?.code ?? status);
	expect({
		bought: machine.sandbox.summary().bought,
		images: machine.images().length,
		saved: reasons.filter((reason) => reason === "saved").length,
		refused: reasons.filter((reason) => reason === "over_budget").length,
		jobs: machine.jobs(),
	}).toEqual({ bought: 5, images: 5, saved: 5, refused: 7, jobs: [] });
	expect(new Set(ended.map(({ code }) => code)).has(5)).toBe(true);
});

it("a batch that is killed at this request and that, and started again, has bought each image once", async () => {
	const rows = prompts(18);
	let asked = (_what: string) => {};
	const machine = await createMachine({
		rows,
		onRequest: ({ method, path }) => asked(`${method} ${path}`),
		latencyMs: 200,
		faults: ["post:no-idempotency", "post:429/9", "post:reset-after/11"],
	});
	// Each of them comes for certain; how often runs are looked at is the machine's affair.
	for (const [request, count] of [
		["POST", 2],
		["POST", 6],
		["GET /outputs/", 1],
		["GET /outputs/", 2],
	] as const) {
		const { child, ended } = machine.start([...batch, "-p", "6"]);
		let left = count;
		asked = (what) => {
			if (!what.startsWith(request)) return;
			left -= 1;
			if (left === 0) child.kill("SIGKILL");
		};
		expect((await ended).code).toBeNull();
	}
	asked = () => {};
	expect((await machine.run([...batch, "-p", "6"])).code).toBe(0);
	expect({
		bought: machine.sandbox.summary().bought,
		images: machine.images().length,
		jobs: machine.jobs(),
	}).toEqual({ bought: rows.length, images: rows.length, jobs: [] });
});

it("a batch whose folder was moved, or is reached by a link, has its images there", async () => {
	const machine = await createMachine({ rows: prompts(2) });
	await machine.run(batch);
	renameSync(join(machine.cwd, "out"), join(machine.cwd, "moved"));
	symlinkSync("moved", join(machine.cwd, "link"));
	for (const folder of ["moved/", "link/", "moved/"]) {
		const argv = ["batch", "rows", "-o", folder];
		const { code, stderr } = await machine.run(argv);
		expect([code, stderr.split("\n")[0]]).toEqual([
			0,
			"2 images, 2 on disk, 0 to buy for $0.00",
		]);
	}
	expect([
		machine.sandbox.summary().bought,
		walk(join(machine.cwd, "moved")).length,
	]).toEqual([2, 2]);
});

it("two shards at once make all images once", async () => {
	const machine = await createMachine({ rows: prompts(9) });
	const ended = await Promise.all([
		machine.run([...batch, "--shard", "1/2"]),
		machine.run([...batch, "--shard", "2/2"]),
	]);
	expect(ended.map(({ code }) => code)).toEqual([0, 0]);
	expect([machine.sandbox.summary().bought, machine.images().length]).toEqual([
		9, 9,
	]);
});

it.each([0, 4])(
	"the same batch started twice, the second time after %i orders, buys once",
	async (orders) => {
		let taken = 0;
		let go = () => {};
		const hasTaken = new Promise<void>((resolve) => {
			go = resolve;
		});
		const machine = await createMachine({
			rows: prompts(12),
			latencyMs: 50,
			onRequest: ({ method }) => {
				if (method === "POST" && ++taken === orders) go();
			},
		});
		const first = machine.run([...batch, "-p", "3"]);
		if (orders > 0) await hasTaken;
		const second = machine.run([...batch, "-p", "3"]);
		const ended = [await first, await second];
		expect({
			bought: machine.sandbox.summary().bought,
			images: machine.images().length,
			codes: ended.map(({ code }) => code),
			jobs: machine.jobs(),
		}).toEqual({ bought: 12, images: 12, codes: [0, 0], jobs: [] });
	},
);

it("one interrupt of the terminal buys no more, brings home what is paid, and names the command that goes on", async () => {
	let orders = 0;
	let stop = () => {};
	const machine = await createMachine({
		rows: prompts(14),
		latencyMs: 300,
		onRequest: ({ method }) => {
			if (method === "POST" && ++orders === 6) stop();
		},
	});
	const { child, ended } = machine.start([...batch, "-p", "4"]);
	stop = () => void child.kill("SIGINT");
	const bought = () => machine.sandbox.summary().bought;
	const { code, stderr } = await ended;
	expect([code, machine.images().length, machine.jobs()]).toEqual([
		130,
		bought(),
		[],
	]);
	expect(bought()).toBeLessThan(14);
	expect(stderr).toMatch(
		/\nTo go on: flux-ultra batch rows -o out\/ -y -p 4\n$/,
	);
	expect(await machine.run(batch)).toMatchObject({ code: 0 });
	expect([bought(), machine.images().length]).toEqual([14, 14]);
});

it("a second interrupt leaves at once, and the same command brings what was paid", async () => {
	let laterMs = 0;
	let orders = 0;
	let stop = () => {};
	const machine = await createMachine({
		rows: prompts(6),
		faults: ["run:long=10m@1-4"],
		now: () => Date.now() + laterMs,
		onRequest: ({ method }) => {
			if (method === "POST" && ++orders === 4) stop();
		},
	});
	const running = machine.start([...batch, "-p", "4"]);
	stop = () => void running.child.kill("SIGINT");
	interruptAgain(running);
	expect((await running.ended).code).toBe(130);
	laterMs = 600_000;
	const paid = machine.sandbox.summary().bought;
	expect([paid < 6, machine.images()]).toEqual([true, []]);
	expect(await machine.run([...batch, "-p", "6"])).toMatchObject({ code: 0 });
	expect([machine.sandbox.summary().bought, machine.images().length]).toEqual([
		6, 6,
	]);
});

it.skipIf(!canMount())(
	"a full disk ends the batch with 9, and with room again the same command finishes without buying twice",
	async () => {
		const home = temporaryFolder();
		mount(join(home, "work"));
		const machine = await createMachine({ home, rows: prompts(8) });
		const filler = join(machine.cwd, "filler");
		fill(filler);
		const full = await machine.run([...[...batch, "-p", "2", "--json"]]);
		expect(full.code).toBe(9);
		const bought = machine.sandbox.summary().bought;
		expect([bought > 0, bought < 8]).toEqual([true, true]);
		const kept = full.stdout
			.split("\n")
			.flatMap((line) => (line === "" ? [] : [JSON.parse(line)]))
			.filter(({ run_id }) => run_id === null);
		expect(kept).toHaveLength(8 - bought);
		for (const { status, charged, error } of kept)
			expect([status, charged, error.code, error.message]).toEqual([
				...["failed", "no", "disk"],
				expect.stringMatching(/^not bought: \S+ cannot be written: the disk/),
			]);
		expect(full.stderr).toContain(`${8 - bought} not bought of 8`);
		expect(full.stderr.match(/: error: not bought/g)).toHaveLength(1);
		rmSync(filler);
		expect(await machine.run(batch)).toMatchObject({ code: 0 });
		expect({
			bought: machine.sandbox.summary().bought,
			images: machine.images().length,
			jobs: machine.jobs(),
		}).toEqual({ bought: 8, images: 8, jobs: [] });
	},
);

/** Only root may, and in most containers not even root. */
function canMount(): boolean {
	const folder = mkdtempSync(join(tmpdir(), "flux-ultra-"));
	try {
		const options = { stdio: "ignore" } as const;
		execFileSync("mount", ["-t", "tmpfs", "tmpfs", folder], options);
		execFileSync("umount", [folder], options);
		return true;
	} catch {
		return false;
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** A disk of 256 KiB, gone after the test. */
function mount(folder: string): void {
	mkdirSync(folder);
	const size = ["-o", "size=256k"];
	execFileSync("mount", ["-t", "tmpfs", ...size, "tmpfs", folder]);
	onTestFinished(() => void execFileSync("umount", ["-l", folder]));
}

/** Writes until nothing fits any more. */
function fill(file: string): void {
	const page = Buffer.alloc(4_096);
	try {
		for (;;) appendFileSync(file, page);
	} catch {
		// Full.
	}
}

it("a second Ctrl-C leaves at once, and tells of every row, also of those under way, in the records and in the report", async () => {
	let stop = () => {};
	let orders = 0;
	const machine = await createMachine({
		rows: prompts(40),
		latencyMs: 600_000,
		onRequest: ({ method }) => {
			if (method === "POST" && ++orders === 8) stop();
		},
	});
	const words = [...batch, "-p", "8", "--json", "--report", "r.jsonl"];
	const running = machine.start(words);
	stop = () => void running.child.kill("SIGINT");
	interruptAgain(running);
	const { code, stdout } = await running.ended;
	const records = stdout
		.trim()
		.split("\n")
		.map((line) => JSON.parse(line));
	const indexes = records.map(({ index }) => index).sort((a, b) => a - b);
	expect([code, indexes]).toEqual([130, rowNumbers(40)]);
	const pending = records.filter(({ status }) => status === "pending");
	// The answer to an order may be on its way: its row is pending as well.
	const { runs } = machine.sandbox.summary();
	expect(pending.length).toBeGreaterThanOrEqual(runs);
	expect(runs).toBeGreaterThan(0);
	for (const { run_id, charged, error } of pending)
		expect([charged, error.hint]).toEqual([
			run_id === null ? "unknown" : "yes",
			expect.stringContaining("nothing is lost"),
		]);
	const report = readFileSync(join(machine.cwd, "r.jsonl"), "utf8");
	expect(report.trim().split("\n")).toHaveLength(40);
});

function rowNumbers(count: number): readonly number[] {
	return Array.from({ length: count }, (_, at) => at + 1);
}
