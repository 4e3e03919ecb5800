import { readdirSync, readFileSync } from "node:fs";
import { test } from "vitest";
import { followPage } from "./follow-page.ts";

/** Pages that a test of their own follows to the letter. */
const followedElsewhere = ["docs/curl.md"];

const pages = [
	...readdirSync(".").filter((name) => /^[A-Z]+\.md$/.test(name)),
	...readdirSync("docs").map((name) => `docs/${name}`),
].filter(
	(page) =>
		page.endsWith(".md") &&
		!followedElsewhere.includes(page) &&
		/^(\$ )?flux-ultra /m.test(readFileSync(page, "utf8")),
);

const onPosix = test.skipIf(process.platform === "win32");

onPosix.for(pages)(
	"every command of %s runs on the sandbox, and ends as the page says",
	// Dozens of processes, one after the other and beside those of other pages.
	{ concurrent: true, timeout: 1_800_000 },
	async (page, context) => {
		const found = await followPage(readFileSync(page, "utf8"), context);
		context.expect(found).toEqual({ unexpected: [], notReached: [] });
	},
);

onPosix(
	"a page is found out that tells of options, exits and programs that are not so",
	{ concurrent: true },
	async (context) => {
		const { expect } = context;
		const { unexpected, notReached } = await followPage(
			[
				"```sh",
				"flux-ultra config path",
				"flux-ultra config get model # exit 3",
				"flux-ultra spend --weekly && flux-ultra balance",
				'echo "$(flux-ultra fox)" | cat',
				"flux-ultr config path",
				"false &&",
				"flux-ultra config list",
				"```",
			].join("\n"),
			context,
		);
		expect(
			unexpected.map((end) => end.split(": ").slice(0, 2).join(" ")),
		).toEqual([
			"line 3 exit 0",
			"line 4 exit 2",
			"line 5 exit 2",
			"line 6 exit 127",
		]);
		expect(notReached).toEqual(["line 8: flux-ultra config list"]);
	},
);
