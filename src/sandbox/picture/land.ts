import type { Rgb } from "./canvas.ts";

/** What the outline of a range of hills is made of. */
export type Outline =
	| "peaks"
	| "cone"
	| "hills"
	| "dunes"
	| "mesas"
	| "islands"
	| "pines"
	| "crowns"
	| "skyline";

/** One range of hills, a wood or a row of houses, from side to side of the picture. */
export interface Range {
	readonly outline: Outline;
	/** Where its foot is, from 0 at the top of the picture to 1 at its bottom. */
	readonly foot: number;
	/** Of its highest point over its foot, in heights of the picture. */
	readonly height: number;
	/** 0 far away in the haze, 1 right before us. */
	readonly nearness: number;
	/** How far down from the top snow lies, as a share of the height. */
	readonly snow?: number;
}

export type Growth = "blossom" | "pines" | "leaves" | "grass" | "none";

export interface Land {
	/** Words of a prompt that ask for it. */
	readonly words: RegExp;
	/** Colours in full light. */
	readonly far: Rgb;
	readonly near: Rgb;
	/** Of leaves, blossoms or flowers. */
	readonly accent: Rgb;
	/** Where the water begins, from 0 at the top to 1 at the bottom; 1 for none. */
	readonly shore: number;
	/** What grows right before us. */
	readonly growth: Growth;
	/** From the farthest to the nearest. */
	readonly ranges: readonly Range[];
}
