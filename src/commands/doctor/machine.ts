import { X509Certificate } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { Failure } from "../../errors.ts";
import { readVersion } from "../../package-files.ts";
import { openJournal } from "../../purchase/store/journal.ts";
import { service } from "../../runflow/service.ts";
import { settingsPath } from "../../settings/file.ts";
import { locateFolders } from "../../settings/folders.ts";
import { systemReason } from "../../system/disk-failure.ts";
import { checkWritable, nearestFolder } from "../../system/folder.ts";
import { counted } from "../../system/plural.ts";
import { formatBytes } from "../../terminal/format.ts";
import { commandAt } from "../retype.ts";
import { note, ok, type Verdict } from "./finding.ts";
import type { Setup } from "./setup.ts";

/** A Node that is too old gets no further than bin. */
export async function checkNode(): Promise<Verdict> {
	const { arch, platform, versions } = process;
	const [version, node] = [readVersion(), versions.node];
	return ok(`flux-ultra ${version} on Node.js ${node}, ${platform} ${arch}`, {
		...{ program: version, node, platform, arch },
	});
}

export async function checkSettings(setup: Setup): Promise<Verdict> {
	const { apiUrl } = await setup.settings();
	const { value, origin } = apiUrl;
	const file = settingsPath(setup.runtime);
	const where = setup.isSandbox
		? "the built-in sandbox"
		: `${value} (${origin})`;
	return ok(`${file}; the service: ${where}`, {
		file,
		...(!setup.isSandbox && { api_url: value, api_url_from: origin }),
	});
}

/** Certificates that are trusted beside Node's own. Node passes over a file that it can't read. */
export async function checkCertificates({
	runtime: { env },
}: Setup): Promise<Verdict> {
	if (env.NODE_TLS_REJECT_UNAUTHORIZED === "0")
		throw new Failure(
			"config",
			"NODE_TLS_REJECT_UNAUTHORIZED=0: nobody's certificate is checked, and anybody on the way can read the key",
			{
				hint: "unset it; for a certificate of your own: NODE_EXTRA_CA_CERTS=/path/to/ca.pem",
			},
		);
	const file = env.NODE_EXTRA_CA_CERTS;
	if (!file) return ok("Node's own", { extra: 0 });
	const extra = await countCertificates(file);
	return ok(`Node's own and ${extra} of ${file}`, { extra, file });
}

async function countCertificates(file: string): Promise<number> {
	const wrong = (why: string) =>
		new Failure("config", `NODE_EXTRA_CA_CERTS=${file}: ${why}`, {
			hint: "name a file of certificates in PEM, or unset it: Node trusts none of this one",
		});
	const text = await fs.readFile(file, "latin1").catch((error) => {
		throw wrong(systemReason(error));
	});
	const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END/g) ?? [];
	try {
		for (const block of blocks)
			new X509Certificate(`${block} CERTIFICATE-----`);
	} catch {
		throw wrong("a certificate in it is damaged");
	}
	if (blocks.length === 0) throw wrong("no certificate is in it");
	return blocks.length;
}

/** (?) Room for some dozen images of 2 to 8 MB. */
const leastFreeBytes = 128 * 1024 * 1024;

/** @param remedy what to do where it takes no files */
export async function checkFolder(
	folder: string,
	remedy: string,
): Promise<Verdict> {
	await checkWritable(folder).catch((error: Failure) => {
		throw new Failure("disk", error.message, { hint: remedy, cause: error });
	});
	const { bavail, bsize } = await fs.statfs(
		(await nearestFolder(folder)).existing,
	);
	const free = bavail * bsize;
	if (free < leastFreeBytes)
		throw new Failure(
			"disk",
			`${folder}: the disk is nearly full, ${formatBytes(free)} free`,
			{ hint: "free some space, before anything is bought" },
		);
	return ok(`${folder}, ${formatBytes(free)} free`, {
		path: folder,
		free_bytes: free,
	});
}

/** What is bought, or may be, and not on disk. */
export async function checkJobs(setup: Setup): Promise<Verdict> {
	const { state } = locateFolders(setup.runtime);
	const journal = openJournal(path.join(state, "jobs"));
	try {
		const listed = await journal.list();
		const left = listed.filter(({ holder }) => !holder.alive);
		const facts = {
			unfinished: left.length,
			under_way: listed.length - left.length,
		};
		if (left.length === 0) return ok("none is unfinished", facts);
		const own = await ownService(setup);
		const commands = left.map(({ job }) =>
			commandAt(["resume"], job?.service ?? own, own),
		);
		const hint = [...new Set(commands)].join("\n");
		return note(`${counted(left.length, "image")} unfinished`, hint, facts);
	} finally {
		journal.close();
	}
}

/** The service that commands go to; its default where the settings can't be read. */
async function ownService({ isSandbox, settings }: Setup): Promise<string> {
	if (isSandbox) return "sandbox";
	const found = await settings().catch(() => undefined);
	return found?.apiUrl.value ?? service.apiUrl;
}

export async function checkSharp(): Promise<Verdict> {
	try {
		const { default: sharp } = await import("sharp");
		const version = sharp.versions.sharp;
		return ok(`sharp ${version}`, { sharp: version });
	} catch {
		return note(
			"the package sharp is missing, or has no build for this machine; images are bought and saved without it",
			"for the sandbox and previews: npm install sharp beside flux-ultra",
			{ sharp: null },
		);
	}
}
