import { setTimeout as pause } from "node:timers/promises";
import { buyAll } from "./client.mjs";

/* Knows the moment at which the run ends, which no client can. */
await buyAll(async ({ endsAtMs }, read) => {
	await pause(Math.max(endsAtMs - Date.now(), 0));
	for (;;) {
		const run = await read();
		if (run.status_code === "succeeded") return run;
	}
});
