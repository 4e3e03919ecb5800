import type { Sharp } from "sharp";
import type { MakeSharp } from "./load-sharp.ts";

/** An image upright, and with no side longer than `side` pixels; a smaller one as it is. */
export function shrunk(file: string, side: number, sharp: MakeSharp): Sharp {
	const inside = { fit: "inside", withoutEnlargement: true } as const;
	return sharp(file)
		.autoOrient()
		.resize({ width: side, height: side, ...inside });
}
