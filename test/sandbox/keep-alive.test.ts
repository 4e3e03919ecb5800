import { execFileSync } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";

const compiled = pathToFileURL(
	path.resolve(import.meta.dirname, "../../dist/sandbox.cjs"),
).href;

/** Starts a sandbox in a process of its own, connects to it, and says how many servers and sockets keep that alive. */
function heldBy(options: string): string {
	const script = `
		import { once } from "node:events";
		import { connect } from "node:net";
		const { startSandbox } = await import("${compiled}");
		const sandbox = await startSandbox(${options});
		const held = () => process.getActiveResourcesInfo()
			.filter((name) => /^TCP(Server|Socket)Wrap$/.test(name)).length;
		const servers = held();
		const idle = connect(Number(new URL(sandbox.apiUrl).port), "127.0.0.1").unref();
		await once(idle, "connect");
		console.log(String(servers));
		${options === "" ? "" : "process.exit();"}
	`;
	return execFileSync(
		process.execPath,
		["--input-type=module", "--eval", script],
		{ encoding: "utf8", timeout: 100_000 },
	).trim();
}

test("a sandbox does not keep its process alive, connections included, unless it is asked to", () => {
	// That this one ends at all is the answer.
	expect(heldBy("")).toBe("0");
	expect(heldBy("{ keepAlive: true }")).toBe("2");
});
