import type { Runtime } from "../../runtime.ts";
import { escaped, escapedJson } from "../../system/escape.ts";
import { callService } from "../session/call-service.ts";
import { type SessionOptions, withSession } from "../session/session.ts";

/** Prints the service's log of a run. */
export async function showLogs(
	id: string,
	options: SessionOptions,
	runtime: Runtime,
): Promise<number> {
	return withSession(options, runtime, async (session) => {
		const { client } = await session.connection();
		const lines = await callService(() => client.readLogs(id, session.signal));
		for (const line of lines) {
			const text = `${line.timestamp} ${line.level} ${line.message}`;
			runtime.stdout.write(
				`${options.json ? escapedJson({ version: 1, ...line }) : escaped(text)}\n`,
			);
		}
		if (lines.length === 0) session.reporter.note(`run ${id} has no log`);
		return 0;
	});
}
