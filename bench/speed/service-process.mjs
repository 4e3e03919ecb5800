import { fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";

const program = fileURLToPath(new URL("service.mjs", import.meta.url));

/**
 * The service of the bench, in a process of its own.
 * @param folder for the pictures, 1.8 MB and, where `large`, 60 MB
 */
export async function startService(folder, { large = false } = {}) {
	const files = [await paint(folder, "usual.jpg", 1_800_000)];
	if (large) files.push(await paint(folder, "large.jpg", 60_000_000));
	const child = fork(program, files);
	const [{ port }] = await once(child, "message");
	const asked = new Map();
	child.on("message", ({ key, ...told }) => asked.get(key)?.(told));
	return {
		url: `http://127.0.0.1:${port}`,
		/** What came with this key: the number of requests, and of each run when it was made, when it ended and was fetched. */
		report(key) {
			return new Promise((resolve) => {
				asked.set(key, resolve);
				child.send(key);
			});
		},
		async stop() {
			child.disconnect();
			await once(child, "exit");
		},
	};
}

/**
 * A JPEG in all that is looked at: its segments are those of a real one, and between them are as many bytes as a photograph
 * would have, with as many 0xFF among them to look for markers at. Real noise of 60 MB would take a minute to encode.
 */
async function paint(folder, name, size) {
	const create = { width: 2752, height: 1536, channels: 3, background: "#3b5" };
	const plain = await sharp({ create }).jpeg().toBuffer();
	const scanAt = plain.indexOf(Buffer.from([0xff, 0xda]));
	const scan = scanAt + 2 + plain.readUInt16BE(scanAt + 2);
	const noise = randomBytes(size);
	for (let at = noise.indexOf(0xff); at >= 0; at = noise.indexOf(0xff, at + 1))
		noise[at + 1] = 0;
	const file = path.join(folder, name);
	const end = Buffer.from([0, 0xff, 0xd9]);
	await writeFile(file, Buffer.concat([plain.subarray(0, scan), noise, end]));
	return file;
}
