import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

export type Links = ReturnType<typeof createLinks>;

interface LinkTerms {
	readonly method?: "GET" | "PUT";
	readonly contentType?: string;
	/** From now; negative for one that is too old already. */
	readonly ttlMs?: number | undefined;
}

/** Makes and checks presigned addresses of the storage: whoever has one may use it, until it expires. */
export function createLinks(
	origin: () => string,
	now: () => number,
	ttlMs: number,
) {
	const secret = randomBytes(32);
	const signatureOf = (
		method: string,
		path: string,
		until: string,
		contentType: string,
	) =>
		createHmac("sha256", secret)
			.update([method, path, until, contentType].join("\n"))
			.digest("hex");
	return {
		/** The address without a signature, which opens nothing. */
		bare: (path: string) => `${origin()}${path}`,
		/** A link to a path of the storage for one method. For a PUT the content type is part of what is signed. */
		sign(path: string, terms: LinkTerms = {}): string {
			const { method = "GET", contentType = "" } = terms;
			const signedAt = now();
			const until = String(Math.round(signedAt + (terms.ttlMs ?? ttlMs)));
			// The names that S3 gives its query; the last moment stands beside them in milliseconds, for short lives.
			const query = new URLSearchParams({
				"X-Amz-Algorithm": "AWS4-HMAC-SHA256",
				"X-Amz-Date": amzDate(signedAt),
				"X-Amz-Expires": String(Math.ceil((terms.ttlMs ?? ttlMs) / 1_000)),
				"X-Amz-SignedHeaders": contentType ? "content-type;host" : "host",
				"X-Sandbox-Until": until,
				"X-Amz-Signature": signatureOf(method, path, until, contentType),
			});
			return `${origin()}${path}?${query}`;
		},
		check(
			{ pathname, searchParams }: URL,
			method: string,
			contentType: string,
		) {
			const given = searchParams.get("X-Amz-Signature");
			const until = searchParams.get("X-Sandbox-Until");
			if (!given || !until) return "unsigned";
			const signed = method === "PUT" ? contentType : "";
			if (!equal(given, signatureOf(method, pathname, until, signed)))
				return "forged";
			return now() > Number(until) ? "expired" : "good";
		},
	};
}

function amzDate(ms: number): string {
	return new Date(ms).toISOString().replace(/[-:]|\.\d+/g, "");
}

function equal(one: string, other: string): boolean {
	const [a, b] = [Buffer.from(one), Buffer.from(other)];
	return a.length === b.length && timingSafeEqual(a, b);
}
