import { describe, expect, test } from "vitest";
import { toWireError, WireError } from "../../src/runflow/wire-error.ts";

/** An error as Node makes it. */
function coded(code: string, syscall?: string): Error {
	return Object.assign(new Error(`${syscall ?? "?"} ${code}`), {
		code,
		...(syscall !== undefined && { syscall }),
	});
}

const told = (error: unknown) => {
	const { message, mayHaveArrived } = toWireError(error, "api.test");
	return { message, mayHaveArrived };
};

describe("what happens before anything is sent cannot have bought", () => {
	test.each([
		["ECONNREFUSED", "connect", "connection refused"],
		["ENOTFOUND", "getaddrinfo", "host name not found"],
		["EAI_AGAIN", "getaddrinfo", "host name could not be looked up"],
		["EHOSTUNREACH", "connect", "host not reachable"],
		["ENETUNREACH", "connect", "network not reachable"],
		["ETIMEDOUT", "connect", "no connection in time"],
		["UND_ERR_CONNECT_TIMEOUT", undefined, "no connection in time"],
		["UND_ERR_INVALID_ARG", undefined, "the request is not valid"],
	])("%s", (code, syscall, words) => {
		expect(told(coded(code, syscall))).toEqual({
			message: `${words}: api.test`,
			mayHaveArrived: false,
		});
	});

	test.each([
		"CERT_HAS_EXPIRED",
		"DEPTH_ZERO_SELF_SIGNED_CERT",
		"SELF_SIGNED_CERT_IN_CHAIN",
		"UNABLE_TO_VERIFY_LEAF_SIGNATURE",
		"UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
		"ERR_TLS_CERT_ALTNAME_INVALID",
	])("a certificate that is not trusted: %s", (code) => {
		expect(told(coded(code))).toEqual({
			message: `the certificate of api.test is not trusted (${code})`,
			mayHaveArrived: false,
		});
	});

	test("a host that does not speak TLS", () => {
		expect(told(coded("ERR_SSL_WRONG_VERSION_NUMBER"))).toEqual({
			message: "no secure connection (ERR_SSL_WRONG_VERSION_NUMBER): api.test",
			mayHaveArrived: false,
		});
	});

	test("a proxy that refuses the tunnel", () => {
		const error = coded("UND_ERR_ABORTED");
		error.message = "Proxy response (502) !== 200 when HTTP Tunneling";
		expect(told(error)).toEqual({
			message: "the proxy refused the connection (502): api.test",
			mayHaveArrived: false,
		});
	});

	test("a host of which no address answers", () => {
		const errors = [
			coded("ETIMEDOUT", "connect"),
			coded("ECONNREFUSED", "connect"),
		];
		// Node gives the code of the first address to the whole.
		const all = Object.assign(new AggregateError(errors), {
			code: "ETIMEDOUT",
		});
		expect(told(all)).toEqual({
			message: "no connection in time: api.test",
			mayHaveArrived: false,
		});
	});
});

describe("what happens later may have bought", () => {
	test.each([
		["ECONNRESET", "read", "connection reset"],
		["EPIPE", "write", "connection closed while sending"],
		["ETIMEDOUT", "read", "connection timed out"],
		["EHOSTUNREACH", "read", "host not reachable"],
		["ENETUNREACH", "write", "network not reachable"],
		["UND_ERR_SOCKET", undefined, "connection closed without an answer"],
		["UND_ERR_HEADERS_TIMEOUT", undefined, "no answer in time"],
		["UND_ERR_BODY_TIMEOUT", undefined, "the answer stopped half-way"],
		["HPE_INVALID_CONSTANT", undefined, "HPE_INVALID_CONSTANT"],
		[
			"ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC",
			undefined,
			"ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC",
		],
	])("%s while it is in %s", (code, syscall, words) => {
		expect(told(coded(code, syscall))).toEqual({
			message: `${words}: api.test`,
			mayHaveArrived: true,
		});
	});

	test("an error without a code is told in its own words", () => {
		expect(told(new Error("bad port"))).toEqual({
			message: "bad port: api.test",
			mayHaveArrived: true,
		});
		expect(told("what is this")).toEqual({
			message: "what is this: api.test",
			mayHaveArrived: true,
		});
	});
});

test("the code is looked for along the causes, as fetch wraps them", () => {
	const inner = coded("ECONNREFUSED", "connect");
	const outer = new TypeError("fetch failed", {
		cause: new Error("request failed", { cause: inner }),
	});
	expect(told(outer)).toEqual({
		message: "connection refused: api.test",
		mayHaveArrived: false,
	});
	expect(toWireError(outer, "api.test").cause).toBe(outer);
});

test("causes that go round in a ring end somewhere", () => {
	const error = new Error("round and round");
	error.cause = error;
	expect(told(error).message).toBe("round and round: api.test");
});

test("an error that is of the wire already stays as it is", () => {
	const error = new WireError("said", false, undefined);
	expect(toWireError(error, "api.test")).toBe(error);
});

describe("what the next try meets as well is not tried again, and what mends it is told", () => {
	test.each([
		["CERT_HAS_EXPIRED", /clock of this machine is ahead/],
		["CERT_NOT_YET_VALID", /clock of this machine is behind/],
		["SELF_SIGNED_CERT_IN_CHAIN", /NODE_EXTRA_CA_CERTS/],
		["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", /NODE_EXTRA_CA_CERTS/],
		["UNABLE_TO_VERIFY_LEAF_SIGNATURE", /NODE_EXTRA_CA_CERTS/],
		["ERR_TLS_CERT_ALTNAME_INVALID", /another host's/],
	])("%s", (code, hint) => {
		expect(toWireError(coded(code), "api.test")).toMatchObject({
			mayPass: false,
			hint: expect.stringMatching(hint),
		});
	});
});
