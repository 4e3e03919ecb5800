import { defineConfig } from "vitest/config";

export default defineConfig({
	test: {
		include: ["test/**/*.test.ts"],
		// Only what hangs takes so long: a busy machine makes every test slow, and none of them may fail by that.
		testTimeout: 120_000,
		maxWorkers: 2,
		// No test leaves anything behind in a module, so that files share what they import: a third of the time.
		isolate: false,
	},
});
