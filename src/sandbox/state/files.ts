import {
	closeSync,
	fstatSync,
	mkdirSync,
	openSync,
	readSync,
	writeSync,
} from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Failure, systemCode } from "../../errors.ts";

/**
 * A JSON Lines file that several processes append to and read from at the same time.
 * @throws {Failure} `usage` where it cannot be opened
 */
export function openStateFile(path: string) {
	const descriptor = open(path);
	let offset = 0;
	let isOpen = true;
	return {
		/** Adds one line in a single write, so that lines of several processes never mix. */
		append(line: string): void {
			// The number of a closed descriptor may be another file's by now.
			if (!isOpen) throw new Error("the sandbox has stopped");
			// A process that was killed may have left half a line: it must not swallow the next one.
			const start = endsWithLine(descriptor) ? "" : "\n";
			writeSync(descriptor, `${start}${line}\n`);
		},
		/** The whole lines that came since the last call, from whichever process. */
		readNew(): readonly string[] {
			if (!isOpen) return [];
			const size = fstatSync(descriptor).size;
			if (size <= offset) return [];
			const grown = readFrom(descriptor, offset, size - offset);
			const end = grown.lastIndexOf(0x0a) + 1;
			offset += end;
			return grown.toString("utf8", 0, end).split("\n").filter(Boolean);
		},
		/** Nothing is read or written after this. */
		close(): void {
			if (isOpen) closeSync(descriptor);
			isOpen = false;
		},
	};
}

function open(path: string): number {
	try {
		mkdirSync(dirname(path), { recursive: true });
		// Prompts and callback secrets are nobody else's business.
		return openSync(path, "a+", 0o600);
	} catch (error) {
		throw new Failure(
			"usage",
			`cannot keep the sandbox's state in ${path} (${systemCode(error) ?? String(error)})`,
			{ hint: "name a file in a folder that you may write to", cause: error },
		);
	}
}

function endsWithLine(descriptor: number): boolean {
	const size = fstatSync(descriptor).size;
	return size === 0 || readFrom(descriptor, size - 1, 1)[0] === 0x0a;
}

function readFrom(descriptor: number, from: number, length: number): Buffer {
	const bytes = Buffer.allocUnsafe(length);
	return bytes.subarray(0, readSync(descriptor, bytes, 0, length, from));
}

/** 50 MiB (vendor documentation) */
export const maxUploadBytes = 52_428_800;

/** Where the bytes of uploads are. */
export interface Assets {
	write(id: string, bytes: Buffer): Promise<void>;
	/** Undefined where nothing was uploaded. */
	read(id: string): Promise<Buffer | undefined>;
}

/** In a folder beside the state file where there is one, so that the next process has them; else in memory. */
export function createAssets(statePath: string | undefined): Assets {
	if (statePath === undefined) {
		const held = new Map<string, Buffer>();
		return {
			write: async (id, bytes) => {
				held.set(id, bytes);
			},
			read: async (id) => held.get(id),
		};
	}
	const folder = `${statePath}.assets`;
	return {
		async write(id, bytes) {
			await mkdir(folder, { recursive: true, mode: 0o700 });
			const path = join(folder, id);
			await writeFile(`${path}.part`, bytes, { mode: 0o600 });
			await rename(`${path}.part`, path);
		},
		read: (id) => readFile(join(folder, id)).catch(() => undefined),
	};
}
