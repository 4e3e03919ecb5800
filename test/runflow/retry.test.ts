import { describe, expect, test } from "vitest";
import { parseRetryAfter, retryDelayMs } from "../../src/runflow/retry.ts";

describe("retryDelayMs", () => {
	test.each([
		[1, 1_000],
		[2, 2_000],
		[3, 4_000],
		[4, 8_000],
		[5, 16_000],
		[6, 32_000],
		[7, 32_000],
		[40, 32_000],
	])("after attempt %i it is %i ms, and up to a second more", (attempt, ms) => {
		expect(retryDelayMs(attempt, 0)).toBe(ms);
		expect(retryDelayMs(attempt, 0.5)).toBe(ms + 500);
	});

	test.each([
		[0, 0],
		[500, 500],
		[90_000, 90_000],
	])("a service that asks for %i ms gets them, and the jitter", (asked, ms) => {
		expect(retryDelayMs(3, 0, asked)).toBe(ms);
		expect(retryDelayMs(3, 0.25, asked)).toBe(ms + 250);
	});
});

describe("parseRetryAfter", () => {
	const nowMs = Date.UTC(2026, 10, 3, 12);

	test.each([
		["seconds", "7", 7_000],
		["seconds with a fraction", "1.5", 1_500],
		["no wait", "0", 0],
		["less than nothing", "-3", 0],
		["a date", "Tue, 03 Nov 2026 12:00:30 GMT", 30_000],
		["a date that is over", "Tue, 03 Nov 2026 11:00:00 GMT", 0],
		["more than an hour", "86400", 3_600_000],
		["a date in years", "Thu, 01 Jan 2032 00:00:00 GMT", 3_600_000],
		["words", "soon", undefined],
		["an empty value", "", undefined],
		["blanks", "  ", undefined],
		["no header", undefined, undefined],
	])("reads %s (%j)", (_what, value, ms) => {
		const headers = value === undefined ? {} : { "retry-after": value };
		expect(parseRetryAfter(headers, nowMs)).toBe(ms);
	});

	test("reads a date against the answer's own, whatever our clock shows", () => {
		const headers = {
			"retry-after": "Tue, 03 Nov 2026 12:00:30 GMT",
			date: "Tue, 03 Nov 2026 12:00:10 GMT",
		};
		for (const hours of [-5, 0, 5])
			expect(parseRetryAfter(headers, nowMs + hours * 3_600_000)).toBe(20_000);
	});
});
