import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const pages = [".", "docs"].flatMap((folder) =>
	readdirSync(folder)
		.filter((name) => name.endsWith(".md"))
		.map((name) => join(folder, name)),
);

test("links and pictures of the documentation lead to files and headings that are there", () => {
	const broken = pages.flatMap((page) =>
		[
			...readFileSync(page, "utf8").matchAll(
				/\]\((?!https?:)([^)#\s]*)(#[^)\s]*)?\)/g,
			),
		]
			.filter(([, file, heading]) => {
				const target = file ? join(dirname(page), file) : page;
				return (
					!existsSync(target) ||
					(heading && !headingsOf(target).includes(heading))
				);
			})
			.map(([link]) => `${page}: ${link}`),
	);
	expect(broken).toEqual([]);
});

/** As GitHub names them: `#what-to-change-at-first-contact`. */
function headingsOf(page: string): readonly string[] {
	return [...readFileSync(page, "utf8").matchAll(/^#+ (.*)$/gm)].map(
		([, heading = ""]) =>
			`#${heading
				.toLowerCase()
				.replace(/[^\w\- ]/g, "")
				.replaceAll(" ", "-")}`,
	);
}
