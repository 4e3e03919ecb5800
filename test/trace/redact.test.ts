import { describe, expect, it } from "vitest";
import {
	keyIn,
	redactHeader,
	redactText,
	redactUrl,
	secretsIn,
} from "../../src/trace/redact.ts";

const key = "S3CRET-key";
const signed = new URL(
	"https://me:S3CRET-pass@bucket.example/o/1.jpg?X-Amz-Credential=S3CRET%2Fone&X-Amz-Signature=S3CRETsig",
);

describe("no secret is left in", () => {
	it.each(
		Object.entries({
			[`{"url":"${signed}"}`]:
				'{"url":"https://bucket.example/o/1.jpg?redacted"}',
			'{"url":"https:\\/\\/b.example\\/1?a=1\\u0026sig=S3CRET1"}':
				'{"url":"https://b.example/1?redacted"}',
			[JSON.stringify({ log: JSON.stringify({ url: signed.href }) })]:
				'{"log":"{\\"url\\":\\"https://bucket.example/o/1.jpg?redacted\\"}"}',
			'{"url":"/o/1.jpg?part=2&X-Goog-Signature=S3CRETsig"}':
				'{"url":"/o/1.jpg?part=2&[redacted]"}',
			'{"plain_secret":"S3CRET","id":"secret-1"}':
				'{"plain_secret":"[redacted]","id":"secret-1"}',
			'{"callback_url": "https://hooks.example/S3CRET/T1?token=S3CRET"}':
				'{"callback_url": "https://hooks.example/redacted"}',
			'{"items":[{"token":"S3CRET","url":"https://b.example/1?s=S3CRET':
				'{"items":[{"token":"[redacted]","url":"https://b.example/1?redacted"',
			[`<p>authorization: Bearer ${key}, or ${encodeURIComponent(key)}`]:
				"<p>authorization: Bearer [redacted] or [redacted]",
			"<Signature>S3CRETsig</Signature><AWSAccessKeyId>S3CRET/one</AWSAccessKeyId>":
				"<Signature>[redacted]</Signature><AWSAccessKeyId>[redacted]</AWSAccessKeyId>",
			'{"message":"rf_live_S3CRET12 and whsec_S3CRET34"}':
				'{"message":"[redacted] and [redacted]"}',
		}),
	)("%s", (text, expected) => {
		const shown = redactText(text, [key, ...secretsIn(signed)]);
		expect(shown).toBe(expected);
		expect(shown).not.toContain("S3CRET");
	});

	it.each([
		["authorization", `Bearer ${key}`, "[redacted]"],
		["set-cookie", "id=S3CRET", "[redacted]"],
		["x-api-key", "S3CRET", "[redacted]"],
		["location", "/o/1.jpg?S3CRET", "/o/1.jpg?redacted"],
		["location", signed.href, "https://bucket.example/o/1.jpg?redacted"],
		["via", `proxy for ${key}`, "proxy for [redacted]"],
	])("the header %s: %s", (name, value, expected) => {
		expect(redactHeader(name, value, [key])).toBe(expected);
	});

	it("an address", () => {
		expect(redactUrl(signed, true, [])).toBe(
			"https://bucket.example/o/1.jpg?redacted",
		);
		const asked = new URL(`https://api.example/v1/runs?q=a&key=${key}`);
		expect(redactUrl(asked, false, [key])).toBe(
			"https://api.example/v1/runs?q=a&key=[redacted]",
		);
	});
});

it("what is no secret stays as it is, to the byte", () => {
	const text =
		'{ "seed": 18446744073709551615,\n"prompt":"caf\\u00e9 \\"at\\" dawn","client_ref":"a-b","max_tokens":7,"url":"https://b.example/1.jpg" }';
	expect(redactText(text, ["secret"])).toBe(text);
	expect(
		redactUrl(
			new URL("https://a.example/v1/runs/1?add_signature=true"),
			false,
			[],
		),
	).toBe("https://a.example/v1/runs/1?add_signature=true");
});

it("an image in a text is left out by its length", () => {
	const text = (characters: number) =>
		JSON.stringify({ b64: `data:${"A".repeat(characters)}` });
	expect(redactText(text(30_000_000), [])).toBe(
		'{"b64":"[30000005 left out]"}',
	);
	expect(redactText(text(2_000), [])).toBe('{"b64":"data:[2000 left out]"}');
});

it("the key is what stands in the header", () => {
	expect(keyIn({ authorization: `Bearer ${key}` })).toBe(key);
	expect(keyIn({})).toBeUndefined();
});
