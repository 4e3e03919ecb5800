import { readFileSync } from "node:fs";
import type { Content } from "../../src/gallery/content.ts";

/** What a page shows. */
export function contentOf(page: string): Content {
	const html = readFileSync(page, "utf8");
	const [, json = ""] =
		/<script id="data" type="application\/json">(.*?)<\/script>/s.exec(html) ??
		[];
	return JSON.parse(json);
}
