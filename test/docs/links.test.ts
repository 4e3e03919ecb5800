import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const pages = [".", "docs"].flatMap((folder) =>
	readdirSync(folder)
		.filter((name) => name.endsWith(".md"))
		.map((name) => join(folder, name)),
);

/** Every file that `npm pack` would put into the package. */
function packedFiles(): readonly string[] {
	const [{ files }] = JSON.parse(
		execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
			encoding: "utf8",
			stdio: ["ignore", "pipe", "ignore"],
			shell: process.platform === "win32",
		}),
	);
	return files.map(({ path }: { readonly path: string }) => path);
}

test("all of the documentation is in the package, and its links and pictures lead to files and headings that are there", () => {
	const packed = packedFiles();
	expect(packed).toEqual(expect.arrayContaining([...pages, "LICENSE"]));
	const broken = pages.flatMap((page) =>
		[
			...readFileSync(page, "utf8").matchAll(
				/\]\((?!https?:)([^)#\s]*)(#[^)\s]*)?\)/g,
			),
		]
			.filter(([, file, heading]) => {
				const target = file ? join(dirname(page), file) : page;
				return (
					!packed.includes(target) ||
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
