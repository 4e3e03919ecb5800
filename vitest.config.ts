import { defineConfig } from "vitest/config";

export default defineConfig({
	test: {
		include: ["test/**/*.test.ts"],
		testTimeout: 20_000,
		maxWorkers: 2,
		// No test leaves anything behind in a module, so that files share what they import: a third of the time.
		isolate: false,
	},
});
