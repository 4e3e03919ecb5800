/** What stands in the place of a secret. */
const mark = "[redacted]";

/** Shorter values occur by chance, and say nothing to whoever reads them. */
const leastSecretLength = 6;

/** Names of headers, and of texts in JSON, that are secrets whatever they hold. */
const secretName =
	/authorization|cookie|token|secret|signature|passw(or)?d|api[-_]?key/i;

/** Texts in JSON that hold an address of the user's own: its path may be what allows to call there. */
const ownAddress = /callback|webhook/i;

/** Literal texts that are secrets wherever they occur. */
export type Secrets = Iterable<string>;

/** The key in the headers of a request; undefined where there is none. */
export function keyIn(
	headers: Readonly<Record<string, string>>,
): string | undefined {
	return /^\S+\s+(\S+)$/.exec(headers.authorization ?? "")?.[1];
}

/** The values in the query of a presigned link, as they stand there and decoded: a storage quotes them in its errors. */
export function secretsIn({ search, searchParams }: URL): readonly string[] {
	const raw = search.split(/[?&=]/);
	return [...raw, ...searchParams.values()].filter(
		(value) => value.length >= leastSecretLength,
	);
}

/** @param isLink it is presigned: the whole query is left out */
export function redactUrl(url: URL, isLink: boolean, secrets: Secrets): string {
	const { protocol, host, pathname, search } = url;
	const query = isLink ? search && cutQuery : redactPlain(search, secrets);
	return `${protocol}//${host}${pathname}${query}`;
}

export function redactHeader(
	name: string,
	value: string,
	secrets: Secrets,
): string {
	if (secretName.test(name)) return mark;
	const shown = redactPlain(value, secrets);
	// A redirect may lead to a presigned link, also by a path alone.
	return name === "location" ? shown.replace(/\?.*/s, cutQuery) : shown;
}

/** Without secrets and images. JSON keeps every byte of what is no secret: numbers of 64 bits, blanks, a cut end. */
export function redactText(text: string, secrets: Secrets): string {
	if (!/^\s*[{[]/.test(text)) return redactPlain(text, secrets);
	let name = "";
	return text.replace(jsonText, (literal, colon: string | undefined) => {
		if (colon !== undefined) {
			name = literal;
			return literal;
		}
		const value = parse(literal);
		const shown = secretName.test(name)
			? mark
			: ownAddress.test(name)
				? cutPath(value)
				: redactText(value, secrets);
		return shown === value ? literal : JSON.stringify(shown);
	});
}

/** A text in JSON, cut off or not; a name has its colon behind it. */
const jsonText = /"[^"\\]*(?:\\.[^"\\]*)*(?:"(\s*:)?|\\?$)/gs;

function parse(literal: string): string {
	for (const whole of [literal, `${literal}"`])
		try {
			return JSON.parse(whole);
		} catch {
			// Cut off.
		}
	return literal;
}

const cutQuery = "?redacted";

function cutPath(address: string): string {
	if (!URL.canParse(address)) return mark;
	return `${new URL(address).origin}/redacted`;
}

function redactPlain(text: string, secrets: Secrets): string {
	if (text.length > longestText) return leftOut(text);
	let shown = text.replace(longBase64, leftOut);
	for (const secret of secrets) {
		if (secret.length < leastSecretLength) continue;
		shown = shown.replaceAll(secret, mark);
		shown = shown.replaceAll(encodeURIComponent(secret), mark);
	}
	return shown
		.replace(userInfo, "$1")
		.replace(query, `$1${cutQuery}`)
		.replace(secretPair, mark)
		.replace(/\bBearer\s+\S+/gi, `Bearer ${mark}`)
		.replace(keyOrCallbackSecret, mark);
}

function leftOut({ length }: string): string {
	return `[${length} left out]`;
}

/** Characters, of a text in JSON or of one without; regular expressions overflow at some millions. */
const longestText = 1_000_000;

/** An image in the text itself. */
const longBase64 = /[\w+/=-]{1000,}/g;

// Bounded, so that no text makes them slow.
const userInfo = /(https?:\/\/)[^\s/"'<>?#]{1,500}@/gi;
const query = /(https?:\/\/[^\s"'<>?#\\]{1,4000})[?#][^\s"'<>\\]+/gi;

/** Of a query that stands without its address, as in the errors of S3, in a relative link, and in a form. */
const secretPair =
	/(?<![\w.%-])[\w.%-]*(?:sig(?:nature)?|token|secret|credential|passw(?:or)?d|api[-_]?key|policy|key-pair-id)=[^&\s"'<>]{6,}/gi;

/** As the service makes them. */
const keyOrCallbackSecret = /\b(?:rfk?_|whsec_)\w{6,}/g;
