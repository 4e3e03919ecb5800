import { readFileSync } from "node:fs";

/*
 * Files of the package that are read when they are needed. This file is as deep in `src` as what is built of it is in `dist`.
 */

/** The version in package.json, for `--version` and the User-Agent. */
export function readVersion(): string {
	return (JSON.parse(readPackageFile("package.json")) as { version: string })
		.version;
}

/** The page of `gallery` without its content, as the build made it of `src/gallery/page`. */
export function readGalleryPage(): string {
	return readPackageFile("dist/gallery.html");
}

/** @param name of a file that is shipped, as seen from package.json */
export function readPackageFile(name: string): string {
	return readFileSync(new URL(`../${name}`, import.meta.url), "utf8");
}
