import fs from "node:fs";
import promises from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";

/*
 * Given to the program by `node --import`: counts each change that it makes to the disk, by whichever interface of
 * Node, and at one of them kills the process, or fails as a disk does. Also sets the time of day.
 *
 * CHAOS_CRASH=<n>:before|after          SIGKILL at the n-th change
 * CHAOS_FAIL=<n>:ENOSPC                 the n-th change and all after it fail so
 * CHAOS_COUNT=<file>                    writes how many were begun, if it is not killed
 * CHAOS_STOP=1                          SIGSTOP before it makes its first job: it has looked around, and falls behind
 * CHAOS_CLOCK=<ms>[,<ms>@<after ms>]    how far the time of day is off, from the start and from then on
 */

const { CHAOS_CRASH, CHAOS_FAIL, CHAOS_COUNT, CHAOS_STOP, CHAOS_CLOCK } =
	process.env;
const [crashAt, when] = (CHAOS_CRASH ?? "").split(":");
const [failAt, code] = (CHAOS_FAIL ?? "").split(":");
const { writeFileSync } = fs;
let changes = 0;

function die() {
	process.kill(process.pid, "SIGKILL");
	// The signal comes at once, but not before the next instruction.
	for (;;);
}

/** Counts a change that is about to be made. @returns what to call when it was made, or failed */
function begin() {
	changes += 1;
	const mine = changes;
	if (mine === Number(crashAt) && when === "before") die();
	if (failAt && mine >= Number(failAt))
		throw Object.assign(new Error(code), { code });
	return () => {
		if (mine === Number(crashAt) && when === "after") die();
	};
}

function countPromised(work) {
	return async function counted(...args) {
		const end = begin();
		try {
			return await work.apply(this, args);
		} finally {
			end();
		}
	};
}

function countSync(work) {
	return function counted(...args) {
		if (isStandardStream(args[0])) return work.apply(this, args);
		const end = begin();
		try {
			return work.apply(this, args);
		} finally {
			end();
		}
	};
}

function countCallback(work) {
	return function counted(...args) {
		if (isStandardStream(args[0])) return work.apply(this, args);
		const callback = args.pop();
		let end;
		try {
			end = begin();
		} catch (error) {
			return process.nextTick(callback, error);
		}
		return work.call(this, ...args, (...result) => {
			end();
			callback(...result);
		});
	};
}

function isStandardStream(target) {
	return typeof target === "number" && target <= 2;
}

/** Opening a file to read it changes nothing. */
function unlessToRead(count, open) {
	const counted = count(open);
	return (file, flags, ...more) => {
		const isRead = [undefined, "r", fs.constants.O_RDONLY].includes(flags);
		const isPlain = isRead || typeof flags === "function";
		return (isPlain ? open : counted)(file, flags, ...more);
	};
}

const byPath = [
	...["appendFile", "chmod", "chown", "copyFile", "cp", "lchown", "link"],
	...["lutimes", "mkdir", "mkdtemp", "rename", "rm", "rmdir", "symlink"],
	...["truncate", "unlink", "utimes", "writeFile"],
];
const byDescriptor = [
	...["fchmod", "fchown", "fdatasync", "fsync", "ftruncate", "futimes"],
	...["write", "writev"],
];
const byHandle = [
	...["appendFile", "chmod", "chown", "datasync", "sync", "truncate"],
	...["utimes", "write", "writeFile", "writev"],
];

for (const name of byPath) promises[name] = countPromised(promises[name]);
for (const name of [...byPath, ...byDescriptor]) {
	fs[name] = countCallback(fs[name]);
	fs[`${name}Sync`] = countSync(fs[`${name}Sync`]);
}
fs.open = unlessToRead(countCallback, fs.open);
fs.openSync = unlessToRead(countSync, fs.openSync);
const open = unlessToRead(countPromised, promises.open);
promises.open = async (...args) => {
	const handle = await open(...args);
	for (const name of byHandle)
		handle[name] = countPromised(handle[name]).bind(handle);
	return handle;
};

if (CHAOS_STOP) {
	const { mkdir } = promises;
	let hasStopped = false;
	promises.mkdir = async (folder, options) => {
		if (!hasStopped && /[\\/]jobs[\\/]\./.test(folder)) {
			hasStopped = true;
			process.kill(process.pid, "SIGSTOP");
		}
		return mkdir(folder, options);
	};
}
if (CHAOS_COUNT)
	process.on("exit", () => writeFileSync(CHAOS_COUNT, String(changes)));
if (CHAOS_CLOCK) setClock(...CHAOS_CLOCK.split(","));
syncBuiltinESMExports();

function setClock(first, later) {
	let shiftMs = Number(first);
	if (later) {
		const [ms, afterMs] = later.split("@").map(Number);
		setTimeout(() => {
			shiftMs = ms;
		}, afterMs).unref();
	}
	const { now } = Date;
	Date.now = () => now() + shiftMs;
	globalThis.Date = new Proxy(Date, {
		apply: () => new Date().toString(),
		construct: (target, args, newTarget) =>
			Reflect.construct(
				target,
				args.length > 0 ? args : [target.now()],
				newTarget,
			),
	});
}
