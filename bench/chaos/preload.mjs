import { writeFileSync } from "node:fs";
import fs from "node:fs/promises";

/*
 * Given to the program by `node --import`: counts each change that it makes to the disk, and at one of them kills the
 * process, or fails as a disk does. Also sets the time of day while the program runs.
 *
 * CHAOS_CRASH=<n>:before|after   SIGKILL at the n-th change
 * CHAOS_FAIL=<n>:ENOSPC          the n-th change and all after it fail so
 * CHAOS_COUNT=<file>             writes how many there were
 * CHAOS_STOP=1                   SIGSTOP before it makes its first job: it has looked around, and falls behind
 * CHAOS_JUMP=<ms>@<after ms>     the time of day is set forward, or back
 */

const { CHAOS_CRASH, CHAOS_FAIL, CHAOS_COUNT, CHAOS_STOP, CHAOS_JUMP } =
	process.env;
const [crashAt, when] = (CHAOS_CRASH ?? "").split(":");
const [failAt, code] = (CHAOS_FAIL ?? "").split(":");
let changes = 0;

function die() {
	process.kill(process.pid, "SIGKILL");
	// The signal comes at once, but not before the next instruction.
	for (;;);
}

/** Wraps one way to change the disk. */
function change(work) {
	return async function changed(...args) {
		changes += 1;
		const mine = changes;
		if (mine === Number(crashAt) && when === "before") die();
		if (failAt && mine >= Number(failAt))
			throw Object.assign(new Error(code), { code });
		const done = await work.apply(this, args);
		if (mine === Number(crashAt) && when === "after") die();
		return done;
	};
}

const { open } = fs;
fs.open = async (file, flags, mode) => {
	const isRead = flags === undefined || flags === "r";
	const handle = await (isRead ? open : change(open))(file, flags, mode);
	// A folder is opened only to be flushed.
	for (const name of isRead
		? ["sync"]
		: ["sync", "write", "writeFile", "appendFile", "truncate"])
		handle[name] = change(handle[name]).bind(handle);
	return handle;
};
for (const name of [
	"rename",
	"link",
	"unlink",
	"rm",
	"rmdir",
	"mkdir",
	"writeFile",
])
	fs[name] = change(fs[name]);

if (CHAOS_STOP) {
	const { mkdir } = fs;
	let hasStopped = false;
	fs.mkdir = async (folder, options) => {
		if (!hasStopped && /[\\/]jobs[\\/]\./.test(folder)) {
			hasStopped = true;
			process.kill(process.pid, "SIGSTOP");
		}
		return mkdir(folder, options);
	};
}
if (CHAOS_COUNT)
	process.on("exit", () => writeFileSync(CHAOS_COUNT, String(changes)));
if (CHAOS_JUMP) {
	const [ms, after] = CHAOS_JUMP.split("@").map(Number);
	const now = Date.now.bind(Date);
	let shift = 0;
	setTimeout(() => {
		shift = ms;
	}, after).unref();
	Date.now = () => now() + shift;
}
