import type { Rgb } from "./canvas.ts";

/** A time of day, or weather: what colours everything. */
export interface Light {
	/** Words of a prompt that ask for it. */
	readonly words: RegExp;
	readonly skyTop: Rgb;
	readonly skyMiddle: Rgb;
	readonly skyLow: Rgb;
	/** The disc of sun or moon, and the glow around it. */
	readonly sun: Rgb;
	/** Of the disc, in heights of the picture; 0 for none. */
	readonly sunRadius: number;
	/** How far up the sky it stands: 0 at the horizon, 1 at the top. */
	readonly sunHeight: number;
	/** How strongly it lights up the sky around it, 0 to 1. */
	readonly glow: number;
	/** What is left of the land's own colours. */
	readonly landBrightness: number;
	/** How much of the sky is cloud, 0 to 1. */
	readonly clouds: number;
	readonly hasStars: boolean;
}

export const lights: readonly Light[] = [
	{
		words: /\b(dawn|sunrise|morning|serene|pastel|dream\w*)\b/gi,
		skyTop: [92, 118, 176],
		skyMiddle: [226, 168, 186],
		skyLow: [255, 222, 186],
		sun: [255, 240, 208],
		sunRadius: 0.05,
		sunHeight: 0.16,
		glow: 0.8,
		landBrightness: 0.8,
		clouds: 0.55,
		hasStars: false,
	},
	{
		words: /\b(day|noon|sunny|bright|summer|clear|happy|blue)\b/gi,
		skyTop: [38, 104, 184],
		skyMiddle: [112, 176, 226],
		skyLow: [214, 236, 242],
		sun: [255, 252, 236],
		sunRadius: 0.035,
		sunHeight: 0.68,
		glow: 0.45,
		landBrightness: 1,
		clouds: 0.6,
		hasStars: false,
	},
	{
		words: /\b(sunset|golden|gold|evening|warm|amber|orange|epic)\b/gi,
		skyTop: [62, 84, 142],
		skyMiddle: [232, 150, 98],
		skyLow: [255, 210, 128],
		sun: [255, 240, 186],
		sunRadius: 0.06,
		sunHeight: 0.12,
		glow: 1,
		landBrightness: 0.68,
		clouds: 0.65,
		hasStars: false,
	},
	{
		words: /\b(dusk|twilight|purple|violet|neon|synthwave|magic\w*)\b/gi,
		skyTop: [32, 32, 84],
		skyMiddle: [126, 72, 138],
		skyLow: [246, 150, 116],
		sun: [255, 206, 160],
		sunRadius: 0.07,
		sunHeight: 0.06,
		glow: 0.7,
		landBrightness: 0.52,
		clouds: 0.5,
		hasStars: true,
	},
	{
		words: /\b(night|midnight|moon\w*|stars?|starry|dark|space|galaxy)\b/gi,
		skyTop: [8, 12, 36],
		skyMiddle: [22, 40, 86],
		skyLow: [74, 106, 152],
		sun: [246, 242, 220],
		sunRadius: 0.045,
		sunHeight: 0.62,
		glow: 0.4,
		landBrightness: 0.36,
		clouds: 0.35,
		hasStars: true,
	},
	{
		words:
			/\b(storm\w*|rain\w*|fog\w*|mist\w*|gr[ae]y|moody|gloomy|clouds?)\b/gi,
		skyTop: [58, 70, 86],
		skyMiddle: [122, 138, 150],
		skyLow: [206, 212, 208],
		sun: [250, 246, 226],
		sunRadius: 0,
		sunHeight: 0.3,
		glow: 0.35,
		landBrightness: 0.62,
		clouds: 0.9,
		hasStars: false,
	},
];
