import { cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { withReplaceable } from "../../src/purchase/replaceable.ts";
import { Leases } from "../../src/purchase/store/leases.ts";
import { openTargets, type Targets } from "../../src/purchase/store/targets.ts";
import { recordFiles, systemError } from "../record-files.ts";
import { failureOf, type JobWorld, jobWorld, makeJob } from "./job-world.ts";

function open(world: JobWorld): Targets {
	const targets = openTargets(
		folderOf(world),
		world.jobsFolder,
		"flux-ultra resume --sandbox",
	);
	onTestFinished(() => targets.close());
	return targets;
}

function folderOf({ folder }: JobWorld): string {
	return path.join(folder, ".state", "targets");
}

const isMade = {
	code: "exists",
	charged: "no",
	message: expect.stringContaining("garden.jpg is being made by"),
	hint: expect.stringMatching(/: flux-ultra resume --sandbox$/),
};

test("a name that an unfinished job will give is refused to another, and free again when that is done with", async () => {
	const world = await jobWorld();
	const [mine, other] = [open(world), open(world)];
	const held = await world.hold();
	await mine.reserve("job", held.job);
	expect(await failureOf(other.reserve("another", held.job))).toMatchObject(
		isMade,
	);
	await held.close();
	await mine.release("job", held.job, true);
	await other.reserve("another", held.job);
});

test("a job that was left keeps its names, for whoever goes on with it", async () => {
	const world = await jobWorld();
	const first = open(world);
	const held = await world.hold();
	await first.reserve("job", held.job);
	await first.release("job", held.job, false);
	const other = open(world);
	expect(await failureOf(other.reserve("another", held.job))).toMatchObject(
		isMade,
	);
	const resumed = open(world);
	await resumed.reserve("job", held.job);
	await resumed.release("job", held.job, true);
	expect(readdirSync(folderOf(world))).toEqual([]);
});

test("a reservation without its job is void", async () => {
	const world = await jobWorld();
	const killed = open(world);
	const held = await world.hold();
	await killed.reserve("job", held.job);
	await killed.release("job", held.job, false);
	await held.close();
	await open(world).reserve("another", held.job);
});

test("a reservation that another process is about to take away is nobody's, though it is for the same job", async () => {
	const world = await jobWorld();
	const left = open(world);
	const held = await world.hold();
	await left.reserve(held.key, held.job);
	await left.release(held.key, held.job, false);
	const sweeper = new Leases(folderOf(world));
	onTestFinished(() => sweeper.close());
	for (const { key } of await sweeper.list()) await sweeper.takeOver(key);
	expect(
		await failureOf(open(world).reserve(held.key, held.job)),
	).toMatchObject(isMade);
});

test("what a killed command left is swept, but not when its job is taken up again meanwhile", async () => {
	const world = await jobWorld();
	const left = open(world);
	const { key, job } = await world.hold();
	const other = { ...job, output: { ...job.output, path: "/x/other.jpg" } };
	await left.reserve("gone", other);
	await left.release("gone", other, false);
	await left.reserve("again", job);
	await left.release("again", job, false);
	recordFiles(({ kind, to }) => {
		if (kind !== "rename" || !to?.startsWith(folderOf(world))) return;
		cpSync(
			path.join(world.jobsFolder, key),
			path.join(world.jobsFolder, "again"),
			{ recursive: true },
		);
	});
	await open(world).sweep();
	expect(await failureOf(open(world).reserve("third", job))).toMatchObject(
		isMade,
	);
	await open(world).reserve("third", other);
});

test.each(["EACCES", "EIO"])(
	"the sweep passes over a reservation that cannot be looked at (%s), as one made under sudo",
	async (code) => {
		const world = await jobWorld();
		const { job } = await world.hold();
		const at = (name: string) => ({
			...job,
			output: { ...job.output, path: path.join("/x", name) },
		});
		const left = open(world);
		for (const name of ["a", "b"]) {
			await left.reserve(name, at(name));
			await left.release(name, at(name), false);
		}
		const [refused = ""] = readdirSync(folderOf(world));
		const { readdir } = fs;
		const spy = vi.spyOn(fs, "readdir").mockImplementation((async (
			folder: string,
			...rest: []
		) => {
			if (folder.endsWith(refused)) throw systemError(code);
			return readdir(folder, ...rest);
		}) as never);
		onTestFinished(() => spy.mockRestore());
		await open(world).sweep();
		expect(readdirSync(folderOf(world))).toEqual([refused]);
	},
);

test("the name of a job that cannot be looked at stays its own", async () => {
	const world = await jobWorld();
	const { key, job } = await world.hold();
	const left = open(world);
	await left.reserve(key, job);
	await left.release(key, job, false);
	const { readdir } = fs;
	const spy = vi.spyOn(fs, "readdir").mockImplementation((async (
		folder: string,
		...rest: []
	) => {
		if (folder.startsWith(world.jobsFolder)) throw systemError("EMFILE");
		return readdir(folder, ...rest);
	}) as never);
	onTestFinished(() => spy.mockRestore());
	expect(await failureOf(open(world).reserve("another", job))).toMatchObject({
		code: "disk",
	});
});

test("names that are one file on some system are one name; a name that the purchase gives is nobody's", async () => {
	const world = await jobWorld();
	const [mine, other] = [open(world), open(world)];
	const at = (name: string) =>
		makeJob({ output: { ...held.job.output, path: path.join("/x", name) } });
	const held = await world.hold();
	await mine.reserve("job", at("Garden.jpg"));
	await failureOf(other.reserve("another", at("garden.jpg")));
	await mine.reserve("a", at("{run}.jpg"));
	await other.reserve("b", at("{run}.jpg"));
});

test("a file that another command finishes just before the name is reserved is not bought over", async () => {
	const world = await jobWorld();
	const targets = open(world);
	const { job } = await world.hold();
	recordFiles(({ kind, to }) => {
		if (kind === "rename" && to?.startsWith(folderOf(world)))
			writeFileSync(job.output.path ?? "", "");
	});
	expect(await failureOf(targets.reserve("job", job))).toMatchObject({
		code: "exists",
		charged: "no",
	});
});

test("what is there is never bought over, but for --force", async () => {
	const world = await jobWorld();
	const targets = open(world);
	const { job } = await world.hold();
	writeFileSync(path.join(world.folder, "garden.jpg"), "somebody's");
	expect(await failureOf(targets.reserve("job", job))).toMatchObject({
		code: "exists",
		charged: "no",
	});
	const output = { ...job.output, force: true };
	await targets.reserve("job", { ...job, output });
});

test("what came after --force is not bought over", async () => {
	const world = await jobWorld();
	const targets = open(world);
	const { job: left } = await world.hold();
	const output = { ...left.output, force: true };
	const file = path.join(world.folder, "garden.jpg");
	writeFileSync(file, "old");
	const job = await withReplaceable({ ...left, output });
	writeFileSync(file, "somebody's");
	expect(await failureOf(targets.reserve("job", job))).toMatchObject({
		code: "exists",
		charged: "no",
	});
});

test("a state folder that takes nothing is told as such", async () => {
	const world = await jobWorld();
	mkdirSync(path.dirname(folderOf(world)), { recursive: true });
	writeFileSync(folderOf(world), "no folder");
	const failure = await failureOf(
		open(world).reserve("job", (await world.hold()).job),
	);
	expect(failure).toMatchObject({ code: "disk" });
});
