import { createHash, randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import fs from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import { systemCode } from "../errors.ts";

/** The process that a file belongs to, which its name tells. */
export interface Holder {
	readonly pid: number;
	/** True while its process lives, as far as can be told. */
	readonly alive: boolean;
}

/**
 * Whether the process of this name (`holderName`) is gone for certain: it was one of this machine. Nothing is certain of
 * another machine's, or of any other name.
 */
export function isOrphan(name: string): boolean {
	const [pid, start = "", machine] = name.split("-");
	return machine === machineName() && !isRunning(Number(pid), start);
}

/** A holder whose process can't be asked after is gone when its file was not touched for so long. */
const staleAfterMs = 60_000;

/** Who holds a file, by its name. */
export async function holderOf(file: string): Promise<Holder> {
	const [pid, start, machine] = path.basename(file).split("-");
	const holder = { pid: Number(pid) };
	if (Number.isNaN(holder.pid)) return { pid: 0, alive: false };
	const isHere = machine === machineName();
	// A process that can be asked after needs no heartbeat: it may be stopped by Ctrl-Z, or the lid was shut.
	if (isHere && start !== unknownStart)
		return { ...holder, alive: isRunning(holder.pid, start ?? "") };
	const stat = await fs.stat(file).catch(() => undefined);
	if (stat === undefined || Date.now() - stat.mtimeMs > staleAfterMs)
		return { ...holder, alive: false };
	// On another machine or in another container only the heartbeat tells.
	return { ...holder, alive: !isHere || isRunning(holder.pid, start ?? "") };
}

function isRunning(pid: number, start: string): boolean {
	try {
		process.kill(pid, 0);
	} catch (error) {
		if (systemCode(error) === "ESRCH") return false;
	}
	// The number may have gone to another process since.
	return startOf(pid) === start;
}

const unknownStart = "0";
const ended = "ended";

/** When a process started, in clock ticks since boot (proc(5), field 22), where the system says. */
function startOf(pid: number): string {
	const fields = statOf(pid);
	// Killed, and its parent has not asked after it: in a container that may never happen.
	if (fields[0] === "Z" || fields[0] === "X") return ended;
	return fields[19] ?? unknownStart;
}

/** What the system says of a process from its state on (proc(5), field 3); nothing where it does not. */
function statOf(pid: number): readonly string[] {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
		// The second field is a name in brackets and may hold blanks.
		return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
	} catch {
		return [];
	}
}

/** That a process is stopped, as by Ctrl-Z, and what brings it back; undefined where it is not, or the system does not say. */
export function stoppedText(pid: number): string | undefined {
	return statOf(pid)[0] === "T"
		? `process ${pid} is stopped (fg or kill -CONT ${pid} brings it back)`
		: undefined;
}

let machine: string | undefined;

/** Where process numbers mean the same: the host, and in containers the space of process numbers. */
function machineName(): string {
	if (machine === undefined) {
		let space = "";
		try {
			space = readlinkSync("/proc/self/ns/pid");
		} catch {
			// Not Linux: the host's name is all there is.
		}
		machine = createHash("sha256")
			.update(`${hostname()} ${space}`)
			.digest("hex")
			.slice(0, 8);
	}
	return machine;
}

let self: string | undefined;

/** A name that no other process has: its number, when it started, where that number means it, and something random. */
export function holderName(): string {
	self ??= `${process.pid}-${startOf(process.pid)}-${machineName()}`;
	return `${self}-${randomBytes(6).toString("hex")}`;
}
