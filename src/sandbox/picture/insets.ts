import type { OverlayOptions } from "sharp";
import type { MakeSharp } from "../../images/load-sharp.ts";
import type { PictureRequest } from "../pictures.ts";

/** The pictures that an edit starts from, for its upper right corner; bytes that are no picture are a grey card. */
export function frameInputs(
	{ inputs = [], ...picture }: PictureRequest,
	sharp: MakeSharp,
): Promise<OverlayOptions[]> {
	// More would be too small to recognise.
	const shown = inputs.slice(0, 4);
	const margin = Math.ceil(Math.min(picture.width, picture.height) * 0.05);
	const room = Math.floor((picture.width - margin) / shown.length) - margin;
	const width = Math.min(room, Math.round(picture.height * 0.48));
	const size = { width, height: Math.round(width / 1.5) };
	const card = { ...size, channels: 3, background: "#c8c6c2" } as const;
	const overlays = shown.map(async (input, i) => ({
		input: await sharp(input)
			.autoOrient()
			.resize({ ...size, fit: "contain", background: "transparent" })
			.toColourspace("srgb")
			.png()
			.toBuffer()
			.catch(() => ({ create: card })),
		top: margin,
		left: picture.width - (shown.length - i) * (width + margin),
	}));
	return Promise.all(overlays);
}
