import type { StartOptions } from "../sandbox/start.ts";
import { tinyJpeg } from "../tiny-jpeg.ts";
import { codeOf } from "./page.ts";
import { createStranger, type Stranger } from "./stranger.ts";

/*
 * The page is followed to the letter: the script is saved as it stands there, and what is to be pasted is pasted.
 */

/** All code of the page about curl. */
export const blocks = codeOf("curl.md");

export const script =
	blocks.find(({ code }) => code.startsWith("#!/bin/sh"))?.code ?? "";

/** What is to be typed or pasted into a shell, in the order of the page. */
export const pasted = blocks
	.filter(({ language, code }) => language === "sh" && code !== script)
	.map(({ code }) => code);

/** What a terminal shows. */
export const shown = blocks
	.filter(({ language }) => language === "console")
	.map(({ code }) => code);

/** The way to find the runs of a `client_ref`. */
export function lookUp(ref: string): string {
	const define = pasted.find((code) => code.startsWith("runflow() {"));
	const ask = pasted.find((code) => code.includes("client_ref.EQ"));
	return `${define}${ask?.replace("order-1042", ref)}`;
}

export const buyGarden = 'sh flux.sh "a garden" garden.jpg 42';
/** The image that it brings. */
export const garden = tinyJpeg({ shade: "a garden".length });

/** Somebody who has saved the script of the page. */
export async function follow(options: StartOptions = {}): Promise<Stranger> {
	const stranger = await createStranger(options);
	stranger.write("flux.sh", script);
	return stranger;
}
