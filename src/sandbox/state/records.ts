/**
 * What the sandbox remembers. Everything that can be asked of a run later follows from its record and the clock,
 * so a run goes on while no sandbox is there.
 */
export type StateRecord =
	| { readonly kind: "run"; readonly run: RunRecord }
	| { readonly kind: "asset"; readonly asset: AssetRecord }
	| { readonly kind: "asset-confirmed"; readonly id: string }
	| { readonly kind: "secret"; readonly secret: SecretRecord };

export interface RunRecord {
	readonly id: string;
	/** Id of the request that created it. */
	readonly requestId: string;
	/** Milliseconds since 1970. */
	readonly createdAt: number;
	/** From creation to end. */
	readonly latencyMs: number;
	/** `owner/slug` */
	readonly model: string;
	/** As it was sent. */
	readonly input: Readonly<Record<string, unknown>>;
	/** The one in the input, or the one that was made. */
	readonly seed: number;
	readonly clientRef: string | null;
	readonly metadata: unknown;
	readonly callbackUrl: string | null;
	readonly idempotency: Idempotency | null;
	readonly outcome: Outcome;
	/** Price of one delivered picture. */
	readonly priceMicros: number;
	/** How many pictures were asked for, and what each is. */
	readonly count: number;
	readonly picture: PictureKind;
	readonly oddities: Oddities;
}

export interface PictureKind {
	readonly width: number;
	readonly height: number;
	readonly format: PictureFormat;
}

export type PictureFormat = "jpeg" | "png" | "webp";

/** What will become of the run. */
export type Outcome =
	| "succeeded"
	| "partial"
	| "no-output"
	| "moderated"
	| "failed"
	| "validation-failed"
	| "canceled"
	| "cancelled"
	| "errored"
	| "timeout"
	| "stuck";

/** In what this run differs from others; the name stands in state files. */
export interface Oddities {
	/** How long after its end the output is shown. */
	readonly lateOutputMs?: number;
	/** For a while its status is one that nobody knows. */
	readonly unknownStatus?: boolean;
	/** The output does not tell the seed. */
	readonly hidesSeed?: boolean;
	/** The outputs are no assets. */
	readonly hidesAssets?: boolean;
}

export interface Idempotency {
	readonly key: string;
	/** Of method, path and body. */
	readonly fingerprint: string;
}

export interface AssetRecord {
	readonly id: string;
	readonly createdAt: number;
	readonly filename: string;
	readonly mimeType: string;
	readonly sizeBytes: number;
}

export interface SecretRecord {
	readonly id: string;
	readonly createdAt: number;
	readonly label: string;
	/** `whsec_…` */
	readonly secret: string;
}
