import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readingTable } from "../../src/sandbox/faults/readings.ts";
import { prompts } from "../orders/rows-world.ts";
import { pairwise } from "../pairwise.ts";
import { tinyJpeg } from "../tiny-jpeg.ts";
import { createWorld, type Outcome, type World } from "./world.ts";

/*
 * The service in every way that its documents allow: each two readings of different topics stand together in one of these
 * worlds at least. In every one of them an image, an edit, a batch and a `resume` after a lost answer end with the
 * picture, or with the exit code that tells the truth, and each image is bought once.
 */

const usual = "";
const topics = [...new Set(readingTable.map(({ topic }) => topic))];
const worlds = pairwise(
	topics.map((topic) => [
		usual,
		...readingTable
			.filter((reading) => reading.topic === topic)
			.map(({ name }) => name),
	]),
)
	.map((row) => row.filter((name) => name !== usual))
	.map((as) => [as.join(" "), as] as const);

/** The rows of a batch; the second is refused by moderation, the third canceled. */
const rows = prompts(8);

it.each(worlds)("a service with %s", async (_names, as) => {
	const world = await createWorld({
		as,
		latencyMs: 500,
		size: { width: 64, height: 48 },
	});
	const is = (reading: string) => as.includes(reading);
	const images = (count: number) => ({
		code: 0,
		saved: Array(count).fill(is("webp") ? "webp" : "jpeg"),
	});
	const refused = (code: number, ...errors: readonly string[]) => {
		return { code, saved: [], errors };
	};
	// What is there can be told apart only by its client_ref.
	const isFound = !is("no-lookup") && !is("sparse");
	// Without a code nobody knows whose 429 it is: then only the listing tells that nothing was bought.
	const isRefusalKnown =
		!is("no-lookup") || !(is("error-string") || is("error-detail"));
	const isReasonTold = !is("sparse") || is("failure-output");
	let bought = 0;
	const buys = (images: number) => {
		bought += images;
		expect(world.sandbox.summary().bought).toBe(bought);
	};

	world.faults("post:429@1");
	expect(await image(world, "image.jpg")).toEqual(
		isRefusalKnown ? images(1) : refused(8, "unknown_charge"),
	);
	buys(isRefusalKnown ? 1 : 0);

	writeFileSync(join(world.cwd, "photo.jpg"), tinyJpeg());
	world.faults();
	expect(await image(world, "edit.jpg", "-i", "photo.jpg")).toEqual(
		is("no-upload") ? refused(4, "auth") : images(1),
	);
	buys(is("no-upload") ? 0 : 1);

	writeFileSync(join(world.cwd, "rows.txt"), rows.join("\n"));
	world.faults(
		...["run:moderated@2", "run:canceled@3", "post:reset-after@8"],
		"list:small-pages",
	);
	const batch = ["batch", "rows.txt", "-o", "rows/", "-p", "4", "--json"];
	const lost = isFound ? [] : ["unknown_charge"];
	expect(ending(world, await world.run(batch))).toEqual({
		...images(rows.length - 2 - lost.length),
		code: 3,
		errors: ["canceled", isReasonTold ? "moderated" : "run_failed", ...lost],
	});
	buys(rows.length - 2);
	world.faults();
	expect(ending(world, await world.run(batch))).toEqual({
		...images(rows.length - lost.length),
		...(lost.length > 0 && { code: 3, errors: lost }),
	});
	buys(2);

	// The path with the owner is asked first: there a service without it has nothing to lose.
	world.faults(`post:reset-after@${is("short-path") ? 2 : 1}`, "list:503");
	expect(await image(world, "lost.jpg")).toEqual(refused(8, "unknown_charge"));
	buys(1);
	world.faults();
	const open = [...lost, ...(isRefusalKnown ? [] : ["unknown_charge"])];
	expect(ending(world, await world.run(["resume", "--json"]))).toEqual(
		isFound ? images(1) : refused(8, "unknown_charge", ...open),
	);
	buys(0);

	const { code, stdout } = await world.run(["balance", "--json"]);
	expect([code, stdout]).toEqual(
		is("no-balance")
			? [4, expect.stringContaining('"auth"')]
			: [0, expect.stringContaining("99")],
	);
});

async function image(world: World, file: string, ...more: readonly string[]) {
	const argv = [
		`a garden for ${file.replace(".", " ")}`,
		"-o",
		file,
		"--json",
		...more,
	];
	return ending(world, await world.run(argv));
}

/** How a command ended: its exit code, the formats of the images that are on disk, the codes of those that are not. */
function ending({ cwd }: World, { code, records }: Outcome) {
	const isOnDisk = ({ file }: { readonly file?: string }) =>
		file !== undefined && existsSync(join(cwd, file));
	const errors = records
		.flatMap(({ error }) => (error ? [error.code] : []))
		.sort();
	return {
		code,
		saved: records.filter(isOnDisk).map(({ format }) => format),
		...(errors.length > 0 && { errors }),
	};
}
