/** What is known of a model before it is asked for an image. */
export interface Model {
	/** `owner/slug`, perhaps with more segments (`…/edit`), as the API's paths have it. */
	readonly id: string;
	readonly name: string;
	/** Short names for `-m`. */
	readonly aliases: readonly string[];
	/** One line for people. */
	readonly summary: string;
	/** Undefined where nobody has described them: nothing can be checked then. */
	readonly inputs: readonly ModelInput[] | undefined;
	readonly price: Price;
	/** What it may deliver; several where nobody has said which, or where an input chooses. The first names files. */
	readonly formats: readonly ImageFormat[];
	/** In pixels, where nothing is asked for; undefined where it is not known. */
	readonly size: PixelSize | undefined;
	/** The most that it delivers, in words. */
	readonly maxResolution: string | undefined;
	/** The sibling that starts from an image. */
	readonly edit?: string | undefined;
	/** When the end of a run is likely, in milliseconds after its creation: polled closely there. */
	readonly likelyEndMs: { readonly from: number; readonly to: number };
	readonly sure: Readonly<Record<"id" | "price" | "inputs" | "output", Mark>>;
	/** Where this description comes from. */
	readonly source: "table" | "catalogue" | "nobody";
	/** The catalogue's own word where the model is not simply there (`deprecated`, `unavailable`), or that it makes no images. */
	readonly standing?: string | undefined;
	/** The catalogue's own words about the price. */
	readonly pricingNote?: string | undefined;
}

/** How sure a fact is: vendor documentation, the live catalogue, inferred by us, not known at all. */
export type Mark = "documented" | "catalogue" | "inferred" | "unknown";

export type ImageFormat = "jpeg" | "png" | "webp";

export interface PixelSize {
	readonly width: number;
	readonly height: number;
}

export interface ModelInput {
	readonly name: string;
	readonly kind: InputKind;
	readonly isRequired?: boolean;
	/** What the model takes where nothing is given; undefined where that is not known. */
	readonly initial?: unknown;
	readonly min?: number;
	readonly max?: number;
	/** The only values, for `text`; the names, for `size`. */
	readonly choices?: readonly string[];
	/** Regular expression that the whole of a `text` must match. */
	readonly pattern?: string;
	readonly says?: string;
}

/**
 * `any` is what a catalogue describes in words that we don't know: it is not checked. `min` and `max` count the entries of
 * `images`. A `size` is one of its `choices`, or `{width, height}`.
 */
export type InputKind =
	| "text"
	| "integer"
	| "number"
	| "boolean"
	| "image"
	| "images"
	| "size"
	| "any";

/** In micro-dollars. A megapixel is a million pixels (inferred). */
export type Price =
	| { readonly per: "image"; readonly micros: number }
	| {
			readonly per: "megapixel";
			readonly micros: number;
			/** The images that it starts from count as well. */
			readonly countsInputs?: boolean;
	  }
	/** By the value of an input; of the values that are not listed only `most` is known. */
	| {
			readonly per: "choice";
			readonly input: string;
			readonly micros: Readonly<Record<string, number>>;
			readonly most: number;
	  }
	| { readonly per: "unknown" };
