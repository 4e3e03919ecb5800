import { expect, it } from "vitest";
import { openInBrowser } from "../../src/commands/gallery/open.ts";
import { createReporter } from "../../src/terminal/reporter.ts";
import { fakeRuntime } from "../fake-runtime.ts";

/** What is started, and what is told, on a machine of which this is known. */
async function opened(
	platform: NodeJS.Platform,
	env: Readonly<Record<string, string>>,
	stderr: boolean,
	launch = async () => {},
) {
	const runtime = fakeRuntime({ platform, env, tty: { stderr } });
	const started: string[] = [];
	await openInBrowser(
		`${runtime.cwd}/out/index.html`,
		{ runtime, reporter: await createReporter(runtime) },
		async (target) => {
			started.push(target.slice(runtime.cwd.length));
			await launch();
		},
	);
	return { started, told: runtime.stderrText() };
}

const page = "/out/index.html";
const said = "note: no browser to be opened here; in one: out/index.html\n";

it("starts the browser where there is a screen and somebody before it", async () => {
	const shown = { started: [page], told: "" };
	expect(await opened("linux", { DISPLAY: ":0" }, true)).toEqual(shown);
	expect(await opened("linux", { WAYLAND_DISPLAY: "w" }, true)).toEqual(shown);
	expect(await opened("darwin", {}, true)).toEqual(shown);
});

it("says where the page is where there is none", async () => {
	const untold = { started: [], told: said };
	expect(await opened("linux", { NO_COLOR: "1" }, true)).toEqual(untold);
	expect(await opened("linux", { DISPLAY: ":0" }, false)).toEqual(untold);
	const broken = await opened(
		"linux",
		{ DISPLAY: ":0", NO_COLOR: "1" },
		true,
		() => Promise.reject(new Error("spawn xdg-open ENOENT")),
	);
	expect(broken).toEqual({ started: [page], told: said });
});
