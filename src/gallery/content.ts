import { escapedJson } from "../system/escape.ts";

/** What the page of `gallery` shows; `page/main.js` reads it. */
export interface Content {
	readonly title: string;
	readonly images: readonly Picture[];
	/** Rows of a batch whose images are not on disk. */
	readonly failed: readonly {
		readonly line: string;
		readonly why: string;
		readonly prompt?: string | undefined;
		readonly caption?: string | undefined;
	}[];
	/** Where a page that is served hears that there is something new, and gets it. */
	readonly server?: { readonly events: string; readonly content: string };
}

/** One image. What nobody knows is left out. */
export interface Picture {
	/** Names its content where it is whole: stars stay with a renamed file. */
	readonly id: string;
	/** From 1, in the order of the folder; the same on a contact sheet. */
	readonly number: number;
	/** Below the folder that is shown, for eyes. */
	readonly file: string;
	/** As the folder of the page sees it, for programs. */
	readonly path: string;
	/** The same as an address. */
	readonly src: string;
	/** Address of its thumbnail; without one the image itself is shown. */
	readonly thumb?: string | undefined;
	/** In pixels. */
	readonly width?: number | undefined;
	readonly height?: number | undefined;
	/** Why it cannot be shown. */
	readonly damage?: string | undefined;
	/** What it is, where its name says otherwise and not every browser shows it: "a TIFF". */
	readonly otherFormat?: string | undefined;
	readonly caption?: string | undefined;
	/** Its bytes are not those that were delivered. */
	readonly isChanged?: boolean | undefined;
	readonly prompt?: string | undefined;
	/** As text: some are larger than a number of JavaScript is exact. */
	readonly seed?: string | undefined;
	readonly model?: string | undefined;
	/** In words. */
	readonly cost?: string | undefined;
	/** Dollars, to sort by. */
	readonly paidUsd?: number | undefined;
	/** ISO 8601. */
	readonly made?: string | undefined;
	/** Makes it again. */
	readonly command?: string | undefined;
}

/** How a page of ours begins, of any version: it may be replaced. */
export const pageStart =
	/^<!doctype html>\s*<html[^>]*>\s*<head>\s*<meta name="generator" content="flux-ultra gallery/;

/** @param page without its content */
export function fillPage(page: string, content: Content): string {
	const filled = page.replace('"CONTENT"', () => contentJson(content));
	// What is in a file asks nobody for anything.
	return content.server
		? filled.replace("default-src 'none'", "$&; connect-src 'self'")
		: filled;
}

/** In a page a text must not end the script that it stands in, nor begin a comment there. */
export function contentJson(content: Content): string {
	return escapedJson(content).replaceAll("<", "\\u003c");
}
