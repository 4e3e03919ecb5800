import { expect, it } from "vitest";
import { askSecret, askYesNo, canAsk } from "../../src/terminal/ask.ts";
import { type FakeRuntime, fakeRuntime } from "../fake-runtime.ts";

function terminal(): FakeRuntime {
	return fakeRuntime({ tty: { stdin: true, stderr: true } });
}

const ctrlC = "\x03";
const ctrlD = "\x04";

it.each([
	[true, true, true],
	[true, false, false],
	[false, true, false],
])(
	"stdin a terminal %s, stderr %s: somebody can be asked %s",
	(stdin, stderr, can) => {
		expect(canAsk(fakeRuntime({ tty: { stdin, stderr } }))).toBe(can);
	},
);

it("a secret is read without showing a letter of it", async () => {
	const runtime = terminal();
	const answer = askSecret("API key: ", runtime);
	runtime.stdin.write("rf_livx\x7fe_abc\r");
	expect(await answer).toBe("rf_live_abc");
	expect(runtime.stderrText()).toBe("API key: \n");
	expect(runtime.stdoutText()).toBe("");
	expect(runtime.signalListeners()).toBe(0);
});

it("Ctrl-D at a secret is an empty answer", async () => {
	const runtime = terminal();
	const answer = askSecret("API key: ", runtime);
	runtime.stdin.write(ctrlD);
	expect(await answer).toBe("");
});

it("Ctrl-C at a question interrupts, and leaves nothing behind", async () => {
	const runtime = terminal();
	const answer = askSecret("API key: ", runtime);
	runtime.stdin.write(`rf_live${ctrlC}`);
	await expect(answer).rejects.toMatchObject({ code: "interrupted" });
	expect(runtime.stderrText()).toBe("API key: \n");
	expect(runtime.signalListeners()).toBe(0);
	expect(runtime.stdin.isPaused()).toBe(true);
});

it("a signal at a question interrupts too", async () => {
	const runtime = terminal();
	const answer = askYesNo("Go on?", runtime);
	runtime.signal("SIGTERM");
	await expect(answer).rejects.toMatchObject({ code: "interrupted" });
});

it.each([
	["y\r", true],
	["YES\r", true],
	["n\r", false],
	["\r", false],
	[ctrlD, false],
])("%j means %s", async (typed, meant) => {
	const runtime = terminal();
	const answer = askYesNo("Go on?", runtime);
	runtime.stdin.write(typed);
	expect(await answer).toBe(meant);
	expect(runtime.stderrText()).toContain("Go on? [y/N] ");
});

it("an answer that is neither yes nor no is asked again", async () => {
	const runtime = terminal();
	const answer = askYesNo("Go on?", runtime);
	runtime.stdin.write("perhaps\r");
	setImmediate(() => runtime.stdin.write("y\r"));
	expect(await answer).toBe(true);
	expect(runtime.stderrText().split("Go on?")).toHaveLength(3);
});
