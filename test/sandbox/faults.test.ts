import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Failure } from "../../src/errors.ts";
import { createInjector } from "../../src/sandbox/faults/injector.ts";
import { parseFault } from "../../src/sandbox/faults/parse.ts";
import { pointTable } from "../../src/sandbox/faults/points.ts";
import { faultTable } from "../../src/sandbox/faults/table.ts";

const always = [1, 2, 3, 4, 5, 6, 7];

test.each([
	["post:reset-after@1", "post", "reset-after", 0, [1]],
	["image:cut%20", "image", "cut", 0, [1]],
	["429", "post", "429", 0, always],
	["post:429/5", "post", "429", 0, [5]],
	["poll:5xx@1,3", "poll", "5xx", 0, [1, 3]],
	["5xx@2-4,6-", "any", "5xx", 0, [2, 3, 4, 6, 7]],
	["slow", "any", "slow", 3_000, always],
	["slow=250ms@2", "any", "slow", 250, [2]],
	["image:slow=1.5s", "image", "slow", 1_500, always],
	["lookup-lag=1m", "list", "lookup-lag", 60_000, always],
	["429-retry-after=2", "post", "429-retry-after", 2_000, always],
	["expire", "image", "expire", 0, always],
	["link:expire@1", "link", "expire", 0, [1]],
	["moderated", "run", "moderated", 0, always],
	["post:moderated", "post", "moderated", 0, always],
	["html", "any", "html", 0, always],
	["image:html", "image", "html", 0, always],
	["no-lookup", "list", "no-lookup", 0, always],
	["503-html", "any", "503-html", 0, always],
	[" POST:Reset-Before ", "post", "reset-before", 0, always],
])("%j is read", (text, point, name, timeMs, turns) => {
	const { strikes, ...fault } = parseFault(text);
	expect(fault).toEqual({ text: text.trim(), point, name, timeMs });
	const struck = always.filter((turn) => strikes(turn, () => turn / 10));
	expect(struck).toEqual(turns);
});

test("a kind that is none is answered with those of its point alone", () => {
	const kinds = (text: string) => caught(() => parseFault(text)).hint;
	expect(kinds("post:nothing")).toContain("no-idempotency");
	expect(kinds("image:nothing")).not.toContain("no-idempotency");
});

test.each([
	["", "point:kind"],
	["post:", "point:kind"],
	["post:nothing", 'no kind "nothing"'],
	["nowhere:429", 'no point "nowhere"'],
	["image:no-idempotency", "no-idempotency strikes at: post"],
	["429@0", "no turn"],
	["429@3-2", "no turn"],
	["429/0", "count from 1"],
	["429%101", "at most 100"],
	["429=2s", "no time"],
	["slow=1.2.3s", "1.2.3"],
])("%j is a usage error that names it and lists what is known", (text, why) => {
	const failure = caught(() => parseFault(text));

	expect(failure).toMatchObject({ code: "usage" });
	expect(failure.message).toContain(`"${text}"`);
	expect(`${failure.message}`).toContain(why);
	expect(failure.hint).toContain("reset-after");
	expect(failure.hint).toContain("poll");
});

test("every point of the table is one that exists, and every name has words", () => {
	const points = pointTable.map(({ point }) => point);
	for (const entry of faultTable) {
		expect(points).toEqual(expect.arrayContaining([...entry.points]));
		expect(entry.does).not.toBe("");
		for (const point of entry.points)
			expect(parseFault(`${point}:${entry.name}`).name).toBe(entry.name);
	}
});

test("no name means two things at one point", () => {
	const places = faultTable.flatMap(({ name, points }) =>
		points.map((point) => `${point}:${name}`),
	);

	expect(new Set(places).size).toBe(places.length);
});

test("every fault of the table is proven by name in this folder", () => {
	const folder = import.meta.dirname;
	const tests = readdirSync(folder)
		.filter((file) => file.endsWith(".test.ts") && file !== "faults.test.ts")
		.map((file) => readFileSync(`${folder}/${file}`, "utf8"))
		.join("\n");
	const unproven = faultTable.filter(({ name, points }) => {
		const place = points.length === 1 ? `(?:${points[0]}:)?` : "(?:[a-z]+:)?";
		return !new RegExp(`["\`]${place}${name}["\`=@/%]`).test(tests);
	});

	expect(unproven.map(({ name }) => name)).toEqual([]);
});

test("turns are counted at each point for itself", () => {
	const injector = createInjector(
		[parseFault("post:429@2"), parseFault("poll:500@1")],
		1,
	);
	const struck = [
		injector.next(["any", "post"]),
		injector.next(["any", "poll"]),
		injector.next(["any", "post"]),
		injector.next(["any", "poll"]),
	];

	expect(struck.map(({ names }) => names)).toEqual([[], ["500"], ["429"], []]);
});

test("every nth, and a stretch without an end", () => {
	const injector = createInjector(
		[parseFault("429/3"), parseFault("503@5-")],
		1,
	);
	const struck = Array.from({ length: 6 }, () =>
		injector.next(["any", "post"]).names.join(),
	);

	expect(struck).toEqual(["", "", "429", "", "503", "429,503"]);
});

test("a rate strikes about as often as it says, in the same turns for the same seed", () => {
	const drawTurns = (seed: number, ...texts: readonly string[]) => {
		const injector = createInjector(texts.map(parseFault), seed);
		return Array.from({ length: 1_000 }, () =>
			injector.next(["image"]).has("cut"),
		);
	};
	const first = drawTurns(7, "image:cut%20");

	expect(first.filter(Boolean).length).toBeGreaterThan(150);
	expect(first.filter(Boolean).length).toBeLessThan(250);
	expect(drawTurns(7, "image:stall%50", "image:cut%20")).toEqual(first);
	expect(drawTurns(8, "image:cut%20")).not.toEqual(first);
});

test("other faults start to count anew", () => {
	const injector = createInjector([parseFault("429@1")], 1);
	injector.next(["post"]);
	injector.set([parseFault("post:500@1")]);

	expect(injector.next(["post"]).names).toEqual(["500"]);
	expect(injector.next(["post"]).names).toEqual([]);
});

function caught(act: () => unknown): Failure {
	try {
		act();
	} catch (error) {
		if (error instanceof Failure) return error;
		throw error;
	}
	throw new Error("nothing was thrown");
}
