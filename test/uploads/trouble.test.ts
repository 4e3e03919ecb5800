import { truncate, unlink, writeFile } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { Failure } from "../../src/errors.ts";
import type { AssetApi } from "../../src/runflow/assets.ts";
import type { SourceImage } from "../../src/uploads/source-image.ts";
import { problem, reset } from "../purchase/fake-client.ts";
import { failureOf } from "../purchase/job-world.ts";
import { tinyJpeg } from "../tiny-jpeg.ts";
import { once, taken, uploadWorld } from "./upload-world.ts";

describe("trouble that passes is waited out", () => {
	const announced = ["announce", ...once];
	const confirmedAgain = [...once, "confirm"];
	/** A link for each try of the bytes. */
	const sentAgain = ["announce", "put", ...once];

	test.each<[string, readonly string[], readonly number[]]>([
		["upload:reset-before@1", announced, [1_000]],
		["upload:reset-after@1", announced, [1_000]],
		["upload:hang-before@1", announced, [1_000]],
		["upload:html@1", announced, [1_000]],
		["upload:503-html@1", announced, [1_000]],
		["upload:garbage@1", announced, [1_000]],
		["upload:nonsense@1", announced, [1_000]],
		["upload:429@1", announced, [1_000]],
		["upload:429-retry-after=7s@1", announced, [7_000]],
		["upload:500@1", announced, [1_000]],
		["put:reset-before@1", sentAgain, [1_000]],
		["put:reset-after@1", sentAgain, [1_000]],
		["put:hang-after@1", sentAgain, [1_000]],
		["put:500@1", sentAgain, [1_000]],
		["put:503@1", sentAgain, [1_000]],
		["put:expire@1", sentAgain, [0]],
		["upload:reset-before@3", confirmedAgain, [1_000]],
		["upload:reset-after@3", confirmedAgain, [1_000]],
		["upload:html@3", confirmedAgain, [1_000]],
		["upload:empty@3", confirmedAgain, [1_000]],
		["upload:500-after@3", confirmedAgain, [1_000]],
		["upload:nonsense@3", once, []],
		["upload:status-200", once, []],
	])("%s", async (fault, expected, waits) => {
		const { open, image, steps, clock, notes } = await uploadWorld({
			faults: [fault],
			timesOutAtOnce: true,
		});
		await open().urlFor(await image());

		expect(steps()).toEqual(expected);
		expect(clock.sleeps).toEqual(waits);
		expect(notes).toHaveLength(waits.length);
	});

	test("and told with the time until the next try", async () => {
		const { open, image, notes } = await uploadWorld({
			faults: ["upload:503@1", "put:expire@1", "put:500@2"],
		});
		await open().urlFor(await image());

		expect(notes).toEqual([
			"SERVICE_UNAVAILABLE: Something went wrong on our side; trying again in 1 s",
			"the storage answered 403 (AccessDenied) to the upload; trying again in 0 s",
			"the storage answered 500 (InternalError) to the upload; trying again in 2 s",
		]);
	});

	test("by the vendor's rule: five times, each wait twice as long", async () => {
		const { open, image, clock, steps } = await uploadWorld({
			faults: ["put:5xx@1-4"],
		});
		await open().urlFor(await image());

		expect(clock.sleeps).toEqual([1_000, 2_000, 4_000, 8_000]);
		expect(steps().filter((step) => step === "put")).toHaveLength(5);
	});

	test("a storage that asks for an hour is not heard that long", async () => {
		const { open, image, clock } = await uploadWorld();
		let tries = 0;
		const transport = {
			async putFile() {
				tries += 1;
				const status = tries === 1 ? 503 : 200;
				return { status, headers: { "retry-after": "3600" }, text: "" };
			},
		};
		await open({ ...taken, transport }).urlFor(await image());

		expect(clock.sleeps).toEqual([32_000]);
	});
});

describe("trouble that stays is a failure, and nothing was charged", () => {
	test.each<[string, object, number]>([
		["upload:no-key", { code: "auth", httpStatus: 401, retryable: false }, 1],
		["upload:forbidden", { code: "auth", httpStatus: 403 }, 1],
		["upload:422", { code: "run_failed", httpStatus: 422 }, 1],
		["upload:400", { code: "run_failed", httpStatus: 400 }, 1],
		["upload:429", { code: "rate_limited", retryable: true }, 5],
		["upload:503", { code: "unavailable", retryable: true }, 5],
		["upload:reset-before", { code: "network", retryable: true }, 5],
		["upload:html", { code: "bad_response" }, 5],
		["put:500", { code: "unavailable", httpStatus: 500 }, 10],
		["put:expire", { code: "unavailable", httpStatus: 403 }, 10],
		["put:reset-after", { code: "network", retryable: true }, 10],
	])("%s: %j after %i requests", async (fault, expected, requests) => {
		const { open, image, sent } = await uploadWorld({ faults: [fault] });
		const failure = await failureOf(open().urlFor(await image()));

		expect(failure).toMatchObject({ ...expected, charged: "no" });
		expect(failure.message).toMatch(/^photo\.jpg was not uploaded: ./);
		expect(failure.hint).toBeTruthy();
		expect(sent).toHaveLength(requests);
	});

	test("and a service that knows of no uploads is no matter of models and runs", async () => {
		const { open, image } = await uploadWorld();
		const assets = {
			announce: () => Promise.reject(problem(404)),
			confirm: () => expect.fail("nothing is to be confirmed"),
		};
		const failure = await failureOf(open({ assets }).urlFor(await image()));

		expect(failure).toMatchObject({
			code: "bad_response",
			httpStatus: 404,
			hint: "give the https address of the image instead",
		});
	});

	test("and is not remembered: the next one tries again", async () => {
		const { open, image, sandbox, steps } = await uploadWorld({
			faults: ["upload:no-key"],
		});
		const uploads = open();
		await failureOf(uploads.urlFor(await image()));
		sandbox.setFaults([]);
		await uploads.urlFor(await image());

		expect(steps()).toEqual(["announce", ...once]);
	});

	test.each([
		[307, "the storage answered 307 to the upload"],
		[400, "the storage answered 400 (EntityTooLarge) to the upload"],
	])("a storage that answers %i is asked once", async (status, message) => {
		const { open, image, steps } = await uploadWorld();
		const text = status === 400 ? "<Code>EntityTooLarge</Code>" : "";
		const transport = {
			putFile: async () => ({ status, headers: {}, text }),
		};
		const failure = await failureOf(open({ transport }).urlFor(await image()));

		expect(failure).toMatchObject({
			code: "unavailable",
			message: `photo.jpg was not uploaded: ${message}`,
			retryable: false,
			charged: "no",
		});
		expect(steps()).toEqual(["announce"]);
	});
});

describe("a confirmation", () => {
	/** The answers to each try of the last step, and how many there were. */
	async function confirmWith(...answers: readonly (Error | { id: string })[]) {
		const { open, image, clock } = await uploadWorld();
		const left = [...answers];
		const assets: AssetApi = {
			...taken.assets,
			confirm: async () => {
				const answer = left.shift() ?? expect.fail("not in the script");
				if (answer instanceof Error) throw answer;
				return answer;
			},
		};
		const url = open({ ...taken, assets }).urlFor(await image());
		await url.catch(() => {});
		expect(left).toEqual([]);
		return { url, clock };
	}
	const conflict = problem(409, { code: "CONFLICT" });

	test.each([[conflict], [problem(404)]])(
		"that comes before the service knows of the bytes is made again: %s",
		async (early) => {
			const { url, clock } = await confirmWith(early, { id: "b" });
			expect(await url).toBe("runflow://assets/b");
			expect(clock.sleeps).toEqual([1_000]);
		},
	);

	test("whose answer got lost, and that is refused the second time, was made", async () => {
		const { url } = await confirmWith(reset, conflict);
		expect(await url).toBe("runflow://assets/a");
	});

	test("that was turned away unread was not made", async () => {
		const { url } = await confirmWith(problem(429), conflict, { id: "b" });
		expect(await url).toBe("runflow://assets/b");
	});

	test("that is always refused fails", async () => {
		const answers = Array.from({ length: 5 }, () => conflict);
		const failure = await failureOf((await confirmWith(...answers)).url);
		expect(failure).toMatchObject({ httpStatus: 409, charged: "no" });
	});
});

describe("a file that is another one when it is sent", () => {
	const bytes = tinyJpeg({ sizeBytes: 300_000 });
	const middle = Buffer.from(bytes);
	middle[150_000] = 0x56;
	const last = Buffer.from(bytes);
	last[299_990] = 0x56;

	test.each<[string, (image: SourceImage) => Promise<void>]>([
		["changed in the middle", ({ path }) => writeFile(path, middle)],
		["changed at its end", ({ path }) => writeFile(path, last)],
		["shorter", ({ path }) => truncate(path, 299_999)],
		[
			"longer",
			({ path }) => writeFile(path, Buffer.concat([bytes, Buffer.alloc(1)])),
		],
		["much longer", ({ path }) => writeFile(path, Buffer.alloc(900_000))],
		["gone", ({ path }) => unlink(path)],
	])("%s: neither arrives whole nor is confirmed", async (_how, change) => {
		const { open, image, sent, steps, sandbox } = await uploadWorld();
		const source = await image(bytes);
		await change(source);
		const failure = await failureOf(open().urlFor(source));
		const [announced] = sent;

		expect(failure).toMatchObject({
			code: "usage",
			message: "photo.jpg changed while it was being used",
			charged: "no",
		});
		expect(steps()).toEqual(["announce", "put"]);
		expect(announced?.url.origin).toBe(sandbox.apiUrl);
	});
});

describe("an interrupt", () => {
	const interrupted = new Failure("interrupted", "stopped by SIGINT");

	test.each<[string, number]>([
		["upload:hang-before", 1],
		["put:hang-before", 2],
	])(
		"ends a request with its own reason: %s, request %i",
		async (fault, requests) => {
			const { open, image, sandbox } = await uploadWorld({ faults: [fault] });
			const controller = new AbortController();
			const { signal } = controller;
			const ended = expect(open({ signal }).urlFor(await image())).rejects.toBe(
				interrupted,
			);
			while (sandbox.summary().requests < requests) await setImmediate();
			controller.abort(interrupted);
			await ended;
		},
	);

	test("ends the wait before another try", async () => {
		const { open, image, clock, steps } = await uploadWorld({
			faults: ["upload:500"],
		});
		const startedAt = clock.now();
		const controller = new AbortController();
		const { signal } = controller;
		const note = () => controller.abort(interrupted);
		const url = open({ note, signal }).urlFor(await image());
		await expect(url).rejects.toBe(interrupted);
		// By then the clock has woken whoever sleeps.
		await setImmediate();

		expect(clock.now()).toBe(startedAt);
		expect(steps()).toEqual(["announce"]);
	});

	test("before an upload sends nothing", async () => {
		const { open, image, sent } = await uploadWorld();
		const signal = AbortSignal.abort(interrupted);
		const url = open({ signal }).urlFor(await image());

		await expect(url).rejects.toBe(interrupted);
		expect(sent).toEqual([]);
	});
});
