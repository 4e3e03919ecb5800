import { expect, test } from "vitest";
import { isSigned } from "../../src/callbacks/signature.ts";

const body = Buffer.from('{"run_id":"run-1"}');
const secret = "whsec_abc";
// By another program: printf '{"run_id":"run-1"}' | openssl dgst -sha256 -hmac whsec_abc
const digest =
	"85045976fc393d0043ff2639ac7823111ed5f232005a50aa8a6944c78fdf215a";

test.each([
	["as documented", digest],
	["in upper case", digest.toUpperCase()],
	["with its method before it", `sha256=${digest}`],
	["with both", `SHA256=${digest.toUpperCase()}`],
	["with white space around it", ` ${digest} `],
])("a signature is good %s", (_how, header) => {
	expect(isSigned(body, header, secret)).toBe(true);
});

test.each([
	["of another body", Buffer.from('{"run_id":"run-2"}'), digest, secret],
	["by another secret", body, digest, "whsec_abd"],
	["by the secret without its prefix", body, digest, "abc"],
	["with another digit", body, digest.replace(/^./, "0"), secret],
	["cut short", body, digest.slice(0, 62), secret],
	["with more than a digest", body, `${digest}00`, secret],
	["of another method", body, `sha1=${digest}`, secret],
	["in no hex", body, "z".repeat(64), secret],
	["that is empty", body, "", secret],
	["given twice", body, `${digest}, ${digest}`, secret],
])("a signature is wrong %s", (_how, bytes, header, by) => {
	expect(isSigned(bytes, header, by)).toBe(false);
});
