import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { Failure, systemCode, toFailure } from "../errors.ts";
import { diskFailure } from "./disk-failure.ts";
import { makeFolder } from "./folder.ts";
import { holderName } from "./holder.ts";
import { sweepOrphans } from "./sweep.ts";

/** What a side output may replace. */
export interface SideOutputRules {
	readonly cwd: string;
	/** Any file, but for an input. */
	readonly force: boolean;
	/** Files that the command reads. */
	readonly inputs: readonly string[];
	/** What the file is: `report of a batch`. */
	readonly kind: string;
	/** How one begins that a command of ours wrote, of any version: it may be replaced. */
	readonly ownStart: RegExp;
}

/**
 * Sees whether the file of an option (`--report`, `--trace`) may be written: never over a file that is read, over nobody else's file.
 * @throws {Failure} `usage`, `exists`
 */
export function checkSideOutput(
	option: string,
	name: string,
	{ cwd, force, inputs, kind, ownStart }: SideOutputRules,
): void {
	const file = path.resolve(cwd, name);
	const stat = fs.statSync(file, { throwIfNoEntry: false });
	if (stat === undefined) return;
	// Not --force, which buys images anew.
	const hint = "name another file, or move that one away";
	for (const input of inputs) {
		const other = fs.statSync(path.resolve(cwd, input), {
			throwIfNoEntry: false,
		});
		if (other?.dev === stat.dev && other.ino === stat.ino)
			throw new Failure(
				"usage",
				`${option} ${name} is a file that the command reads`,
				{ hint },
			);
	}
	if (force && stat.isFile()) return;
	// An empty one holds nothing; a killed command may have left it.
	if (stat.isFile() && stat.size === 0) return;
	if (isOwn(file, ownStart)) return;
	throw new Failure("exists", `${name} exists and is no ${kind}`, { hint });
}

export type SideOutput = Awaited<ReturnType<typeof openSideOutput>>;

/** What a side output does with a file that appears under its name. */
interface Naming extends Partial<Pick<SideOutputRules, "ownStart">> {
	/** Its name must replace nothing; but for what begins like `ownStart`. */
	readonly isNew?: boolean | undefined;
}

/**
 * A file beside the results of a command. Written beside its name and renamed at the end; without waiting, so that it is whole where a
 * second interrupt ends the process at once. What goes wrong is told once and ends the writing: it takes nothing from the images.
 * @param file its absolute path
 * @param failed is told what goes wrong later
 * @throws {Failure} `disk` where it cannot be begun
 */
export async function openSideOutput(
	file: string,
	failed: (failure: Failure) => void,
	{ isNew = !fs.existsSync(file), ownStart }: Naming = {},
) {
	const folder = path.dirname(file);
	await makeFolder(folder);
	// The draft of a long name is to have room for whose it is.
	const start = `.${Array.from(path.basename(file)).slice(0, 40).join("")}.`;
	await sweepOrphans(folder, (name) =>
		name.startsWith(start) && name.endsWith(".part")
			? holderPattern.exec(name.slice(start.length))?.[1]
			: undefined,
	);
	const draft = path.join(folder, `${start}${holderName()}.part`);
	const handle = onDisk(file, () => fs.openSync(draft, "wx"));
	let isOpen = true;
	let hasFailed = false;
	const attempt = (work: () => void) => {
		if (hasFailed || !isOpen) return;
		try {
			onDisk(file, work);
		} catch (error) {
			hasFailed = true;
			removeIfPossible(draft);
			failed(toFailure(error));
		}
	};
	const end = (name: () => void) =>
		attempt(() => {
			isOpen = false;
			fs.fsyncSync(handle);
			fs.closeSync(handle);
			name();
		});
	return {
		write: (content: string | Uint8Array) =>
			attempt(() => fs.writeFileSync(handle, content)),
		/** Gives the file its name, once. */
		close: () =>
			end(() => publish(draft, file, isNew && !isOwn(file, ownStart))),
		/** Ends it without a file. */
		discard: () => end(() => fs.unlinkSync(draft)),
		hasFailed: () => hasFailed,
	};
}

/** A disk that fails may refuse this as well: the next file of this name sweeps it. */
function removeIfPossible(draft: string): void {
	try {
		fs.rmSync(draft, { force: true });
	} catch {}
}

/** Another's file in a folder of the user's must not be taken for ours. */
const holderPattern = /^(\d+-\d+-[\da-f]{8}-[\da-f]{12})\.part$/;

/** A name that was free is taken by a link, which replaces nothing that appeared meanwhile. */
function publish(draft: string, file: string, isNew: boolean): void {
	if (isNew) {
		try {
			fs.linkSync(draft, file);
			fs.unlinkSync(draft);
			return;
		} catch (error) {
			failIfTaken(error, draft, file);
			// No hard links here (FAT, some network file systems): an empty file takes the name.
			reserve(draft, file);
		}
	}
	fs.renameSync(draft, file);
}

function reserve(draft: string, file: string): void {
	try {
		fs.closeSync(fs.openSync(file, "wx"));
	} catch (error) {
		failIfTaken(error, draft, file);
		throw error;
	}
}

function failIfTaken(error: unknown, draft: string, file: string): void {
	if (systemCode(error) !== "EEXIST") return;
	// Where nothing sweeps it up.
	const kept = `${file}.${randomBytes(3).toString("hex")}`;
	fs.renameSync(draft, kept);
	throw new Failure(
		"disk",
		`${file} appeared while the command ran: what belongs there is in ${kept}`,
	);
}

function onDisk<T>(file: string, action: () => T): T {
	try {
		return action();
	} catch (error) {
		if (error instanceof Failure) throw error;
		throw diskFailure(file, error);
	}
}

function isOwn(file: string, ownStart: RegExp | undefined): boolean {
	const stat = fs.statSync(file, { throwIfNoEntry: false });
	return stat?.isFile() === true && ownStart?.test(startOf(file)) === true;
}

function startOf(file: string): string {
	const handle = fs.openSync(file, "r");
	try {
		const buffer = Buffer.alloc(4_096);
		return buffer.toString("utf8", 0, fs.readSync(handle, buffer));
	} finally {
		fs.closeSync(handle);
	}
}
