import { expect, it } from "vitest";
import type { Point } from "../../src/sandbox/faults/points.ts";
import { readingTable } from "../../src/sandbox/faults/readings.ts";
import { faultTable } from "../../src/sandbox/faults/table.ts";
import {
	ending,
	expectEndings,
	readEndings,
	run,
	strikesOf,
} from "./endings.ts";
import { noise } from "./paint.ts";
import { createWorld } from "./world.ts";

/** How one image ends while a fault strikes at the order, at each look at the run, at the download. */
const endings = readEndings(`
                      post             poll             image
reset-before          network-         timeout+         network+
reset-after           comes            .                .
hang-before@1-2       comes            comes            comes
hang-after@1-2        comes            comes            .
slow=20ms             comes            .                .
html                  bad_response-    timeout+         bad_image+
html-502              unavailable-     .                .
503-html              unavailable-     .                .
no-key                auth-            auth+            .
forbidden             auth-            .                .
email-not-verified    auth-            .                .
no-organization       auth-            .                .
html-after            comes            timeout+         .
garbage               comes            timeout+         bad_image+
nonsense              comes            timeout+         .
empty                 comes            timeout+         bad_image+
cut                   comes            timeout+         *
cut@1-3               .                .                comes
html@1                .                .                comes
truncated@1-2         .                .                comes
expire@1              .                .                comes
404@1                 .                .                comes
429                   rate_limited-    timeout+         .
429-retry-after       rate_limited-    .                .
500-after             comes            .                .
503-after             *                .                .
400                   run_failed-      .                .
5xx                   unavailable-     timeout+         unavailable+
500                   unavailable-     .                .
502                   unavailable-     .                .
503                   unavailable-     .                .
504                   unavailable-     .                .
409                   bad_response-    .                .
no-credit             no_credit-       .                .
422                   run_failed-      .                .
404                   bad_response-    bad_response+    unavailable+
model-unavailable     unavailable-     .                .
moderated             moderated-       .                .
expire                .                .                unavailable+
stall@1-2             .                .                comes
wrong                 .                .                bad_image+
truncated             .                .                bad_image+
damaged               .                .                comes
smaller               .                .                comes
changed               .                .                comes
no-range              .                .                comes
no-etag               .                .                comes
no-length             .                .                comes
octet-stream          .                .                comes
endless               .                .                bad_image+
redirect              .                .                comes
redirect-loop         .                .                bad_response+
redirect-insecure     .                .                bad_response+
`);

/** How a run of each outcome ends, alone; and whether the same command afterwards buys a new one. */
const outcomes: Readonly<
	Record<string, readonly [string, "again" | "stays" | ""]>
> = {
	moderated: ["moderated-", "again"],
	failed: ["run_failed-", "again"],
	"validation-failed": ["run_failed-", "again"],
	canceled: ["canceled-", "again"],
	cancelled: ["canceled-", "again"],
	errored: ["run_failed-", "again"],
	timeout: ["run_failed-", "again"],
	"no-output": ["no_output+", "stays"],
	"late-output": ["comes", ""],
	partial: ["comes", ""],
	"unknown-status": ["comes", ""],
	stuck: ["timeout+", "stays"],
	long: ["comes", ""],
};

/** Points that an image does not pass, and the listing, which it passes where an answer was lost: lost-orders.test.ts. */
const besides: readonly Point[] = [
	...(["list", "logs", "auth", "balance", "models"] as const),
	...(["upload", "put", "callback"] as const),
];

it.each(endings.rows)("one image with %s", async (...row) => {
	await expectEndings(endings, row, (point, fault) => [`${point}:${fault}`]);
});

it.each([
	["reset-before", "unknown_charge?"],
	["reset-after", "unknown_charge?"],
	["hang-before@1-2", "comes"],
	["slow=20ms", "comes"],
	["html", "unknown_charge?"],
	["no-key", "auth-"],
	["garbage", "unknown_charge?"],
	["429", "rate_limited-"],
	["500-after", "unknown_charge?"],
	["5xx", "unknown_charge?"],
])("one image with any:%s", async (fault, end) => {
	expect(await ending([`any:${fault}`])).toBe(end);
});

it("one image whose links are too old whenever they are handed out", async () => {
	expect(await ending(["link:expire"])).toBe("unavailable+");
});

it.each(Object.entries(outcomes))(
	"a run that is %s",
	async (fault, [end, after]) => {
		const world = await createWorld({ faults: [`run:${fault}`] });
		expect(await run(world)).toBe(end);
		world.faults();
		const again = await run(world);
		const { runs, bought } = world.sandbox.summary();
		const isBilled = fault !== "stuck";
		switch (after) {
			case "again":
				expect([again, runs, bought]).toEqual(["comes", 2, 1]);
				break;
			case "stays":
				// Not bought by the command that found it.
				expect([again, runs, bought]).toEqual([
					end.replace("+", "-"),
					1,
					isBilled ? 1 : 0,
				]);
				break;
			default:
				expect([runs, bought, world.files()]).toEqual([1, 1, ["x.jpg"]]);
		}
	},
);

it("a 503 of an order that was taken is not believed: the run is found, and bought once", async () => {
	const faults = ["post:503-after", "post:no-idempotency"];
	const world = await createWorld({ faults });
	expect(await run(world)).toBe("comes");
	expect(world.bought()).toBe(1);
});

it("a link that was too old when it was handed out is asked for again", async () => {
	expect(await ending(["link:expire@1"])).toBe("comes");
});

it("a download that was cut goes on where it was", async () => {
	const picture = await noise(600);
	const world = await createWorld({
		faults: ["image:cut@1"],
		paint: async () => picture,
	});
	const { code, sent } = await world.run(["a.", "-o", "x.jpg"]);
	expect([code, world.bytes("x.jpg")]).toEqual([0, picture]);
	const [first, second, ...more] = sent.filter(({ url }) =>
		url.pathname.startsWith("/outputs/"),
	);
	expect([first?.headers.range, more]).toEqual([undefined, []]);
	expect(second?.headers).toMatchObject({
		range: expect.stringMatching(/^bytes=[1-9]\d+-$/),
		"if-range": expect.stringMatching(/^"/),
	});
});

/** Strikes only where a model starts from a file: family.test.ts. What the service may always be like: readings.test.ts. */
const elsewhere = ["asset-gone", ...readingTable.map(({ name }) => name)];

it("no fault of an image's way is without a test", () => {
	const tested = [
		...strikesOf(endings).map((strike) => strike.replace(/^.*:/, "")),
		...Object.keys(outcomes),
	];
	const known = faultTable
		.filter(({ points }) => points.some((point) => !besides.includes(point)))
		.map(({ name }) => name)
		.filter((name) => !elsewhere.includes(name));
	expect([...new Set(tested)].sort()).toEqual([...new Set(known)].sort());
});
