import { describe, expect, it } from "vitest";
import { escaped, escapedJson } from "../../src/system/escape.ts";

describe("text from outside", () => {
	it.each([
		["plain, Grüße, 日本, 🦊", "plain, Grüße, 日本, 🦊"],
		["\x1b[2J\x07", "\\x1b[2J\\x07"],
		["a\tb\r\nc", "a\\tb\\r\\nc"],
		["\x7f\x85\x9b31m", "\\x7f\\x85\\x9b31m"],
		["\u202egnp.exe\u2066", "\\u202egnp.exe\\u2066"],
		["a\u2028b\u2029", "a\\u2028b\\u2029"],
		["\ud83d!", "\ufffd!"],
		["!\udd8a", "!\ufffd"],
	])("%j is shown as %s", (text, shown) => {
		expect(escaped(text)).toBe(shown);
		expect(escaped(shown)).toBe(shown);
	});

	it("keeps its lines where that is asked for", () => {
		expect(escaped("a\nb\x1b", { keepNewlines: true })).toBe("a\nb\\x1b");
	});
});

it("JSON stays the same value, with nothing in it that a terminal obeys", () => {
	const value = { a: "\x1b\x7f\x9b\u202e\u2028\n🦊", b: [1, null, true] };
	const json = escapedJson(value);
	expect(json).toBe(
		'{"a":"\\u001b\\u007f\\u009b\\u202e\\u2028\\n🦊","b":[1,null,true]}',
	);
	expect(JSON.parse(json)).toEqual(value);
	expect(JSON.parse(escapedJson("\ud800"))).toBe("\ud800");
	expect(escapedJson(undefined)).toBe("null");
});
