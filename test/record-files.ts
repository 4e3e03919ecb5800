import { constants } from "node:fs";
import fs, { type FileHandle } from "node:fs/promises";
import { onTestFinished } from "vitest";

/** A change of the disk, or a flush: what it is, and the file or files in question. */
export interface Step {
	readonly kind:
		| "create"
		| "open"
		| "write"
		| "flush"
		| "rename"
		| "link"
		| "unlink";
	readonly path: string;
	/** The new name, of a rename or a link. */
	readonly to?: string;
}

/**
 * Tells each step that the program takes on the disk, right before it is taken, until the test ends. Where `tell`
 * throws, the step fails so: a full disk, a file system without links.
 */
export function recordFiles(tell: (step: Step) => void): void {
	const { open, rename, link, unlink } = fs;
	const watch = (handle: FileHandle, path: string) => {
		const { sync, write, writev, writeFile, appendFile } = handle;
		handle.sync = async () => {
			tell({ kind: "flush", path });
			return sync.call(handle);
		};
		handle.write = (async (...args: Parameters<typeof write>) => {
			tell({ kind: "write", path });
			return write.apply(handle, args);
		}) as typeof write;
		handle.writev = (async (...args: Parameters<typeof writev>) => {
			tell({ kind: "write", path });
			return writev.apply(handle, args);
		}) as typeof writev;
		handle.writeFile = async (...args) => {
			tell({ kind: "write", path });
			return writeFile.apply(handle, args);
		};
		handle.appendFile = async (...args) => {
			tell({ kind: "write", path });
			return appendFile.apply(handle, args);
		};
		return handle;
	};
	fs.open = async (path, flags, mode) => {
		if (flags !== undefined && flags !== "r")
			tell({ kind: makes(flags) ? "create" : "open", path: String(path) });
		return watch(await open(path, flags, mode), String(path));
	};
	fs.rename = async (path, to) => {
		tell({ kind: "rename", path: String(path), to: String(to) });
		return rename(path, to);
	};
	fs.link = async (path, to) => {
		tell({ kind: "link", path: String(path), to: String(to) });
		return link(path, to);
	};
	fs.unlink = async (path) => {
		tell({ kind: "unlink", path: String(path) });
		return unlink(path);
	};
	onTestFinished(() => {
		Object.assign(fs, { open, rename, link, unlink });
	});
}

function makes(flags: string | number): boolean {
	return typeof flags === "string" || (flags & constants.O_CREAT) !== 0;
}

/** The error that a system call fails with. */
export function systemError(code: string): Error {
	return Object.assign(new Error(code), { code });
}
