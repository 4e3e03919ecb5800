import { setTimeout as pause } from "node:timers/promises";
import { buyAll } from "./client.mjs";

/* The official SDK's way: each run looked at by itself, every two seconds. */
await buyAll(async (_, read) => {
	for (;;) {
		const run = await read();
		if (run.status_code === "succeeded") return run;
		await pause(2_000);
	}
});
