import { once } from "node:events";
import { connect } from "node:net";
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { startSandbox } from "../../src/sandbox/sandbox.ts";

/* Alone in its file, and so in its process: it counts all sockets of the process. */
test("a sandbox does not keep the process alive, unless it is asked to", async () => {
	const held = () =>
		process
			.getActiveResourcesInfo()
			.filter((name) => /^TCP(Server|Socket)Wrap$/.test(name)).length;
	const quiet = await startSandbox();
	const idle = connect(Number(new URL(quiet.apiUrl).port), "127.0.0.1").unref();
	await once(idle, "connect");
	// Until the other side has taken the connection, and has let go of it.
	while (held() > 0) await setImmediate();
	const withQuiet = held();
	const serving = await startSandbox({ keepAlive: true });
	const withServing = held();
	await quiet.stop();
	await serving.stop();

	expect([withQuiet, withServing]).toEqual([0, 2]);
});
