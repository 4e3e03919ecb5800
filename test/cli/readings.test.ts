import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
	type ReadingName,
	readingTable,
} from "../../src/sandbox/faults/readings.ts";
import { prompts } from "../orders/rows-world.ts";
import { pairwise } from "../pairwise.ts";
import { tinyJpeg } from "../tiny-jpeg.ts";
import { createWorld, type Outcome, type World } from "./world.ts";

/*
 * The service in every way that its documents allow: each two readings of different topics stand together in one of these
 * services at least. In every one of them an image, an edit, a batch and a `resume` after a lost answer end with the
 * picture, or with the exit code that tells the truth, and each image is bought once.
 */

const usual = "";
const topics = [...new Set(readingTable.map(({ topic }) => topic))];
const services = pairwise(
	topics.map((topic) => [
		usual,
		...readingTable
			.filter((reading) => reading.topic === topic)
			.map(({ name }) => name),
	]),
)
	.map((row) => row.filter((name) => name !== usual))
	.map((as) => [as.join(" "), as] as const);

it("each two readings of different topics stand together in one of these services", () => {
	const apart = readingTable.flatMap((one) =>
		readingTable
			.filter(({ topic }) => topic !== one.topic)
			.filter(
				({ name }) =>
					!services.some(
						([, as]) => as.includes(one.name) && as.includes(name),
					),
			)
			.map(({ name }) => `${one.name} ${name}`),
	);
	expect(apart).toEqual([]);
});

it.each(services)("a service with %s", async (_names, as) => {
	const service = await createService(as);
	await buyImage(service);
	await buyEdit(service);
	await buyRows(service);
	await resumeLost(service);
	await readBalance(service);
});

/** A machine beside a service, and what is true of them. */
interface Service extends World {
	is(reading: ReadingName): boolean;
	/** How a command ends that brings so many images. */
	brings(images: number): Ending;
	/** Holds the account to so many purchases more. */
	expectBought(images: number): void;
}

/** A command's exit code, the formats of the images that are on disk, and the codes of those that are not. */
interface Ending {
	readonly code: number;
	readonly saved: readonly string[];
	readonly errors: readonly string[];
}

async function createService(as: readonly string[]): Promise<Service> {
	const world = await createWorld({
		as,
		latencyMs: 500,
		size: { width: 64, height: 48 },
	});
	const is: Service["is"] = (reading) => as.includes(reading);
	let bought = 0;
	return {
		...world,
		is,
		brings: (images) => ({
			code: 0,
			saved: Array(images).fill(is("webp") ? "webp" : "jpeg"),
			errors: [],
		}),
		expectBought(images) {
			bought += images;
			expect(world.bought()).toBe(bought);
		},
	};
}

const unknown = "unknown_charge";

/** An image whose first order is refused for its rate. */
async function buyImage(service: Service): Promise<void> {
	service.faults("post:429@1");
	const isKnown = isRefusalKnown(service);
	expect(await run(service, "image.jpg")).toEqual(
		isKnown ? service.brings(1) : fails(8, unknown),
	);
	service.expectBought(isKnown ? 1 : 0);
}

async function buyEdit(service: Service): Promise<void> {
	service.faults();
	writeFileSync(join(service.cwd, "photo.jpg"), tinyJpeg());
	const mayUpload = !service.is("no-upload");
	expect(await run(service, "edit.jpg", "-i", "photo.jpg")).toEqual(
		mayUpload ? service.brings(1) : fails(4, "auth"),
	);
	service.expectBought(mayUpload ? 1 : 0);
}

const rows = 8;

/** A batch of which one run is refused by moderation and one canceled, and the answer to one order is lost. */
async function buyRows(service: Service): Promise<void> {
	service.faults(
		...["run:moderated@1", "run:canceled@2", "post:reset-after@5"],
		"list:small-pages",
	);
	writeFileSync(join(service.cwd, "rows.txt"), prompts(rows).join("\n"));
	const argv = ["batch", "rows.txt", "-o", "rows/", "-p", "2", "-y", "--json"];
	const isReasonTold = !service.is("sparse") || service.is("failure-output");
	const lost = isFound(service) ? [] : [unknown];
	expect(ending(service, await service.run(argv))).toEqual({
		code: 3,
		saved: service.brings(rows - 2 - lost.length).saved,
		errors: ["canceled", isReasonTold ? "moderated" : "run_failed", ...lost],
	});
	service.expectBought(rows - 2);
}

/** `resume` after an image whose answer was lost, and that could not be looked up at once. */
async function resumeLost(service: Service): Promise<void> {
	// The path with the owner is asked first: there a service without it has nothing to lose.
	const turn = service.is("short-path") ? 2 : 1;
	service.faults(`post:reset-after@${turn}`, "list:503");
	expect(await run(service, "lost.jpg")).toEqual(fails(8, unknown));
	service.expectBought(1);
	service.faults();
	// Longer than any link lives.
	service.clock.advance(3_600_000);
	const open = [
		unknown,
		unknown,
		...(isRefusalKnown(service) ? [] : [unknown]),
	];
	expect(ending(service, await service.run(["resume", "--json"]))).toEqual(
		isFound(service) ? service.brings(1) : fails(8, ...open),
	);
	service.expectBought(0);
}

async function readBalance(service: Service): Promise<void> {
	const { code, stdout } = await service.run(["balance", "--json"]);
	expect([code, stdout]).toEqual(
		service.is("no-balance")
			? [4, expect.stringContaining('"auth"')]
			: [0, expect.stringContaining("99")],
	);
}

/** A run that was made is told from others by its client_ref alone. */
function isFound({ is }: Service): boolean {
	return !is("no-lookup") && !is("sparse");
}

/** Without a code nobody knows whose 429 it is: then only the listing tells that nothing was bought. */
function isRefusalKnown({ is }: Service): boolean {
	return !is("no-lookup") || !(is("error-string") || is("error-detail"));
}

async function run(service: Service, file: string, ...more: readonly string[]) {
	const prompt = `a garden for ${file.replace(".", " ")}`;
	const argv = [prompt, "-o", file, "--json", ...more];
	return ending(service, await service.run(argv));
}

function ending({ cwd }: World, { code, records }: Outcome): Ending {
	const isOnDisk = ({ file }: { readonly file?: string }) =>
		file !== undefined && existsSync(join(cwd, file));
	return {
		code,
		saved: records.filter(isOnDisk).map(({ format }) => format),
		errors: records.flatMap(({ error }) => (error ? [error.code] : [])).sort(),
	};
}

function fails(code: number, ...errors: readonly string[]): Ending {
	return { code, saved: [], errors };
}
