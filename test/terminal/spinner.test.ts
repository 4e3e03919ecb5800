import { stripVTControlCharacters } from "node:util";
import { expect, it } from "vitest";
import { createSpinner } from "../../src/terminal/style.ts";
import { type FakeRuntime, fakeRuntime } from "../fake-runtime.ts";

const hideCursor = "\u001b[?25l";
const showCursor = "\u001b[?25h";

function terminal(): FakeRuntime {
	const runtime = fakeRuntime({ tty: { stderr: true } });
	const done = () => true;
	Object.assign(runtime.stderr, {
		cursorTo: done,
		clearLine: done,
		moveCursor: done,
	});
	return runtime;
}

it("keeps each line within the window, so that none wraps", async () => {
	const runtime = terminal();
	const lines = () => `${"a long prompt ".repeat(9)}\n${"夜".repeat(60)}`;
	const spinner = await createSpinner(runtime, false, lines);
	spinner.start();
	spinner.stop();
	const [first = "", second = ""] = stripVTControlCharacters(
		runtime.stderrText(),
	).split("\n");
	expect([first.length, first.at(-1)]).toEqual([80, "…"]);
	expect(second).toBe(`${"夜".repeat(38)}…`);
});

it("gives the cursor back to the shell while the process is suspended", async () => {
	let suspend = () => {};
	let resume = () => {};
	let listeners = 0;
	const runtime: FakeRuntime = {
		...terminal(),
		onSuspend(before, after) {
			[suspend, resume] = [before, after];
			listeners += 1;
			return () => {
				listeners -= 1;
			};
		},
	};
	const spinner = await createSpinner(runtime, false, () => "running");
	const cursor = () =>
		runtime.stderrText().lastIndexOf(showCursor) >
		runtime.stderrText().lastIndexOf(hideCursor);
	spinner.start();
	spinner.start();
	expect([cursor(), listeners]).toEqual([false, 1]);
	suspend();
	expect(cursor()).toBe(true);
	resume();
	expect(cursor()).toBe(false);
	spinner.stop();
	expect([cursor(), listeners]).toEqual([true, 0]);
});
