/* Imported into a Node that is measured (`node --import`): writes its peak resident memory, in KiB, when it ends. */
import { writeFileSync } from "node:fs";

process.on("exit", () => {
	writeFileSync(process.env.BENCH_PEAK, String(process.resourceUsage().maxRSS));
});
