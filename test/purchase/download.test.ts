import fs, { readdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { inspectImage } from "../../src/images/inspect.ts";
import type { JobContext } from "../../src/purchase/context.ts";
import { download } from "../../src/purchase/deliver/download.ts";
import { service } from "../../src/runflow/service.ts";
import type { Transport } from "../../src/runflow/transport.ts";
import { diskFailure } from "../../src/system/disk-failure.ts";
import { FakeClock } from "../fake-clock.ts";
import { recordFiles, systemError } from "../record-files.ts";
import { tinyJpeg } from "../tiny-jpeg.ts";
import { problem, reset } from "./fake-client.ts";
import {
	failureOf,
	interrupted,
	type JobWorld,
	jobWorld,
} from "./job-world.ts";
import {
	cutAt,
	headOnly,
	part,
	type Reply,
	realTransport,
	startStorage,
	status,
	whole,
} from "./storage.ts";

const image = Buffer.from(
	Array.from({ length: 1_000 }, (_, at) => `line ${at}\n`).join(""),
);
const other = Buffer.from(image.toString().toUpperCase());
const tag = { etag: '"one"' };

/** Downloads from a storage that answers by a script. */
async function downloadWith(
	replies: readonly Reply[],
	options: {
		readonly refresh?: (url: string) => Promise<string | undefined>;
		/** Where the image goes, below the world's folder. */
		readonly file?: readonly string[];
		readonly before?: (file: string) => unknown;
		readonly context?: (world: JobWorld) => Partial<JobContext>;
	} = {},
) {
	const storage = await startStorage(...replies);
	const world = await jobWorld({}, { transport: await realTransport() });
	const context: JobContext = {
		...world.context,
		emit: (event) => {
			world.context.emit(event);
			if (event.type === "downloading")
				storage.noteReceived(event.receivedBytes);
		},
		...options.context?.(world),
	};
	const file = path.join(world.folder, ...(options.file ?? ["image.part"]));
	const refresh = options.refresh ?? (() => expect.fail("no fresh link"));
	const source = {
		url: `${storage.url}/image.jpg?signature=1`,
		refresh: () => refresh(storage.url),
	};
	await options.before?.(file);
	return { ...world, storage, file, done: download(source, file, context) };
}

const unanswered: Reply = ({ socket }) => socket.destroy();

const first = {
	path: "/image.jpg?signature=1",
	range: undefined,
	ifRange: undefined,
};

test("an image comes in one request, and how far it is is told", async () => {
	const { done, file, storage, events, clock } = await downloadWith([
		whole(image, tag),
	]);
	await done;
	expect(await readFile(file, "utf8")).toBe(String(image));
	expect(storage.asked()).toEqual([first]);
	expect(clock.sleeps).toEqual([]);
	expect(events.at(-1)).toEqual({
		type: "downloading",
		receivedBytes: image.length,
		totalBytes: image.length,
	});
});

describe("what an image is", () => {
	const jpeg = tinyJpeg();
	const half = Math.floor(jpeg.length / 2);
	const packed = gzipSync(jpeg);
	const gzip = { "content-encoding": "gzip" };

	test.for<[string, readonly Reply[]]>([
		["comes whole", [whole(jpeg, tag)]],
		["was cut", [cutAt(half, whole(jpeg, tag)), part(jpeg, half, tag)]],
		["was another", [cutAt(half, whole(image, tag)), whole(jpeg)]],
		["comes packed", [whole(packed, gzip)]],
	])("is known without another look where it %s", async ([, replies]) => {
		const { done, file } = await downloadWith(replies);
		expect((await done).facts()).toEqual(await inspectImage(file));
	});

	test("is told when all of it is there, and may be nothing", async () => {
		const { done, file } = await downloadWith([whole(image, tag)]);
		const draft = await done;
		expect(() => draft.facts()).toThrow(/^This is not an image/);
		expect(await readFile(file)).toEqual(image);
	});
});

test("the storage learns neither the key nor anything else of ours but who asks", async () => {
	const { done, storage } = await downloadWith([whole(image)]);
	await done;
	expect(storage.requests[0]?.headers).toEqual({
		host: new URL(storage.url).host,
		connection: "keep-alive",
		"user-agent": "flux-ultra/0.0.0",
		"accept-encoding": "identity",
		accept: "image/*,*/*;q=0.5",
	});
});

test("an image of which nobody says how long it is ends with its connection", async () => {
	const { done, file, events } = await downloadWith([
		(_request, response) => {
			response.writeHead(200).write(image.subarray(0, 500));
			response.end(image.subarray(500));
		},
	]);
	await done;
	expect(await readFile(file, "utf8")).toBe(String(image));
	expect(events.at(-1)).toMatchObject({ totalBytes: undefined });
});

test.each([
	["a file", (file: string) => writeFile(file, "somebody's")],
	[
		"a link that somebody planted",
		(file: string) => symlink(`${file}.elsewhere`, file),
	],
])("never goes into %s that has its name", async (_what, before) => {
	const { done, folder } = await downloadWith([], { before });
	expect((await failureOf(done)).code).toBe("disk");
	expect(await readdir(folder)).toEqual([".state", "image.part"]);
});

describe("a download that is cut", () => {
	test("goes on where it was, if the file is still the same, at once", async () => {
		const { done, file, storage, clock, notes } = await downloadWith([
			cutAt(3_000, whole(image, tag)),
			cutAt(5_000, part(image, 3_000, tag)),
			part(image, 5_000, tag),
		]);
		await done;
		expect(await readFile(file, "utf8")).toBe(String(image));
		expect(storage.asked()).toEqual([
			first,
			{ ...first, range: "bytes=3000-", ifRange: '"one"' },
			{ ...first, range: "bytes=5000-", ifRange: '"one"' },
		]);
		expect(clock.sleeps).toEqual([]);
		expect(notes()).toHaveLength(2);
		expect(notes()[0]).toMatch(/^connection .*: 127\.0\.0\.1:\d+; going on$/);
	});

	test("goes on where the storage gives a piece of the rest only", async () => {
		const piece: Reply = (_request, response) => {
			response.writeHead(206, {
				"content-range": `bytes 3000-4999/${image.length}`,
				"content-length": 2_000,
				...tag,
			});
			response.end(image.subarray(3_000, 5_000));
		};
		const { done, file, storage, notes } = await downloadWith([
			cutAt(3_000, whole(image, tag)),
			piece,
			part(image, 5_000, tag),
		]);
		await done;
		expect(await readFile(file, "utf8")).toBe(String(image));
		expect(storage.asked()[2]).toMatchObject({ range: "bytes=5000-" });
		expect(notes()[1]).toBe(
			`the download ended after 5000 of ${image.length} bytes; going on`,
		);
	});

	test("starts again where ranges are not honoured", async () => {
		const { done, file } = await downloadWith([
			cutAt(3_000, whole(image, tag)),
			whole(image, tag),
		]);
		await done;
		expect(await readFile(file, "utf8")).toBe(String(image));
	});

	test("starts again where the file has changed meanwhile, and is shorter", async () => {
		const changed = other.subarray(0, 2_000);
		const { done, file } = await downloadWith([
			cutAt(3_000, whole(image, tag)),
			whole(changed, { etag: '"two"' }),
		]);
		await done;
		expect(await readFile(file, "utf8")).toBe(String(changed));
	});

	test("starts again where a part of another file comes in spite of If-Range", async () => {
		const { done, file, storage } = await downloadWith([
			cutAt(3_000, whole(image, tag)),
			part(other, 3_000, { etag: '"two"' }),
			whole(other, { etag: '"two"' }),
		]);
		await done;
		expect(await readFile(file, "utf8")).toBe(String(other));
		expect(storage.asked()[2]).toEqual(first);
	});

	test("starts again where another part comes than the one asked for", async () => {
		const { done, file, storage } = await downloadWith([
			cutAt(3_000, whole(image, tag)),
			part(image, 2_000, tag),
			whole(image, tag),
		]);
		await done;
		expect(await readFile(file, "utf8")).toBe(String(image));
		expect(storage.asked()[2]).toEqual(first);
	});

	test("starts again where the validator is that of an answer that brought nothing", async () => {
		const { done, file, storage } = await downloadWith([
			headOnly(whole(other, tag)),
			cutAt(500, whole(image)),
			whole(image),
		]);
		await done;
		expect(await readFile(file)).toEqual(image);
		expect(storage.asked()).toEqual([first, first, first]);
	});

	test("starts again where the storage cannot give the rest (416)", async () => {
		const { done, file, storage } = await downloadWith(
			[
				cutAt(3_000, whole(image, tag)),
				status(416),
				whole(image.subarray(0, 2_500), tag),
			],
			{ refresh: async (url) => `${url}/fresh.jpg` },
		);
		await done;
		expect(await readFile(file, "utf8")).toBe(String(image.subarray(0, 2_500)));
		expect(storage.asked()[2]).toMatchObject({ range: undefined });
	});

	test.each([
		["has none", {}],
		["has a weak one", { etag: 'W/"one"' }],
	])("starts again where the file's validator %s", async (_what, headers) => {
		const { done, file, storage } = await downloadWith([
			cutAt(3_000, whole(image, headers)),
			whole(image, headers),
		]);
		await done;
		expect(await readFile(file, "utf8")).toBe(String(image));
		expect(storage.asked()).toEqual([first, first]);
	});

	test("is given up after five tries that brought nothing, with pauses that grow", async () => {
		const { done, clock, storage } = await downloadWith(
			Array(5).fill(headOnly(whole(image, tag))),
		);
		expect(await failureOf(done)).toMatchObject({
			code: "network",
			retryable: true,
		});
		expect(storage.requests).toHaveLength(5);
		expect(clock.sleeps).toEqual([1_000, 2_000, 4_000]);
	});

	test.for<[string, Reply, number, number]>([
		[
			"of a batch is tried again until the time is over where nothing is reached",
			unanswered,
			30_000,
			6,
		],
		[
			"of a batch is given up after as many tries as ever where the time is over",
			unanswered,
			0,
			5,
		],
		[
			"of a batch is given up after five tries where the storage answers",
			status(503),
			300_000,
			5,
		],
	])("%s", async ([, reply, timeoutMs, tries]) => {
		const { done, clock, storage } = await downloadWith(Array(9).fill(reply), {
			context: ({ clock }) => ({
				isUnattended: true,
				deadlineMs: clock.elapsed() + timeoutMs,
			}),
		});
		expect((await failureOf(done)).retryable).toBe(true);
		expect([storage.requests.length, clock.sleeps]).toEqual([
			tries,
			[1_000, 2_000, 4_000, 8_000].slice(0, tries - 2),
		]);
	});

	test("is not given up as long as each try brings something", async () => {
		const steps = Array.from({ length: 11 }, (_, at) => (at + 1) * 700);
		const { done, file, clock } = await downloadWith([
			cutAt(700, whole(image, tag)),
			...steps.map((from) => cutAt(from + 700, part(image, from, tag))),
			part(image, 8_400, tag),
		]);
		await done;
		expect(await readFile(file, "utf8")).toBe(String(image));
		expect(clock.sleeps).toEqual([]);
	});
});

describe("a storage that refuses", () => {
	test.each([400, 401, 403, 404, 410])(
		"with %i has an old link: the fresh one of the run is used, at once",
		async (code) => {
			const { done, file, storage, clock } = await downloadWith(
				[status(code), whole(image)],
				{ refresh: async (url) => `${url}/fresh.jpg?signature=2` },
			);
			await done;
			expect(await readFile(file, "utf8")).toBe(String(image));
			expect(storage.asked()[1]?.path).toBe("/fresh.jpg?signature=2");
			expect(clock.sleeps).toEqual([]);
		},
	);

	test("in the middle of a download has the rest of it under the fresh link", async () => {
		const { done, file, storage } = await downloadWith(
			[cutAt(3_000, whole(image, tag)), status(403), part(image, 3_000, tag)],
			{ refresh: async (url) => `${url}/fresh.jpg` },
		);
		await done;
		expect(await readFile(file, "utf8")).toBe(String(image));
		expect(storage.asked()[2]).toEqual({
			path: "/fresh.jpg",
			range: "bytes=3000-",
			ifRange: '"one"',
		});
	});

	test.each([429, 500, 503])(
		"with %i is asked again later, by the same link",
		async (code) => {
			const { done, storage, clock } = await downloadWith([
				status(code),
				status(code),
				whole(image),
			]);
			await done;
			expect(storage.asked()).toEqual([first, first, first]);
			expect(clock.sleeps).toEqual([1_000]);
		},
	);

	test("and says when to come again is asked then, within reason", async () => {
		const { done, clock } = await downloadWith([
			status(503, { "retry-after": "3" }),
			status(503, { "retry-after": "3" }),
			status(503, { "retry-after": "3600" }),
			whole(image),
		]);
		await done;
		expect(clock.sleeps).toEqual([3_000, 3_000, 32_000]);
	});

	test("five times is given up; the image stays paid", async () => {
		const { done, storage, file } = await downloadWith(
			Array(5).fill(status(403)),
			{ refresh: async (url) => `${url}/fresh.jpg` },
		);
		const failure = await failureOf(done);
		expect({ ...failure, message: failure.message }).toMatchObject({
			code: "unavailable",
			message: "the storage answered 403 to the image's link",
			retryable: true,
			httpStatus: 403,
		});
		expect(storage.requests).toHaveLength(5);
		expect(await readFile(file, "utf8")).toBe("");
	});

	test("and a run that has no link any more end it", async () => {
		const { done } = await downloadWith([status(403)], {
			refresh: async () => undefined,
		});
		expect((await failureOf(done)).code).toBe("unavailable");
	});

	test.each([
		["is reset", reset],
		["answers 500", problem(500)],
		["answers 429", problem(429)],
		["answers in HTML", problem(200, { fromService: false })],
	])(
		"is no reason to stop where the run is read again and the service %s",
		async (_how, trouble) => {
			let reads = 0;
			const { done, file } = await downloadWith(
				[status(403), status(403), whole(image)],
				{
					refresh: async (url) => {
						reads += 1;
						if (reads === 1) throw trouble;
						return `${url}/fresh.jpg`;
					},
				},
			);
			await done;
			expect(await readFile(file, "utf8")).toBe(String(image));
			expect(reads).toBe(2);
		},
	);

	test("and a key that is refused when the run is read again end it as such", async () => {
		const { done } = await downloadWith([status(403)], {
			refresh: async () => {
				throw problem(401, { code: "UNAUTHORIZED" });
			},
		});
		expect(await failureOf(done)).toMatchObject({
			code: "auth",
			httpStatus: 401,
		});
	});
});

describe("more than any image has", () => {
	test("is not begun where the storage says so", async () => {
		let sent = false;
		const { done, storage } = await downloadWith([
			(_request, response) => {
				response.writeHead(200, {
					"content-length": service.maxImageBytes + 1,
				});
				response.flushHeaders();
				response.on("drain", () => {
					sent = true;
				});
			},
		]);
		expect(await failureOf(done)).toMatchObject({
			code: "bad_image",
			message: `what came is larger than ${service.maxImageBytes} bytes`,
		});
		expect(storage.requests).toHaveLength(1);
		expect(sent).toBe(false);
	});

	test("is not written where the storage says nothing", async () => {
		const tooMuch = { length: service.maxImageBytes + 1 } as Uint8Array;
		const openStream = async () => ({
			status: 200,
			headers: {},
			body: (async function* () {
				yield tooMuch;
			})(),
		});
		const { done, file } = await downloadWith([], {
			context: ({ context: { transport } }) => ({
				transport: { ...transport, openStream },
			}),
		});
		expect((await failureOf(done)).code).toBe("bad_image");
		expect(await readFile(file, "utf8")).toBe("");
	});
});

describe("a disk that takes no more", () => {
	test("ends the download as such", async () => {
		const { done, file } = await downloadWith([whole(image)], {
			before: (draft) =>
				recordFiles(({ kind, path: changed }) => {
					if (kind === "write" && changed === draft)
						throw systemError("ENOSPC");
				}),
		});
		const failure = await failureOf(done);
		expect({ ...failure, message: failure.message }).toMatchObject({
			code: "disk",
			message: `${path.dirname(file)} cannot be written: the disk is full`,
			retryable: true,
		});
	});

	test("but a part at a time has all of it in the end", async () => {
		const { open } = fs;
		onTestFinished(() => void Object.assign(fs, { open }));
		fs.open = async (...args) => {
			const handle = await open(...args);
			const { writev } = handle;
			handle.writev = (([piece]: [Buffer], at: number) =>
				writev.call(handle, [piece.subarray(0, 700)], at)) as typeof writev;
			return handle;
		};
		const { done, file } = await downloadWith([
			cutAt(5_000, whole(image, tag)),
			part(image, 5_000, tag),
		]);
		await done;
		expect(await readFile(file)).toEqual(image);
	});

	test("is not asked for where the folder is gone", async () => {
		const { done, file } = await downloadWith([], {
			file: ["gone", "image.part"],
		});
		const failure = await failureOf(done);
		expect([failure.code, failure.message]).toEqual([
			"disk",
			`${path.dirname(file)} cannot be written: no file can be made in this folder`,
		]);
	});

	test.each([
		["ENOSPC", "the disk is full"],
		["EDQUOT", "the disk quota is used up"],
		["EACCES", "permission denied"],
		["EPERM", "permission denied"],
		["EROFS", "the file system is read-only"],
		["ENOENT", "no file can be made in this folder"],
		["EIO", "the disk reports an error"],
		["EMFILE", "too many files are open"],
	])("%s is told as: %s", (code, words) => {
		const cause = Object.assign(new Error("system"), { code });
		const failure = diskFailure("/a/b.jpg", cause);
		expect({ ...failure, message: failure.message }).toEqual({
			name: "Failure",
			code: "disk",
			message: `/a/b.jpg cannot be written: ${words}`,
			hint: undefined,
			retryable: true,
			httpStatus: undefined,
			requestId: undefined,
			charged: undefined,
		});
		expect(failure.cause).toBe(cause);
	});
});

describe("an interrupt ends it", () => {
	test("inside the body", async () => {
		const half: Reply = (_request, response) => {
			response.writeHead(200, { "content-length": image.length });
			response.write(image.subarray(0, 3_000));
		};
		const { done } = await downloadWith([half], {
			context: ({ interrupt }) => ({ emit: interrupt }),
		});
		expect(await failureOf(done)).toBe(interrupted);
	});

	test("inside a pause", async () => {
		const { done, storage } = await downloadWith([status(503), status(503)], {
			context: ({ clock, interrupt }) => ({ clock: clock.before(interrupt) }),
		});
		expect(await failureOf(done)).toBe(interrupted);
		expect(storage.requests).toHaveLength(2);
	});
});

describe("a storage that packs unasked", () => {
	const packed = gzipSync(image);
	const head = { ...tag, "content-encoding": "gzip" };

	test("is counted by what it sends, continued there, and unpacked at the end", async () => {
		const { done, file, storage } = await downloadWith([
			cutAt(500, whole(packed, head)),
			part(packed, 500, head),
		]);
		await done;
		expect(await readFile(file, "utf8")).toBe(String(image));
		expect(storage.asked()[1]).toMatchObject({ range: "bytes=500-" });
	});

	test("and sends something else sends no image", async () => {
		const { done } = await downloadWith([whole(image, head)]);
		expect(await failureOf(done)).toMatchObject({
			code: "bad_image",
			message: "the answer is not packed as it says (gzip): the storage",
		});
	});
});

describe("a download that trickles", () => {
	/** Brings so many bytes at a time, between which so much time passes. */
	async function trickle(bytes: number, ms: number) {
		const requests: string[] = [];
		const clock = new FakeClock();
		const transport: Transport = {
			isLocal: true,
			fetchText: () => expect.fail(),
			putFile: () => expect.fail(),
			close: async () => {},
			openStream: async ({ headers }) => {
				requests.push(headers?.range ?? "all");
				return {
					status: requests.length === 1 ? 200 : 206,
					headers: { etag: '"one"', ...contentRange(headers?.range) },
					body: (async function* () {
						for (;;) {
							clock.advance(ms);
							yield Buffer.alloc(bytes);
						}
					})(),
				};
			},
		};
		const world = await jobWorld({}, { transport, clock });
		const file = path.join(world.folder, "image.part");
		const source = {
			url: "https://storage.test/a",
			refresh: () => expect.fail(),
		};
		return { requests, done: download(source, file, world.context) };
	}

	const contentRange = (range: string | undefined) =>
		range && { "content-range": `${range.replace("=", " ")}/1000000` };

	test("is cut and continued, and given up when it goes on so", async () => {
		const { requests, done } = await trickle(1, 1_000);
		expect(await failureOf(done)).toMatchObject({
			code: "network",
			message: "the storage sends less than 16 KiB in 15 s",
			retryable: true,
		});
		expect(requests).toEqual([
			"all",
			"bytes=15-",
			"bytes=30-",
			"bytes=45-",
			"bytes=60-",
		]);
	});

	test("is not what a slow line is", async () => {
		const { requests, done } = await trickle(2_000_000, 1_000);
		expect((await failureOf(done)).code).toBe("bad_image");
		expect(requests).toEqual(["all"]);
	});
});
