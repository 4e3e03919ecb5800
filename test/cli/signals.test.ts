import { setTimeout as pause } from "node:timers/promises";
import { describe, it, type TestContext, vi } from "vitest";
import { stoppedText } from "../../src/system/holder.ts";
import { createShell, type Shell, soon } from "./shell.ts";

const one = ["a garden", "--seed", "7", "-o", "x.jpg", ...soon];

/** Runs end when the test says so: whoever waited for one would wait for good. */
async function createWaitingShell(context: TestContext) {
	let laterMs = 0;
	const shell = await createShell(context, {
		latencyMs: 600_000,
		now: () => Date.now() + laterMs,
	});
	const endRuns = () => {
		laterMs = 600_000;
	};
	return { shell, endRuns };
}

const skipOnWindows = describe.skipIf(process.platform === "win32");

skipOnWindows.concurrent("an interrupt", () => {
	it.for([
		["SIGINT", 130],
		["SIGTERM", 143],
	] as const)(
		"%s: the message comes at once and names the command that goes on; the same command brings the image",
		async ([signal, exitCode], context) => {
			const { expect } = context;
			const { shell, endRuns } = await createWaitingShell(context);
			const running = shell.start(one);
			await running.says("running");
			running.kill(signal);
			await running.says("Interrupted.");
			const { code, stdout, stderr } = await running.ended;
			expect({ code, stdout: stdout.toString() }).toEqual({
				code: exitCode,
				stdout: "",
			});
			expect(stderr).toMatch(
				/Interrupted\. Run [\da-f-]+ goes on and is paid; it cannot be canceled\.\nTo bring what is paid: flux-ultra resume\n$/,
			);
			endRuns();
			const again = await shell.run(one);
			expect([again.code, again.stdout.toString()]).toEqual([0, "x.jpg\n"]);
			expect(shell.sandbox.summary().bought).toBe(1);
		},
	);

	it("a second one leaves at once, whatever is under way", async (context) => {
		const { expect } = context;
		const shell = await createShell(context, { faults: ["post:hang-after@1"] });
		const running = shell.start(one);
		await shell.asked(1);
		running.kill("SIGINT");
		await running.says("Interrupted");
		running.kill("SIGINT");
		const { code } = await running.ended;
		// By the signal itself, where the program had just let go of it.
		expect([130, null]).toContain(code);
		const resumed = await shell.run(["resume"]);
		expect([resumed.code, resumed.stdout.toString()]).toEqual([0, "x.jpg\n"]);
		expect(shell.sandbox.summary().bought).toBe(1);
	});

	it("while an order is being sent says that it may have been bought", async (context) => {
		const { expect } = context;
		const shell = await createShell(context, {
			faults: ["post:hang-before@1"],
		});
		const running = shell.start(one);
		await shell.asked(1);
		running.kill("SIGINT");
		const { code, stderr } = await running.ended;
		expect(code).toBe(130);
		expect(stderr).toContain("it may have been bought");
		expect(stderr).toContain("flux-ultra resume");
	});
});

skipOnWindows.concurrent("kill -9", () => {
	/** Where a command is killed: when it says a word, or so many milliseconds after its start. */
	const moments: readonly (readonly [string, readonly string[], number])[] = [
		["", [], 60],
		["", [], 180],
		["", [], 300],
		["sending", ["post:slow=300ms@1"], 0],
		["sending", ["post:slow=300ms@1"], 400],
		["sending", ["post:hang-after@1"], 150],
		["submitted", [], 0],
		["running", [], 0],
		["running", ["image:slow=1s@1"], 250],
		["downloading", ["image:slow=1s@1"], 100],
		["downloading", [], 4],
		["x.jpg", [], 0],
	];

	async function killAt(
		shell: Shell,
		[word, , delayMs]: (typeof moments)[number],
	): Promise<void> {
		const running = shell.start(one);
		if (word !== "") await Promise.race([running.says(word), running.ended]);
		await pause(delayMs);
		running.kill("SIGKILL");
		await running.ended;
	}

	it.for(moments.map((moment, at) => [at, moment] as const))(
		"at moment %d (%j): one image, one purchase",
		async ([at, moment], context) => {
			const { expect } = context;
			const shell = await createShell(context, { faults: moment[1] });
			await killAt(shell, moment);
			// On a busy machine the command may be gone before its fault could strike.
			shell.sandbox.setFaults([]);
			const isThere = () => shell.files().includes("x.jpg");
			const next = at % 2 === 0 || isThere() ? ["resume"] : one;
			const { code, stderr } = await shell.run(next);
			expect(code).toBe(0);
			if (!isThere()) {
				expect(stderr).toMatch(/never bought|nothing is unfinished/);
				expect((await shell.run(one)).code).toBe(0);
			}
			expect({
				files: shell.files(),
				bought: shell.sandbox.summary().bought,
				jobs: shell.jobs(),
			}).toEqual({ files: ["x.jpg"], bought: 1, jobs: [] });
		},
	);

	it("of one of several images leaves the others as they are", async (context) => {
		const { expect } = context;
		const shell = await createShell(context);
		const three = ["a.", "--seeds", "1-3", "-p", "1", "-o", "{seed}.jpg"];
		const running = shell.start([...three, ...soon]);
		await running.says("✔");
		running.kill("SIGKILL");
		await running.ended;
		const again = await shell.run([...three, ...soon]);
		expect(again.code).toBe(0);
		expect([shell.files(), shell.sandbox.summary().bought]).toEqual([
			["1.jpg", "2.jpg", "3.jpg"],
			3,
		]);
	});
});

describe.concurrent("the same command twice at once", () => {
	it("buys once, and both have the image, also where it makes its own seed", async (context) => {
		const { expect } = context;
		const { shell, endRuns } = await createWaitingShell(context);
		const words = ["a garden", "-o", "x.jpg", ...soon];
		const running = [shell.start(words), shell.start(words)];
		const oneSays = (text: string) =>
			Promise.race(running.map((one) => one.says(text)));
		await oneSays("running");
		await oneSays("is at the same image");
		endRuns();
		const both = await Promise.all(running.map(({ ended }) => ended));
		expect(both.map(({ code, stdout }) => [code, stdout.toString()])).toEqual([
			[0, "x.jpg\n"],
			[0, "x.jpg\n"],
		]);
		expect([shell.files(), shell.sandbox.summary().bought]).toEqual([
			["x.jpg"],
			1,
		]);
	});

	it.skipIf(process.platform !== "linux")(
		"of which one is stopped by Ctrl-Z: the other says what brings it back",
		async (context) => {
			const { expect } = context;
			const { shell, endRuns } = await createWaitingShell(context);
			const first = shell.start(one);
			await first.says("running");
			first.kill("SIGSTOP");
			const isStopped = () => expect(stoppedText(first.pid)).toBeDefined();
			await vi.waitFor(isStopped, 60_000);
			const second = shell.start(one);
			await second.says("is stopped (fg or kill -CONT ");
			first.kill("SIGCONT");
			endRuns();
			const both = await Promise.all([first.ended, second.ended]);
			expect(both.map(({ code }) => code)).toEqual([0, 0]);
		},
	);

	it("beside a resume, buys once", async (context) => {
		const { expect } = context;
		const shell = await createShell(context);
		expect((await shell.run([...one, "--no-wait"])).code).toBe(0);
		const [same, resumed] = await Promise.all([
			shell.run(one),
			shell.run(["resume"]),
		]);
		// Where resume had brought it before the command looked, the image is in its way.
		const isLate = same.stderr.includes("x.jpg exists");
		expect([same.code, resumed.code]).toEqual([isLate ? 2 : 0, 0]);
		expect([shell.files(), shell.sandbox.summary().bought]).toEqual([
			["x.jpg"],
			1,
		]);
	});

	it("with --no-wait, buys once and both print the run", async (context) => {
		const { expect } = context;
		const shell = await createShell(context);
		const words = [...one, "--no-wait"];
		const [first, second] = await Promise.all([
			shell.run(words),
			shell.run(words),
		]);
		expect([first.code, second.code]).toEqual([0, 0]);
		expect(first.stdout).toEqual(second.stdout);
		expect(shell.sandbox.summary().bought).toBe(1);
	});
});
