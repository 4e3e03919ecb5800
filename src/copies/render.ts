import { Failure, toFailure } from "../errors.ts";
import { copyMark, type Dimensions } from "../images/bytes.ts";
import type { ImageFacts } from "../images/inspect.ts";
import type { MakeSharp } from "../images/load-sharp.ts";
import type { Fit } from "./fit.ts";

export type CopyFormat = keyof typeof settings;

/** What stays of a picture that is cut: the part with the most to see, by two measures of sharp, or a place. */
export const crops = [
	"attention",
	"entropy",
	"centre",
	"top",
	"bottom",
	"left",
	"right",
] as const;
export type Crop = (typeof crops)[number];

/** What becomes of one picture. */
export interface Rendering {
	/** Absolute path of the picture. */
	readonly path: string;
	readonly facts: Pick<ImageFacts, "sha256">;
	readonly seen: Seen;
	readonly fit: Fit;
	readonly format: CopyFormat;
	readonly xmp: string;
}

/** What all copies of a command share. */
export interface Look {
	readonly crop: Crop;
	/** Absolute path of a profile for CMYK; undefined: the profile of the picture, or sRGB where it has none. */
	readonly cmyk: string | undefined;
}

/** What only a look into the picture tells. */
export interface Seen extends Dimensions {
	readonly hasProfile: boolean;
}

/** Size as it is shown, which its EXIF may turn. @throws {Failure} `bad_image` */
export async function see(file: string, sharp: MakeSharp): Promise<Seen> {
	return decoding(async () => {
		const { autoOrient, hasProfile } = await sharp(file).metadata();
		return { ...autoOrient, hasProfile };
	});
}

/**
 * Makes a copy: cut, resampled where its size wants it, with profile, dpi, EXIF and XMP of its own, and nothing that the picture carried.
 * @throws {Failure} `bad_image` for what cannot be decoded
 */
export async function render(
	{ path, facts, seen, fit: { cut, size, dpi }, format, xmp }: Rendering,
	{ crop, cmyk }: Look,
	sharp: MakeSharp,
): Promise<Buffer> {
	const picture = sharp(path)
		.autoOrient()
		.extract(beforeCrop(seen, cut))
		.resize({ ...size, fit: "cover", position: crop })
		.withDensity(dpi)
		.withExif({ IFD0: { Software: copyMark(facts.sha256) } })
		.withXmp(xmp);
	if (format === "jpeg" || cmyk) picture.flatten({ background: "#fff" });
	if (cmyk) picture.toColourspace("cmyk").withIccProfile(cmyk);
	else if (seen.hasProfile) picture.keepIccProfile();
	else picture.withIccProfile("srgb");
	return decoding(() => picture.toFormat(format, settings[format]).toBuffer());
}

/** For print: hardly any loss, and colours as sharp as the rest. LZW is what every layout program reads. */
const settings = {
	jpeg: { quality: 92, chromaSubsampling: "4:4:4" },
	png: {},
	tiff: { compression: "lzw", predictor: "horizontal" },
	webp: { quality: 92 },
} as const;

/** The picture with one side as it will be, so that only the other is left to the crop, which scales nothing then. */
function beforeCrop(picture: Dimensions, cut: Dimensions) {
	const isByWidth = cut.width * picture.height > cut.height * picture.width;
	const width = isByWidth ? cut.width : picture.width;
	const height = isByWidth ? picture.height : cut.height;
	const left = Math.floor((picture.width - width) / 2);
	const top = Math.floor((picture.height - height) / 2);
	return { left, top, width, height };
}

async function decoding<T>(work: () => Promise<T>): Promise<T> {
	return work().catch((cause) => {
		throw new Failure(
			"bad_image",
			`It cannot be decoded: ${toFailure(cause).message}`,
			{ cause },
		);
	});
}
