import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { checkCertificates } from "../../src/commands/doctor/machine.ts";
import type { Setup } from "../../src/commands/doctor/setup.ts";
import { fakeRuntime } from "../fake-runtime.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const check = (env: Readonly<Record<string, string>>) =>
	checkCertificates({ runtime: fakeRuntime({ env }) } as unknown as Setup);

it.each([
	["nowhere.pem", "there is no such file"],
	["empty.pem", "no certificate is in it"],
	["damaged.pem", "a certificate in it is damaged"],
])("doctor says of the certificates in %s: %s", async (name, why) => {
	const folder = temporaryFolder();
	const damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END";
	writeFileSync(join(folder, "empty.pem"), "");
	writeFileSync(join(folder, "damaged.pem"), damaged);
	const file = join(folder, name);
	await expect(check({ NODE_EXTRA_CA_CERTS: file })).rejects.toMatchObject({
		code: "config",
		message: `NODE_EXTRA_CA_CERTS=${file}: ${why}`,
		hint: expect.stringContaining("in PEM, or unset it"),
	});
});

it("doctor fails where nobody's certificate is checked", async () => {
	const env = { NODE_TLS_REJECT_UNAUTHORIZED: "0" };
	await expect(check(env)).rejects.toMatchObject({ code: "config" });
});
