import { expect, test } from "vitest";
import {
	parseListenAddress,
	showAddress,
} from "../../src/callbacks/listen-address.ts";

test.each([
	["8080", "127.0.0.1", 8080],
	[" 8080 ", "127.0.0.1", 8080],
	["0", "127.0.0.1", 0],
	["65535", "127.0.0.1", 65_535],
	["0.0.0.0:8080", "0.0.0.0", 8080],
	["localhost:80", "localhost", 80],
	["my-host.example.com:443", "my-host.example.com", 443],
	["[::1]:8080", "::1", 8080],
	["[::]:0", "::", 0],
	["[fe80::1%eth0]:1", "fe80::1%eth0", 1],
])("%j is %s, port %i", (text, host, port) => {
	expect(parseListenAddress(text)).toEqual({ host, port });
});

test.each([
	"",
	":8080",
	"*:8080",
	"::1:8080",
	"[::1]",
	"localhost",
	"localhost:",
	"65536",
	"-1",
	"80.5",
	"0x50",
	"http://localhost:80",
	"a b:80",
	"-a:80",
	"8080/hook",
	"\x1b[2J:80",
])("%j is refused", (text) => {
	expect(() => parseListenAddress(text)).toThrow(
		expect.objectContaining({
			code: "usage",
			message: `--listen ${text.replace("\x1b", "\\x1b")} is not a port or host:port`,
			hint: expect.stringContaining("0.0.0.0:8080"),
		}),
	);
});

test.each([
	["127.0.0.1", "127.0.0.1:8080"],
	["::1", "[::1]:8080"],
])("%s is shown as %s", (host, shown) => {
	expect(showAddress({ host, port: 8080 })).toBe(shown);
});
