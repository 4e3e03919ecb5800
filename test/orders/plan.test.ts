import path from "node:path";
import { describe, expect, test } from "vitest";
import { plannedPath } from "../../src/names/places.ts";
import { type Order, planJobs } from "../../src/orders/plan.ts";
import { findModel } from "../models/find-model.ts";
import { counter, makeOrder } from "../purchase/orders.ts";

const nowMs = new Date(2026, 10, 3, 12).getTime();

function plan(order: Partial<Order>, random = counter()) {
	return planJobs(makeOrder(order), { cwd: "/home/ann", nowMs, random });
}

const pathsOf = async (order: Partial<Order>) =>
	(await plan(order)).map(({ job }) => plannedPath(job));

test("one image has everything that is needed to buy it and to bring it home", async () => {
	const [planned] = await plan({
		seeds: [42],
		model: findModel("pro"),
		input: { width: 1_024 },
		output: "garden.jpg",
		force: true,
		sidecar: true,
		callbackUrl: "https://example.com/hook",
		project: "spring",
	});
	const uuid = expect.stringMatching(
		/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
	);
	expect(planned).toEqual({
		key: expect.stringMatching(/^[0-9a-f]{32}$/),
		path: "/home/ann/garden.jpg",
		job: {
			version: 1,
			ref: uuid,
			clientRef: planned?.job.ref,
			service: "https://api.test",
			model: "black-forest-labs/flux-1-1-pro",
			body: JSON.stringify({
				input: { width: 1_024, prompt: "a garden", seed: 42 },
				client_ref: planned?.job.ref,
				metadata: { job: planned?.job.ref },
				callback_url: "https://example.com/hook",
			}),
			prompt: "a garden",
			seed: 42,
			output: {
				path: "/home/ann/garden.jpg",
				force: true,
				sidecar: true,
				formats: ["jpeg", "png", "webp"],
			},
			group: uuid,
			index: 1,
			project: "spring",
			priceMicros: 40_000,
			createdAt: new Date(nowMs).toISOString(),
			command: 'flux-ultra "a garden"',
			stage: { name: "planned" },
		},
	});
});

test("without a callback none is sent", async () => {
	const [planned] = await plan({ seeds: [1] });
	expect(Object.keys(JSON.parse(planned?.job.body ?? ""))).toEqual([
		"input",
		"client_ref",
		"metadata",
	]);
});

test("several images have one group, and each its own reference, seed, key and index", async () => {
	const planned = await plan({ seeds: [undefined, undefined, undefined] });
	const distinct = (values: readonly unknown[]) => new Set(values).size;
	expect(planned.map(({ job }) => job.index)).toEqual([1, 2, 3]);
	expect(distinct(planned.map(({ job }) => job.group))).toBe(1);
	expect(distinct(planned.map(({ job }) => job.ref))).toBe(3);
	expect(distinct(planned.map(({ job }) => job.seed))).toBe(3);
	expect(distinct(planned.map(({ key }) => key))).toBe(3);
	for (const { job } of planned)
		expect(JSON.parse(job.body).input.seed).toBe(job.seed);
});

describe("the same command has the same keys", () => {
	const keysOf = async (order: Partial<Order>) =>
		(await plan(order, Math.random)).map(({ key }) => key);

	test("also where its seeds are fresh each time", async () => {
		const seeds = [undefined, undefined];
		expect(await keysOf({ seeds })).toEqual(await keysOf({ seeds }));
	});

	test("and a longer one begins with those of the shorter one", async () => {
		const three = await keysOf({ seeds: Array(3).fill(undefined) });
		const two = await keysOf({ seeds: Array(2).fill(undefined) });
		expect(three.slice(0, 2)).toEqual(two);
	});

	test("for a seed wherever it stands in the list", async () => {
		const [, five] = await keysOf({ seeds: [3, 5] });
		expect(await keysOf({ seeds: [5] })).toEqual([five]);
	});

	test.each<[string, Partial<Order>]>([
		["prompt", { prompts: [{ prompt: "a desert", choices: [] }] }],
		["model", { model: findModel("pro") }],
		["place", { output: "other/" }],
		["input", { model: findModel("pro"), input: { width: 700 } }],
		["service", { service: "sandbox" }],
		["seed", { seeds: [1] }],
	])("but not with another %s", async (_what, change) => {
		expect(await keysOf(change)).not.toEqual(await keysOf({}));
	});
});

// What version 0.1.0 computed: by these an image that was bought is found again. A change of one makes users pay again.
test.each<[Partial<Order>, readonly string[]]>([
	[
		{ seeds: [undefined, undefined] },
		["ffa2a9f7b2edc6434448d6282a8ebd8e", "f352848a2a03d8b19ebf1bec1f936272"],
	],
	[{ seeds: [42], output: "out/" }, ["2044521b1c3b553aea7fa93c97ddf4d2"]],
	[
		{ seeds: [42], output: "{index}-{slug}.{ext}" },
		["5929300bbabba3a870336d4403014758"],
	],
	[{ seeds: [42], output: "-" }, ["121b870a7c06baf65f2db0e8a378a453"]],
])(
	"the keys of %j are the ones by which they are known",
	async (order, keys) => {
		const planned = await plan(order);
		expect(planned.map(({ key }) => key)).toEqual(keys);
	},
);

describe("names", () => {
	test.each<[string, Partial<Order>, (string | null)[]]>([
		["one without -o", { seeds: [42] }, ["/home/ann/a-garden-42.jpg"]],
		[
			"in a folder",
			{ seeds: [1, 2], output: "out/" },
			["/home/ann/out/a-garden-1.jpg", "/home/ann/out/a-garden-2.jpg"],
		],
		[
			"by index, padded to the number of images",
			{
				seeds: Array.from({ length: 10 }, (_, at) => at),
				output: "{index}.jpg",
			},
			["01", "02", "03", "04", "05", "06", "07", "08", "09", "10"].map(
				(index) => `/home/ann/${index}.jpg`,
			),
		],
		[
			"by day, model and words",
			{ seeds: [1], output: "{date}/{model}/{slug}.{ext}" },
			["/home/ann/2026-11-03/flux-1-1-pro-ultra/a-garden.jpg"],
		],
		[
			"by the run, which comes later",
			{ seeds: [1], output: "{run}.{ext}" },
			["/home/ann/{run}.jpg"],
		],
		[
			"by a format that is open",
			{ seeds: [1], model: findModel("pro") },
			["/home/ann/a-garden-1.jpg"],
		],
		[
			"with braces of their own",
			{ seeds: [1], output: "{{x}}-{seed}.jpg" },
			["/home/ann/{x}-1.jpg"],
		],
		["stdout", { seeds: [1], output: "-" }, [null]],
	])("%s", async (_what, order, paths) => {
		expect(await pathsOf(order)).toEqual(paths);
	});

	test("of a prompt that tries to climb out stay in the folder", async () => {
		const prompt = "../../etc/passwd\u0000\u001b[31m 🎉";
		const prompts = [{ prompt, choices: [] }];
		const [file] = await pathsOf({ seeds: [1], prompts, output: "out/" });
		expect(path.dirname(file ?? "")).toBe("/home/ann/out");
	});
});

describe("several prompts", () => {
	const prompts = ["red", "blue"].map((colour) => ({
		prompt: `a ${colour} mug`,
		choices: [colour],
	}));

	test("share each seed, also one that is made, and have a group of all of them", async () => {
		const planned = await plan({ prompts, seeds: [7, undefined] });
		const made = planned[2]?.job.seed;
		expect(made).not.toBe(7);
		expect(
			planned.map(({ job }) => [
				job.prompt,
				job.seed,
				job.hasFreshSeed,
				job.index,
				job.groupSize,
			]),
		).toEqual([
			["a red mug", 7, undefined, 1, 4],
			["a blue mug", 7, undefined, 2, 4],
			["a red mug", made, true, 3, 4],
			["a blue mug", made, true, 4, 4],
		]);
	});

	test("are each what it would be alone", async () => {
		const keyOf = async (order: Partial<Order>) =>
			(await plan({ seeds: [7], output: "out/", ...order })).map(
				({ key }) => key,
			);
		const alone = await Promise.all(
			prompts.map((prompt) => keyOf({ prompts: [prompt] })),
		);
		expect(await keyOf({ prompts })).toEqual(alone.flat());
	});

	test("have the chosen words in their names, made safe", async () => {
		const risky = [
			{ prompt: "a red mug", choices: ["red"] },
			{ prompt: "a mug", choices: ["../..//etc/CON: {run}"] },
		];
		expect(
			await pathsOf({ prompts: risky, seeds: [7], output: "m/{1}/{seed}.jpg" }),
		).toEqual(["/home/ann/m/red/7.jpg", "/home/ann/m/_etc_CON_ {run}/7.jpg"]);
	});

	test("that are cut in their names are told apart by the chosen words", async () => {
		const long = ["red", "blue"].map((colour) => ({
			prompt: `${"a very long description ".repeat(4)} in ${colour}`,
			choices: [colour],
		}));
		const start = "a-very-long-description-a-very-long-description-a";
		expect(await pathsOf({ prompts: long, seeds: [7] })).toEqual([
			`/home/ann/red-${start}-very-7.jpg`,
			`/home/ann/blue-${start}-very-7.jpg`,
		]);
	});
});
