import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, renameSync, symlinkSync } from "node:fs";
import fs, {
	mkdir,
	readdir,
	readFile,
	rename,
	stat,
	utimes,
	writeFile,
} from "node:fs/promises";
import path from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { Lease } from "../../src/purchase/store/lease.ts";
import { Leases } from "../../src/purchase/store/leases.ts";
import { holderName } from "../../src/system/holder.ts";
import { recordFiles, systemError } from "../record-files.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const isWindows = process.platform === "win32";
const isLinux = process.platform === "linux";

function open(folder = path.join(temporaryFolder(), "jobs")) {
	const leases = new Leases(folder);
	onTestFinished(() => leases.close());
	return { folder, leases };
}

async function create(leases: Leases, content = "one"): Promise<Lease> {
	const acquired = await leases.acquire("key", () => content);
	if (acquired.state === "busy") expect.fail("somebody holds it");
	return acquired.lease;
}

/** The one file of the lease. */
async function fileOf(folder: string): Promise<string> {
	const names = await readdir(path.join(folder, "key"));
	expect(names).toHaveLength(1);
	return path.join(folder, "key", names[0] ?? "");
}

/** Makes it somebody else's: parts of the file's name are its holder's number, start and machine. */
async function rehold(
	folder: string,
	change: {
		readonly pid?: string;
		readonly start?: string;
		readonly machine?: string;
	},
): Promise<string> {
	const file = await fileOf(folder);
	const [pid, start, machine, unique] = path.basename(file).split("-");
	const held = { pid, start, machine, ...change };
	const name = `${held.pid}-${held.start}-${held.machine}-${unique}`;
	const other = path.join(folder, "key", name);
	await rename(file, other);
	return other;
}

async function age(file: string, seconds: number): Promise<void> {
	const then = new Date(Date.now() - seconds * 1_000);
	await utimes(file, then, then);
}

const me = { pid: process.pid, alive: true };

describe("a lease", () => {
	test("is made once, and is busy for whoever comes second", async () => {
		const { leases } = open();
		const first = await leases.acquire("key", () => "one");
		expect(first).toMatchObject({
			state: "created",
			lease: { key: "key", content: "one" },
		});
		const late = () => expect.fail("made a second time");
		expect(await leases.acquire("key", late)).toEqual({
			state: "busy",
			holder: me,
			content: "one",
		});
		expect(await leases.takeOver("key")).toMatchObject({ state: "busy" });
	});

	test("is made by one of many that start at once", async () => {
		const folder = path.join(temporaryFolder(), "jobs");
		const several = Array.from({ length: 8 }, () => open(folder).leases);
		for (let round = 0; round < 20; round += 1) {
			const acquired = await Promise.all(
				several.map((leases, at) =>
					leases.acquire(`key-${round}`, () => `of ${at}`),
				),
			);
			const states = acquired.map(({ state }) => state).sort();
			expect(states).toEqual([...Array(7).fill("busy"), "created"]);
			const contents = acquired.map((one) =>
				"lease" in one ? one.lease.content : one.content,
			);
			expect(new Set(contents).size).toBe(1);
		}
	});

	test.skipIf(isWindows)(
		"can be read by nobody else on the machine",
		async () => {
			const { folder, leases } = open();
			const lease = await create(leases);
			const mode = async (file: string) => (await stat(file)).mode & 0o777;
			expect(await mode(folder)).toBe(0o700);
			expect(await mode(path.join(folder, "key"))).toBe(0o700);
			expect(await mode(await fileOf(folder))).toBe(0o600);
			await lease.write("two");
			expect(await mode(await fileOf(folder))).toBe(0o600);
		},
	);

	test("is replaced at once: whoever reads sees the one content or the other", async () => {
		const { leases } = open();
		const lease = await create(leases, "0".repeat(5_000));
		let isWriting = true;
		const writing = (async () => {
			for (let i = 1; i <= 30; i += 1)
				await lease.write(`${i % 10}`.repeat(5_000));
			isWriting = false;
		})();
		while (isWriting)
			for (const { content } of await leases.list())
				expect(content).toMatch(/^(\d)\1{4999}$/);
		await writing;
		expect(lease.content).toBe("0".repeat(5_000));
	});

	test("that was let go of is taken up with what it says", async () => {
		const { leases } = open();
		const lease = await create(leases);
		await lease.write("two");
		await lease.release();
		const late = () => expect.fail("made a second time");
		const taken = await leases.acquire("key", late);
		expect(taken).toMatchObject({ state: "taken", lease: { content: "two" } });
	});

	test("that was taken away is free for a new one", async () => {
		const { folder, leases } = open();
		const lease = await create(leases);
		await lease.remove();
		expect(await readdir(folder)).toEqual([]);
		expect(await leases.takeOver("key")).toBeUndefined();
		expect(await leases.acquire("key", () => "two")).toMatchObject({
			state: "created",
		});
	});

	test("that was lost to another process is not written any more", async () => {
		const { folder, leases } = open();
		const lease = await create(leases);
		await rehold(folder, { machine: "elsewhere" });
		await expect(lease.write("two")).rejects.toMatchObject({ code: "ENOENT" });
		expect(await readFile(await fileOf(folder), "utf8")).toBe("one\n");
		await lease.release();
		await lease.remove();
		expect(await readFile(await fileOf(folder), "utf8")).toBe("one\n");
	});

	test("that is lost while it is written does not count as written", async () => {
		const { folder, leases } = open();
		const lease = await create(leases);
		const file = await fileOf(folder);
		recordFiles(({ kind }) => {
			if (kind === "write") renameSync(file, `${file}.json`);
		});
		await expect(lease.write("two")).rejects.toMatchObject({ code: "ENOENT" });
		expect(lease.content).toBe("one");
	});

	test.each(["write", "flush"])(
		"stays as it was where the disk refuses a %s, and is written once it has space",
		async (refused) => {
			const { leases } = open();
			const lease = await create(leases);
			let isFull = true;
			recordFiles(({ kind }) => {
				if (isFull && kind === refused) throw systemError("ENOSPC");
			});
			await expect(lease.write("two".repeat(9))).rejects.toThrow("ENOSPC");
			expect(lease.content).toBe("one");
			isFull = false;
			await lease.write("three");
			await lease.release();
			expect(await leases.takeOver("key")).toMatchObject({
				lease: { content: "three" },
			});
		},
	);

	test.each([
		["a line that was cut short", "one\n", "one"],
		["the one line that version 0.1.0 wrote", "", undefined],
	])("goes on behind %s", async (_, before, content) => {
		const { folder, leases } = open();
		await (await create(leases)).release();
		await writeFile(await fileOf(folder), `${before}{"stage":`);
		const taken = await leases.takeOver("key");
		if (taken?.state !== "taken") expect.fail("not taken");
		expect(taken.lease.content).toBe(content ?? '{"stage":');
		for (const next of ["3", "two"]) {
			await taken.lease.write(next);
			expect(await leases.list()).toMatchObject([{ content: next }]);
		}
		const text = await readFile(await fileOf(folder), "utf8");
		expect(text).toBe(`${before || '{"stage":\n'}3\ntwo\n`);
	});
});

describe("the holder of a lease", () => {
	test("who lives is left alone, however long ago he gave a sign of life", async () => {
		const { folder, leases } = open();
		await create(leases);
		await age(await fileOf(folder), 600);
		const expected = isLinux
			? { state: "busy", holder: me }
			: { state: "taken" };
		expect(await open(folder).leases.takeOver("key")).toMatchObject(expected);
	});

	test("who takes over takes away what the one before him had not finished, while there is the key to find it by", async () => {
		const { folder, leases } = open();
		await create(leases);
		const file = await rehold(folder, { pid: "99999999" });
		await writeFile(`${file}.abcd.tmp`, "tw");
		await leases.takeOver("key");
		expect(await readdir(path.join(folder, "key"))).toHaveLength(1);
	});

	test("whose process is gone is succeeded", async () => {
		const { folder, leases } = open();
		await create(leases);
		// Process numbers end far below this.
		await rehold(folder, { pid: "99999999" });
		const taken = await leases.takeOver("key");
		expect(taken).toMatchObject({ state: "taken", lease: { content: "one" } });
	});

	test.skipIf(!isLinux)(
		"whose number has gone to another process is succeeded",
		async () => {
			const { folder, leases } = open();
			await create(leases);
			await rehold(folder, { start: "12345" });
			expect(await leases.takeOver("key")).toMatchObject({ state: "taken" });
		},
	);

	test.skipIf(!isLinux)(
		"whose process was killed and is only not buried yet is succeeded",
		async () => {
			const { folder, leases } = open();
			await create(leases);
			// A parent that never asks after its child, as some first processes of containers.
			const parent = spawn("sh", ["-c", "sleep 60 & echo $!; exec sleep 60"]);
			onTestFinished(() => void parent.kill("SIGKILL"));
			const [pid = ""] = String((await once(parent.stdout, "data"))[0]).split(
				"\n",
			);
			const start = () =>
				readFileSync(`/proc/${pid}/stat`, "utf8").split(" ")[21];
			await rehold(folder, { pid, start: String(start()) });
			expect(await leases.takeOver("key")).toMatchObject({ state: "busy" });
			process.kill(Number(pid), "SIGKILL");
			await vi.waitFor(
				async () =>
					expect(await leases.takeOver("key")).toMatchObject({
						state: "taken",
					}),
				60_000,
			);
		},
	);

	test("on another machine is left alone while he gives signs of life", async () => {
		const { folder, leases } = open();
		await create(leases);
		const file = await rehold(folder, { machine: "elsewhere" });
		await age(file, 50);
		expect(await leases.takeOver("key")).toMatchObject({ state: "busy" });
		await age(file, 61);
		expect(await leases.takeOver("key")).toMatchObject({ state: "taken" });
	});

	test("on another machine that was stopped within a write adds nothing to what his successor wrote", async () => {
		const { folder, leases } = open();
		const lease = await create(leases);
		const file = await fileOf(folder);
		const { open: openFile } = fs;
		const spy = vi.spyOn(fs, "open").mockImplementationOnce(async (...all) => {
			const handle = await openFile(...all);
			spy.mockRestore();
			await age(await rehold(folder, { machine: "elsewhere" }), 61);
			const successor = await leases.takeOver("key");
			if (successor?.state !== "taken") expect.fail("not taken");
			await successor.lease.write("his");
			return handle;
		});
		await expect(lease.write("mine")).rejects.toMatchObject({ code: "ENOENT" });
		expect(file).not.toBe(await fileOf(folder));
		expect(await readFile(await fileOf(folder), "utf8")).toBe("one\nhis\n");
	});

	test("gives a sign of life every ten seconds, until the end", async () => {
		vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
		onTestFinished(() => void vi.useRealTimers());
		const { folder, leases } = open();
		await create(leases);
		const file = await fileOf(folder);
		const ageMs = async () => Date.now() - (await stat(file)).mtimeMs;
		await age(file, 50);
		vi.advanceTimersByTime(10_000);
		await vi.waitFor(
			async () => expect(await ageMs()).toBeLessThan(5_000),
			60_000,
		);
		leases.close();
		expect(vi.getTimerCount()).toBe(0);
	});

	test("who takes over is alive from the moment that he does", async () => {
		const { folder, leases } = open();
		await create(leases);
		await age(await rehold(folder, { machine: "elsewhere" }), 600);
		await leases.takeOver("key");
		const { mtimeMs } = await stat(await fileOf(folder));
		expect(Date.now() - mtimeMs).toBeLessThan(10_000);
	});
});

describe("all leases together", () => {
	test("are listed with what they say and who holds them", async () => {
		const { leases } = open();
		await create(leases);
		const other = await leases.acquire("other", () => "two");
		if (other.state === "created") await other.lease.release();
		const listed = [...(await leases.list())];
		expect(listed.sort((a, b) => (a.key < b.key ? -1 : 1))).toEqual([
			{ key: "key", content: "one", holder: me },
			{ key: "other", content: "two", holder: { pid: 0, alive: false } },
		]);
	});

	test.each([
		[".#", "by Emacs, a link to nowhere"],
		["._", "by macOS, on disks of others"],
	])("are found beside what is put there as %s<name> (%s)", async (prefix) => {
		const { folder, leases } = open();
		await (await create(leases)).release();
		const file = await fileOf(folder);
		const name = `${prefix}${path.basename(file)}`;
		symlinkSync("user@host.1234:1", path.join(path.dirname(file), name));
		expect(await leases.list()).toMatchObject([{ content: "one" }]);
		expect(await leases.takeOver("key")).toMatchObject({ state: "taken" });
	});

	test("that are held and cannot be read are told, and not asked for again and again", async () => {
		const { leases } = open();
		await create(leases);
		const spy = vi.spyOn(fs, "readFile").mockRejectedValue(systemError("EIO"));
		onTestFinished(() => spy.mockRestore());
		await expect(leases.takeOver("key")).rejects.toThrow("EIO");
	});

	test("are none where there is no folder", async () => {
		const { leases } = open(path.join(temporaryFolder(), "none"));
		expect(await leases.list()).toEqual([]);
		expect(await leases.takeOver("key")).toBeUndefined();
	});

	test("do not include one that a killed process had only begun, which is swept away", async () => {
		const { folder, leases } = open();
		const alive = `.key.${holderName()}`;
		const orphan = alive.replace(/(?<=\.)\d+/, "99999999");
		for (const name of [alive, orphan, ".key.old"]) {
			await mkdir(path.join(folder, name), { recursive: true });
			await writeFile(path.join(folder, name, "1-1-m-x.json"), "{");
		}
		// As earlier versions named them.
		await age(path.join(folder, ".key.old"), 8 * 24 * 3_600);
		expect(await leases.list()).toEqual([]);
		expect(await readdir(folder)).toEqual([alive]);
		expect(await leases.acquire("key", () => "one")).toMatchObject({
			state: "created",
		});
	});

	test("survive what a killed process left of a replacement", async () => {
		const { folder, leases } = open();
		const lease = await create(leases);
		const draft = `${await fileOf(folder)}.abcd.tmp`;
		await writeFile(draft, "tw");
		await lease.release();
		expect(await leases.takeOver("key")).toMatchObject({
			state: "taken",
			lease: { content: "one" },
		});
	});

	test("are not barred by a lease that a killed process had only begun to take away", async () => {
		const { folder, leases } = open();
		await mkdir(path.join(folder, "key"), { recursive: true });
		await writeFile(path.join(folder, "key", "1-1-m-x.json.abcd.tmp"), "tw");
		expect(await leases.list()).toEqual([]);
		expect(await leases.acquire("key", () => "one")).toMatchObject({
			state: "created",
		});
		await fileOf(folder);
	});
});
