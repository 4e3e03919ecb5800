import { describe, expect, it } from "vitest";
import { Failure } from "../../src/errors.ts";
import {
	formatDuration,
	parseApiUrl,
	parseCount,
	parseDuration,
	parseLine,
	parseModel,
	parseSwitch,
	parseUsd,
} from "../../src/settings/parse.ts";

/** The value, or the message of the Failure `usage`. */
function outcome<T>(parse: (text: string) => T, text: string): T | string {
	try {
		return parse(text);
	} catch (error) {
		expect(error).toBeInstanceOf(Failure);
		expect(error).toMatchObject({ code: "usage", hint: expect.any(String) });
		return (error as Failure).message;
	}
}

describe("a length of time", () => {
	it.each([
		["90s", 90_000],
		["5m", 300_000],
		["1h", 3_600_000],
		["24h", 86_400_000],
		["500ms", 500],
		["90", 90_000],
		["0.5s", 500],
		[" 1.5 m ", 90_000],
	])("%j is %d ms", (text, ms) => {
		expect(parseDuration(text)).toBe(ms);
	});

	it.each([
		"0",
		"0s",
		"-5s",
		"24.1h",
		"5x",
		"",
		"1e3",
		"Infinity",
		"NaN",
		"5m30s",
		"0.0001ms",
	])("%j is refused", (text) => {
		expect(outcome(parseDuration, text)).toBe(
			`"${text}" is not a length of time`,
		);
	});

	it.each([
		[300_000, "5m"],
		[90_000, "90s"],
		[500, "500ms"],
		[7_200_000, "2h"],
	])("of %d ms is written %s, and read as the same", (ms, text) => {
		expect(formatDuration(ms)).toBe(text);
		expect(parseDuration(text)).toBe(ms);
	});
});

describe("an amount of money", () => {
	it.each([
		["0.30", 300_000],
		["$5", 5_000_000],
		["5", 5_000_000],
		[".5", 500_000],
		["0", 0],
		["0.000001", 1],
		["$12.50", 12_500_000],
	])("%j is %d micro-dollars", (text, micros) => {
		expect(parseUsd(text)).toBe(micros);
	});

	it.each(["", "$", "-1", "0,30", "1e3", "0.0000001", "five", "1 000", "NaN"])(
		"%j is refused",
		(text) => {
			expect(outcome(parseUsd, text)).toBe(
				`"${text}" is not an amount in US dollars`,
			);
		},
	);
});

describe("a count", () => {
	it.each([
		["1", 1],
		["10", 10],
		[" 7 ", 7],
	])("%j is %d", (text, count) => {
		expect(parseCount(text, { max: 10 })).toBe(count);
	});

	it.each(["0", "11", "1.5", "-1", "", "0x5", "1e1", "99999999999999999999"])(
		"%j is refused, with the limits",
		(text) => {
			expect(() => parseCount(text, { max: 10 })).toThrow(
				expect.objectContaining({
					message: `"${text}" is not a number that is allowed here`,
					hint: "Allowed is a whole number from 1 to 10.",
				}),
			);
		},
	);
});

it("a switch takes the words that config files use", () => {
	const words = ["true", "ON", "yes", "1", "false", "off", "No", "0"];
	expect(words.map(parseSwitch)).toEqual([
		...[true, true, true, true],
		...[false, false, false, false],
	]);
	expect(outcome(parseSwitch, "maybe")).toBe(
		'"maybe" is neither true nor false',
	);
});

it.each(["flux-1-1-pro-ultra", "a/b", "bytedance/seedance/2.0/fast"])(
	"%j can be the name of a model",
	(text) => {
		expect(parseModel(text)).toBe(text);
	},
);

it.each(["", "a b", "/a", "a/", "../etc", "a?b", "-m"])(
	"%j cannot be the name of a model",
	(text) => {
		expect(outcome(parseModel, text)).toBe(
			`"${text}" is not the name of a model`,
		);
	},
);

it("a line that is refused is not repeated, as it may hold a secret", () => {
	expect(outcome(parseLine, " ")).toBe("the value is empty");
	expect(outcome(parseLine, "secret\nx")).toBe(
		"the value holds line breaks or control characters",
	);
});

it("a refused value is shown short and without escapes", () => {
	expect(outcome(parseUsd, "\x1b[2J")).toBe(
		'"\\x1b[2J" is not an amount in US dollars',
	);
	expect(outcome(parseUsd, "9".repeat(500))).toHaveLength(
		'"" is not an amount in US dollars'.length + 81,
	);
});

describe("the address of the service", () => {
	it.each([
		["https://api.runflow.io", "https://api.runflow.io"],
		["https://API.runflow.io/", "https://api.runflow.io"],
		["https://proxy.example/runflow//", "https://proxy.example/runflow"],
		["https://host:8443", "https://host:8443"],
		["http://127.0.0.1:4010", "http://127.0.0.1:4010"],
		["http://127.9.8.7", "http://127.9.8.7"],
		["http://[::1]:4010/", "http://[::1]:4010"],
		["http://localhost:4010", "http://localhost:4010"],
	])("%j is taken as %s", (text, url) => {
		expect(parseApiUrl(text)).toBe(url);
	});

	it.each([
		["http://api.runflow.io", "not encrypted"],
		["http://127.0.0.1.evil.example", "not encrypted"],
		["http://localhost.evil.example", "not encrypted"],
		["http://[::ffff:7f00:1]", "not encrypted"],
		["http://api.localhost", "not encrypted"],
		["ftp://api.runflow.io", "not an address"],
		["api.runflow.io", "not an address"],
		["https://a\n.example", "not an address"],
		["", "not an address"],
		["https://api.runflow.io?", "query or fragment"],
		["https://api.runflow.io/#x", "query or fragment"],
		["https://api.runflow.io/v1", "the version of the API"],
		["https://api.runflow.io/v1/", "the version of the API"],
	])("%j is refused: %s", (text, reason) => {
		expect(outcome(parseApiUrl, text)).toContain(reason);
	});

	it.each([
		"https://user:hunter2@api.runflow.io",
		"https://api.runflow.io/?token=hunter2",
		"user:hunter2@api.runflow.io",
		"ftp://user:hunter2@api.runflow.io",
		"http://user:hunter2@evil.example/?hunter2",
	])("%j is refused without its secret", (text) => {
		expect(outcome(parseApiUrl, text)).not.toContain("hunter2");
	});
});
