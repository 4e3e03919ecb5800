import { createHash } from "node:crypto";
import {
	link,
	mkdir,
	readdir,
	readFile,
	rm,
	symlink,
	writeFile,
} from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import type { JobContext } from "../../src/purchase/context.ts";
import { deliver } from "../../src/purchase/deliver/deliver.ts";
import { findPlaced } from "../../src/purchase/deliver/place.ts";
import type { Job, JobOutput } from "../../src/purchase/job.ts";
import type { HeldJob } from "../../src/purchase/store/journal.ts";
import { recordFiles, systemError } from "../record-files.ts";
import { tinyJpeg } from "../tiny-jpeg.ts";
import { makeRun, problem, type Script } from "./fake-client.ts";
import { bought, failureOf, type JobWorld, jobWorld } from "./job-world.ts";
import {
	cutAt,
	part,
	type Reply,
	realTransport,
	type Storage,
	startStorage,
	status,
	whole,
} from "./storage.ts";

const image = tinyJpeg({ width: 640, height: 480, sizeBytes: 5_000 });
const half = image.subarray(0, 2_500);
const html = Buffer.from("<html><h1>Sign in</h1></html>");
const facts = {
	at: 1,
	format: "jpeg",
	width: 640,
	height: 480,
	sizeBytes: 5_000,
	metadata: [],
	sha256: sha256(image),
};

function sha256(bytes: Buffer): string {
	return createHash("sha256").update(bytes).digest("hex");
}

interface Delivery extends JobWorld {
	readonly held: HeldJob;
	readonly storage: Storage;
	/** The place that was asked for. */
	readonly target: string;
	/** Everything in the folder of the images. */
	readonly files: () => Promise<string[]>;
	/** Delivers the run's image. */
	readonly deliver: () => ReturnType<typeof deliver>;
}

/** A succeeded run whose image lies in a storage that answers by a script. */
async function deliveryOf(
	replies: readonly Reply[],
	options: {
		readonly output?: Partial<JobOutput>;
		readonly script?: Script;
		readonly context?: Partial<JobContext>;
		readonly job?: Partial<Job>;
	} = {},
): Promise<Delivery> {
	const storage = await startStorage(...replies);
	const outputs = [{ url: `${storage.url}/image.jpg` }];
	const run = makeRun({ state: "succeeded", outputs });
	const fresh = [{ url: `${storage.url}/fresh.jpg` }];
	const again = makeRun({ state: "succeeded", outputs: fresh });
	const world = await jobWorld(
		{ read: Array(9).fill(again), ...options.script },
		{ transport: await realTransport(), ...options.context },
	);
	const target = path.join(world.folder, "garden.jpg");
	const output: JobOutput = {
		path: target,
		force: false,
		sidecar: false,
		formats: ["jpeg"],
		...options.output,
	};
	const held = await world.hold({ output, stage: bought, ...options.job });
	const context: JobContext = {
		...world.context,
		emit: (event) => {
			world.context.emit(event);
			if (event.type === "downloading")
				storage.noteReceived(event.receivedBytes);
		},
	};
	return {
		...world,
		held,
		storage,
		target,
		files: async () =>
			(await readdir(world.folder)).filter((name) => name !== ".state"),
		deliver: () => deliver(held, run, 1, context),
	};
}

/** What keeps the bytes that go to stdout. */
function collector() {
	const written: Buffer[] = [];
	const writeToStdout = async (file: string) => {
		written.push(await readFile(file));
	};
	return { written, writeToStdout };
}

describe("an image that comes whole", () => {
	test("is under its name, byte for byte, and nothing else is left", async () => {
		const delivery = await deliveryOf([whole(image)]);
		expect(await delivery.deliver()).toEqual({
			...facts,
			path: delivery.target,
		});
		expect(await readFile(delivery.target)).toEqual(image);
		expect(await delivery.files()).toEqual(["garden.jpg"]);
	});

	test("has its name and its sum on disk before it gets the name", async () => {
		const delivery = await deliveryOf([whole(image)]);
		await delivery.deliver();
		expect((await delivery.jobOnDisk())?.stage).toEqual({
			...bought,
			name: "placing",
			at: 1,
			path: delivery.target,
			sha256: facts.sha256,
		});
	});

	test("gets the folders that it needs", async () => {
		const world = await deliveryOf([whole(image)]);
		const target = path.join(world.folder, "a", "b", "garden.jpg");
		const { held } = world;
		await held.amend({ output: { ...held.job.output, path: target } });
		expect((await world.deliver()).path).toBe(target);
	});

	test("has the run's id and its own extension in its name where that was asked for", async () => {
		const delivery = await deliveryOf([whole(image)]);
		const { held, folder } = delivery;
		const template = path.join(folder, "{run}", "image.{ext}");
		await held.amend({ output: { ...held.job.output, path: template } });
		expect((await delivery.deliver()).path).toBe(
			path.join(folder, "run-1", "image.jpg"),
		);
	});

	test("is taken from where it was cut", async () => {
		const tag = { etag: '"one"' };
		const delivery = await deliveryOf([
			cutAt(2_000, whole(image, tag)),
			part(image, 2_000, tag),
		]);
		await delivery.deliver();
		expect(await readFile(delivery.target)).toEqual(image);
		expect(delivery.storage.asked()[1]).toMatchObject({
			range: "bytes=2000-",
		});
	});

	test("replaces what a killed process left of it", async () => {
		const delivery = await deliveryOf([whole(image)]);
		const draft = path.join(delivery.folder, ".flux-ultra-ref-1.part");
		await writeFile(draft, Buffer.concat([image, image]));
		await delivery.deliver();
		expect(await readFile(delivery.target)).toEqual(image);
		expect(await delivery.files()).toEqual(["garden.jpg"]);
	});
});

describe("an image for stdout", () => {
	test("is written from a checked file, which is gone afterwards", async () => {
		const { written, writeToStdout } = collector();
		const delivery = await deliveryOf([whole(image)], {
			output: { path: null },
			context: { writeToStdout },
		});
		expect(await delivery.deliver()).toEqual({ ...facts, path: null });
		expect(written).toEqual([image]);
		expect(await readdir(delivery.context.incoming)).toEqual([]);
		expect(await delivery.files()).toEqual([]);
	});

	test("that is not whole is not written", async () => {
		const delivery = await deliveryOf([whole(half), whole(half), whole(half)], {
			output: { path: null },
		});
		expect((await failureOf(delivery.deliver())).code).toBe("bad_image");
	});
});

describe("what is not the image", () => {
	test.each([
		[
			"an HTML page with 200",
			html,
			'This is not an image: it begins with "<html><h1>Sign in</h1></html>"',
		],
		[
			"half a JPEG of the promised length",
			half,
			"The JPEG is cut at byte 2500: its end marker is missing",
		],
		["nothing", Buffer.alloc(0), "The file is empty"],
	])(
		"%s: asked for three times, then refused, with nothing in its place",
		async (_what, bytes, message) => {
			const delivery = await deliveryOf(Array(3).fill(whole(bytes)));
			const failure = await failureOf(delivery.deliver());
			expect([failure.code, failure.message]).toEqual(["bad_image", message]);
			expect(await delivery.files()).toEqual([]);
			expect(delivery.storage.asked().map((one) => one.path)).toEqual([
				"/image.jpg",
				"/fresh.jpg",
				"/fresh.jpg",
			]);
			expect(delivery.held.job.stage).toEqual(bought);
			expect(delivery.notes()).toEqual(
				Array(2).fill(`${message}; downloading it again`),
			);
		},
	);

	test("may be the image the second time", async () => {
		const delivery = await deliveryOf([whole(html), whole(image)]);
		expect(await delivery.deliver()).toMatchObject(facts);
	});

	test("is asked for again by the old link where the run cannot be read", async () => {
		const delivery = await deliveryOf([whole(html), whole(image)], {
			script: { read: [problem(500)] },
		});
		expect(await delivery.deliver()).toMatchObject(facts);
	});
});

test("an expired link is replaced by the one that the run has now", async () => {
	const delivery = await deliveryOf([status(403), whole(image)]);
	expect(await delivery.deliver()).toMatchObject(facts);
	expect(delivery.client.reads).toEqual(["run-1"]);
	expect(delivery.storage.asked()[1]?.path).toBe("/fresh.jpg");
});

describe("a file that appears while the image is made", () => {
	test("is never replaced, and the image is kept for later", async () => {
		const delivery = await deliveryOf([whole(image), whole(image)]);
		await writeFile(delivery.target, "somebody else's");
		const failure = await failureOf(delivery.deliver());
		expect({ ...failure, message: failure.message }).toMatchObject({
			code: "disk",
			message: `${delivery.target} appeared or was changed while the image was made`,
			hint: "move that file away, then the same command or resume brings the image",
			retryable: true,
		});
		expect(await readFile(delivery.target, "utf8")).toBe("somebody else's");
		await rm(delivery.target);
		expect(await delivery.deliver()).toMatchObject(facts);
		expect(await delivery.files()).toEqual(["garden.jpg"]);
	});

	test("is never replaced where it is a link that leads nowhere", async () => {
		const delivery = await deliveryOf([whole(image)]);
		await symlink(path.join(delivery.folder, "nowhere"), delivery.target);
		expect((await failureOf(delivery.deliver())).code).toBe("disk");
		expect(await delivery.files()).not.toContain("nowhere");
	});

	test("is replaced with --force of an older version, which kept nothing of what was there", async () => {
		const delivery = await deliveryOf([whole(image)], {
			output: { force: true },
		});
		await writeFile(delivery.target, "somebody else's");
		await delivery.deliver();
		expect(await readFile(delivery.target)).toEqual(image);
		expect(await delivery.files()).toEqual(["garden.jpg"]);
	});

	test("is left alone with --force where it is a folder", async () => {
		const delivery = await deliveryOf([whole(image)], {
			output: { force: true },
		});
		await mkdir(delivery.target);
		expect((await failureOf(delivery.deliver())).code).toBe("disk");
	});
});

describe("the format", () => {
	const png = () =>
		sharp({
			create: { width: 3, height: 2, channels: 3, background: "red" },
		})
			.png()
			.toBuffer();

	test("that is not the one promised is kept beside the name asked for, and said", async () => {
		const delivery = await deliveryOf([whole(await png())]);
		expect(await delivery.deliver()).toMatchObject({
			path: path.join(delivery.folder, "garden.png"),
			askedPath: delivery.target,
		});
		expect(await delivery.files()).toEqual(["garden.png"]);
		expect(delivery.notes()).toEqual(["what came is PNG: saved as garden.png"]);
	});

	test("that was not promised goes to stdout as it came", async () => {
		const { written, writeToStdout } = collector();
		const delivery = await deliveryOf([whole(await png())], {
			output: { path: null },
			context: { writeToStdout },
		});
		await delivery.deliver();
		expect([written, delivery.notes()]).toEqual([
			[await png()],
			["what came is PNG"],
		]);
	});

	test("that gives it a name with {ext} in it keeps off the names that were not looked at", async () => {
		const delivery = await deliveryOf([whole(await png())]);
		const { held, folder } = delivery;
		const template = path.join(folder, "garden.{ext}");
		const output = { ...held.job.output, path: template, force: true };
		await held.amend({ output });
		await writeFile(path.join(folder, "garden.png"), "somebody else's");
		expect((await delivery.deliver()).path).toBe(
			path.join(folder, "garden-2.png"),
		);
	});

	test("that was open is believed: a wrong extension is put right, and said", async () => {
		const delivery = await deliveryOf([whole(await png())], {
			output: { formats: ["jpeg", "png", "webp"] },
		});
		expect((await delivery.deliver()).path).toBe(
			path.join(delivery.folder, "garden.png"),
		);
		expect(await delivery.files()).toEqual(["garden.png"]);
		expect(delivery.notes()).toEqual(["what came is PNG: saved as garden.png"]);
	});

	test("gets the next free name where somebody has that one, also with --force", async () => {
		const delivery = await deliveryOf([whole(await png())], {
			output: { formats: ["jpeg", "png", "webp"], force: true, sidecar: true },
		});
		const neighbour = path.join(delivery.folder, "garden.png");
		await writeFile(neighbour, "somebody else's");
		await writeFile(path.join(delivery.folder, "garden-2.png.json"), "{}");
		expect((await delivery.deliver()).path).toBe(
			path.join(delivery.folder, "garden-3.png"),
		);
		expect(await readFile(neighbour, "utf8")).toBe("somebody else's");
	});

	test.each(["garden", "garden.v2", "garden.JPEG"])(
		"does not change the name %s",
		async (name) => {
			const delivery = await deliveryOf([whole(image)]);
			const { held, folder } = delivery;
			const target = path.join(folder, name);
			await held.amend({ output: { ...held.job.output, path: target } });
			expect((await delivery.deliver()).path).toBe(target);
		},
	);
});

describe("a run that succeeded without an image", () => {
	const empty = makeRun({ state: "succeeded", status: "partial_succeeded" });

	test("may show it a moment later", async () => {
		const delivery = await deliveryOf([whole(image)]);
		const outputs = [{ url: `${delivery.storage.url}/late.jpg` }];
		const run = makeRun({ state: "succeeded", outputs });
		const world = await jobWorld(
			{ read: [empty, problem(500), run] },
			{ transport: delivery.context.transport },
		);
		const held = await world.hold({ stage: bought });
		expect(await deliver(held, empty, 1, world.context)).toMatchObject(facts);
		expect(world.clock.sleeps).toEqual([500, 1_000, 2_000]);
	});

	test("and never shows it has none, and what came can be seen", async () => {
		const world = await jobWorld(
			{ read: Array(4).fill(empty) },
			{ command: (words) => `flux-ultra ${words} --sandbox` },
		);
		const held = await world.hold({ stage: bought });
		const failure = await failureOf(deliver(held, empty, 1, world.context));
		expect({ ...failure, message: failure.message }).toMatchObject({
			code: "no_output",
			message: "run run-1 ended as partial_succeeded without an image",
			hint: "it counts as paid; what came: flux-ultra runs show run-1 --json --sandbox; to give it up: flux-ultra resume --forget run-1 --sandbox",
		});
		expect(world.clock.sleeps).toEqual([500, 1_000, 2_000, 4_000]);
	});

	test("because it was held back is refused by moderation", async () => {
		const world = await jobWorld();
		const held = await world.hold({ stage: bought });
		const run = makeRun({ state: "succeeded", nsfwDetected: true });
		const failure = await failureOf(deliver(held, run, 1, world.context));
		expect([failure.code, world.clock.sleeps]).toEqual(["moderated", []]);
	});
});

describe("a job that was stopped while its image got its name", () => {
	async function stopped(name = "garden.jpg") {
		const world = await jobWorld();
		const target = path.join(world.folder, name);
		const draft = path.join(world.folder, ".flux-ultra-ref-1.part");
		const held = await world.hold({
			stage: {
				...bought,
				name: "placing",
				path: target,
				sha256: facts.sha256,
			},
		});
		return { ...world, target, draft, held };
	}

	test("and had it is done, and its temporary name goes", async () => {
		const { target, draft, held, folder } = await stopped();
		await writeFile(draft, image);
		await link(draft, target);
		expect(await findPlaced(held)).toEqual({ ...facts, path: target });
		expect(await readdir(folder)).toEqual([".state", "garden.jpg"]);
	});

	test("and had another than the one asked for is done, and both are known", async () => {
		const { target, held, folder } = await stopped("garden-2.jpg");
		await writeFile(target, image);
		const askedPath = path.join(folder, "garden.jpg");
		const placed = { ...facts, path: target, askedPath };
		expect(await findPlaced(held)).toEqual(placed);
	});

	test("and did not have it yet is not done", async () => {
		const { draft, held } = await stopped();
		await writeFile(draft, image);
		expect(await findPlaced(held)).toBeUndefined();
	});

	test("and finds another file there is not done", async () => {
		const { target, held } = await stopped();
		await writeFile(target, tinyJpeg({ width: 9, height: 9 }));
		expect(await findPlaced(held)).toBeUndefined();
	});

	test("and finds the empty file that took the name first, where there are no links: that was ours, and goes", async () => {
		const { target, held } = await stopped();
		await writeFile(target, "");
		expect(await findPlaced(held)).toBeUndefined();
		expect(await readFile(target, "utf8")).toBe("");
		const { stage } = held.job;
		if (stage.name !== "placing") expect.fail();
		await held.enter({ ...stage, isReserved: true });
		expect(await findPlaced(held)).toBeUndefined();
		await expect(readFile(target)).rejects.toThrow("ENOENT");
	});

	test("or not even that far is not done", async () => {
		const world = await jobWorld();
		const held = await world.hold({ stage: bought });
		expect(await findPlaced(held)).toBeUndefined();
	});
});

describe("what is on its way to its place", () => {
	test("has a name of this process alone, which the job keeps", async () => {
		const seen: string[] = [];
		recordFiles(({ kind, path: changed }) => {
			if (kind === "create" && changed.endsWith(".part")) seen.push(changed);
		});
		const delivery = await deliveryOf([whole(image)]);
		await delivery.deliver();
		const { draft } = delivery.held.job;
		expect(seen).toEqual([
			path.join(delivery.folder, `.flux-ultra-${draft}.part`),
		]);
	});

	test("takes away what a killed process left of it, that of version 0.1.0 as well", async () => {
		for (const left of [{ draft: "of-another" }, { ref: "ref-9" }]) {
			const delivery = await deliveryOf([whole(image)], { job: left });
			const name = `.flux-ultra-${left.draft ?? left.ref}.part`;
			for (const one of [name, `${name}.packed`])
				await writeFile(path.join(delivery.folder, one), "half");
			await delivery.deliver();
			expect(await delivery.files()).toEqual(["garden.jpg"]);
		}
	});

	test.each([{ ref: "x/../../victim" }, { draft: "x/../../victim" }])(
		"never reaches beyond its folder, whatever a run or a file says: %j",
		async (job) => {
			const delivery = await deliveryOf([whole(image)], { job });
			const { held, folder } = delivery;
			const target = path.join(folder, "out", "garden.jpg");
			await held.amend({ output: { ...held.job.output, path: target } });
			const victim = path.join(folder, "victim.part");
			await writeFile(victim, "a stranger's");
			await mkdir(path.join(folder, "out", ".flux-ultra-x"), {
				recursive: true,
			});
			await delivery.deliver();
			expect(await readFile(victim, "utf8")).toBe("a stranger's");
		},
	);

	test("goes where the image does not come", async () => {
		const delivery = await deliveryOf(Array(5).fill(status(403)));
		await failureOf(delivery.deliver());
		expect(await delivery.files()).toEqual([]);
	});
});

describe("a file system", () => {
	/** Where links fail with this code, and what is done instead is told. */
	async function withoutLinks(code: string) {
		const steps: string[] = [];
		const delivery = await deliveryOf([whole(image)]);
		recordFiles(({ kind, path: changed, to }) => {
			const file = path.basename(to ?? changed);
			if (file === "garden.jpg") steps.push(kind);
			if (kind === "link") throw systemError(code);
		});
		return { ...delivery, steps };
	}

	test.each(["EPERM", "ENOTSUP", "ENOSYS", "EMLINK", "EXDEV", "EACCES"])(
		"without hard links (%s) takes the name with an empty file first, and the job knows of it",
		async (code) => {
			const {
				deliver: bring,
				steps,
				target,
				jobOnDisk,
			} = await withoutLinks(code);
			await bring();
			expect(steps).toEqual(["link", "create", "rename"]);
			expect(await readFile(target)).toEqual(image);
			expect((await jobOnDisk())?.stage).toMatchObject({ isReserved: true });
		},
	);

	test.each(["ENOSPC", "EDQUOT", "EIO", "EROFS"])(
		"that is in trouble (%s) is told as such",
		async (code) => {
			const { deliver: bring, steps, files } = await withoutLinks(code);
			expect((await failureOf(bring())).code).toBe("disk");
			expect([steps, await files()]).toEqual([["link"], []]);
		},
	);
});

test("the same image in its place, brought by another state folder, is the image", async () => {
	const delivery = await deliveryOf([whole(image)]);
	await writeFile(delivery.target, image);
	expect(await delivery.deliver()).toMatchObject({ path: delivery.target });
	expect(await delivery.files()).toEqual(["garden.jpg"]);
});
