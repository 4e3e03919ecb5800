import { createHash } from "node:crypto";
import {
	mkdirSync,
	rmSync,
	statSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { createBillRatios } from "../../src/ledger/bill.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import { openLedgerView } from "../../src/ledger/view.ts";
import { plannedPath } from "../../src/names/places.ts";
import type { PlannedRow } from "../../src/orders/plan-rows.ts";
import { survey } from "../../src/orders/survey.ts";
import type { Job } from "../../src/purchase/job.ts";
import { openJournal } from "../../src/purchase/store/journal.ts";
import { FakeClock } from "../fake-clock.ts";
import { findModel } from "../models/find-model.ts";
import { makeJob } from "../purchase/job-world.ts";
import { ledgerLine } from "../purchase/sample-line.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { tinyJpeg } from "../tiny-jpeg.ts";

const model = findModel("ultra");

/** A folder for images, a journal and a ledger. */
function createDisk() {
	const home = temporaryFolder();
	const out = join(home, "out");
	mkdirSync(out);
	const journal = openJournal(join(home, "jobs"));
	onTestFinished(() => journal.close());
	const ledgerFolder = join(home, "ledger");
	const ledger = openLedger(ledgerFolder);
	const image = (
		key: string,
		name: string,
		index = 1,
		job: Partial<Job> = {},
		sidecar = false,
	): PlannedRow => ({
		line: index,
		ordinal: index,
		number: index,
		columns: {},
		key,
		path: plannedPath({ output: { path: join(out, name), formats: ["jpeg"] } }),
		job: makeJob({
			...{ ref: key, service: "s", model: model.id, prompt: "a", seed: 7 },
			...{ index, priceMicros: 60_000, ...job },
			output: {
				path: join(out, name),
				force: false,
				sidecar,
				formats: ["jpeg"],
			},
		}),
	});
	return {
		out,
		image,
		/** Writes an image as a batch does, and books it. */
		async bring(
			key: string,
			name: string,
			bytes = tinyJpeg(),
			{ service = "s", sandbox = false } = {},
		): Promise<string> {
			const file = join(out, name);
			writeFileSync(file, bytes);
			const record = {
				client_ref: `ref of ${key}`,
				run_id: `run of ${key}`,
				sandbox,
				bytes: bytes.length,
				sha256: createHash("sha256").update(bytes).digest("hex"),
			};
			const { mtimeMs } = statSync(file);
			await ledger.append(
				ledgerLine({ key, service, path: file, mtimeMs }, record),
			);
			return file;
		},
		/** Leaves a job unfinished. */
		async leave(key: string, stage: Job["stage"]): Promise<void> {
			const job = makeJob({ ref: key, service: "s", stage });
			const acquired = await journal.acquire(key, () => job);
			if ("held" in acquired) await acquired.held.release();
		},
		async look(
			images: readonly PlannedRow[],
			more: {
				replace?: "nothing" | "update" | "force";
				isMine?: (index: number) => boolean;
				/** What another process does after the first look at the ledger. */
				meanwhile?: () => Promise<unknown>;
			} = {},
		) {
			async function* planned() {
				yield* images;
			}
			const { replace = "nothing", isMine = () => true } = more;
			const found = await survey(planned, {
				journal,
				ledger: {
					...ledger,
					async *numbered() {
						yield* ledger.numbered();
						await more.meanwhile?.();
					},
				},
				replace,
				isMine,
				showPath: (file) => file,
				view: await openLedgerView(
					ledgerFolder,
					"https://api.test",
					createBillRatios(),
					new FakeClock(),
				),
			});
			return {
				...found,
				needs: images.map(({ job }) => found.actionOf(job?.index ?? 0)),
				reasons: found.bad.map(({ line, reason }) => `${line}: ${reason}`),
			};
		},
	};
}

const sent = { name: "sending", sentAt: "2026-11-03T12:00:00.000Z" } as const;
const bought = {
	name: "bought",
	runId: "r",
	submittedAt: "2026-11-03T12:00:00.000Z",
} as const;

it("each image is whole, gone, damaged, under way, or new; only the new ones cost", async () => {
	const disk = createDisk();
	await disk.bring("whole", "1.jpg");
	rmSync(await disk.bring("gone", "2.jpg"));
	writeFileSync(await disk.bring("damaged", "3.jpg"), "x");
	utimesSync(await disk.bring("touched", "4.jpg"), 1, 1);
	await disk.leave("sent", sent);
	await disk.leave("bought", bought);
	await disk.leave("planned", { name: "planned" });
	const keys = ["whole", "gone", "damaged", "touched", "sent", "bought"];
	const images = [...keys, "planned", "new"].map((key, at) =>
		disk.image(key, `${at + 1}.jpg`, at + 1),
	);
	const { needs, counts, estimateMicros, folders, bad } =
		await disk.look(images);
	expect({ needs, counts, estimateMicros, folders, bad }).toEqual({
		needs: [
			...["nothing", "fetch", "fetch", "nothing"],
			...["continue", "continue", "buy", "buy"],
		],
		counts: { nothing: 2, fetch: 2, continue: 2, buy: 2 },
		estimateMicros: 120_000,
		folders: new Set([disk.out]),
		bad: [],
	});
});

it("an image that was saved twice is judged by the last time", async () => {
	const disk = createDisk();
	await disk.bring("a", "1.jpg");
	await disk.bring("a", "1.jpg", tinyJpeg({ shade: 1 }));
	const { needs } = await disk.look([disk.image("a", "1.jpg")]);
	expect(needs).toEqual(["nothing"]);
});

it.each([
	[
		"nothing",
		"1: FILE holds the image of another prompt, or of other inputs; --update buys this one and replaces it",
		"nothing",
	],
	["update", undefined, "buy"],
	["force", undefined, "buy"],
] as const)(
	"an image of ours under the name of another wish, with %s to be replaced",
	async (replace, reason, need) => {
		const disk = createDisk();
		const file = await disk.bring("before", "1.jpg");
		const { reasons, needs } = await disk.look([disk.image("now", "1.jpg")], {
			replace,
		});
		expect(reasons).toEqual(reason ? [reason.replace("FILE", file)] : []);
		expect(needs).toEqual([need]);
	},
);

const picture = "is a picture of the sandbox; name another folder, or --update";
const paid = "was bought at https://api.test; name another folder";

it.each([
	[true, "new", `${picture} buys this one and replaces it`, "buy"],
	[
		true,
		"old",
		`${picture} fetches this one, which is paid for, and replaces it`,
		"fetch",
	],
	[false, "new", paid, "refused"],
	[false, "old", paid, "refused"],
] as const)(
	"an image of another service, of the sandbox: %s, under the name of a %s row",
	async (sandbox, key, reason, updated) => {
		const disk = createDisk();
		await disk.bring("old", "1.jpg");
		const other = { service: "https://api.test", sandbox };
		const bytes = tinyJpeg({ shade: 1 });
		const file = await disk.bring("other", "1.jpg", bytes, other);
		const images = [disk.image(key, "1.jpg")];
		const { reasons } = await disk.look(images);
		expect(reasons).toEqual([`1: ${file} ${reason}`]);
		const { bad, needs } = await disk.look(images, { replace: "update" });
		expect(bad.length > 0 ? "refused" : needs[0]).toBe(updated);
	},
);

it("an image whose name another wish took since is no damaged one", async () => {
	const disk = createDisk();
	const file = await disk.bring("first", "1.jpg");
	await disk.bring("second", "1.jpg", tinyJpeg({ shade: 1 }));
	const first = [disk.image("first", "1.jpg")];
	expect((await disk.look(first)).reasons).toEqual([
		`1: ${file} holds the image of another prompt, or of other inputs; --update fetches this one, which is paid for, and replaces it`,
	]);
	const updated = await disk.look(first, { replace: "update" });
	expect([updated.needs, updated.reasons]).toEqual([["fetch"], []]);
});

it.each([
	["nothing", false],
	["update", false],
	["force", true],
] as const)(
	"a file of somebody else, with %s to be replaced",
	async (replace, isReplaced) => {
		const disk = createDisk();
		const file = join(disk.out, "1.jpg");
		writeFileSync(file, "mine");
		const { reasons } = await disk.look([disk.image("a", "1.jpg")], {
			replace,
		});
		expect(reasons).toEqual(
			isReplaced
				? []
				: [
						`1: ${file} exists, and no batch put it there; --force buys every row anew, and replaces the files`,
					],
		);
	},
);

it("a folder in the way is replaced by nothing", async () => {
	const disk = createDisk();
	mkdirSync(join(disk.out, "1.jpg"));
	for (const replace of ["nothing", "update", "force"] as const)
		expect(
			(await disk.look([disk.image("a", "1.jpg")], { replace })).bad,
		).toHaveLength(1);
});

it("a sidecar in the way is in the way", async () => {
	const disk = createDisk();
	writeFileSync(join(disk.out, "1.jpg.json"), "mine");
	const look = async (sidecar: boolean) =>
		(await disk.look([disk.image("a", "1.jpg", 1, {}, sidecar)])).bad;
	expect(await look(false)).toEqual([]);
	expect(await look(true)).toHaveLength(1);
});

it("--force buys what is there once more", async () => {
	const disk = createDisk();
	await disk.bring("a", "1.jpg");
	const { needs } = await disk.look([disk.image("a", "1.jpg")], {
		replace: "force",
	});
	expect(needs).toEqual(["buy"]);
});

it("names that are one file on some disk are told with both lines, and what mends it", async () => {
	const disk = createDisk();
	const { reasons } = await disk.look([
		disk.image("1", "a.jpg", 1),
		disk.image("2", "A.JPG", 2),
	]);
	expect(reasons).toEqual([
		expect.stringMatching(
			/^2: would share the name .* with line 1; put \{seed\} or \{index\} in/,
		),
	]);
});

it("rows of one name are told which of their columns may tell them apart", async () => {
	const disk = createDisk();
	const columns = { prompt: "a", seed: "7", sku: "A1", colour: "red" };
	const { reasons } = await disk.look([
		disk.image("1", "a.jpg", 1),
		{ ...disk.image("2", "a.jpg", 2), columns },
	]);
	expect(reasons).toEqual([
		expect.stringMatching(
			/with line 1; put a column that tells them apart \(\{sku\}, \{colour\}\), \{seed\} or \{index\} in the template$/,
		),
	]);
});

it("images of one run, which share its id, need more than that for a name", async () => {
	const disk = createDisk();
	const look = async (name: string) =>
		(await disk.look([disk.image("1", name, 1, { images: 2 })])).reasons;
	expect(await look("{run}-{output}.jpg")).toEqual([]);
	expect(await look("{run}.jpg")).toEqual([
		expect.stringMatching(
			/^1: would share the name .* with line 1; .*\{output\}/,
		),
	]);
});

it("no path is a file and a folder", async () => {
	const disk = createDisk();
	const { reasons } = await disk.look([
		disk.image("1", "x/y.jpg", 1),
		disk.image("2", "X", 2),
	]);
	expect(reasons).toEqual([
		expect.stringMatching(/^2: .* needs a folder where line 1 has a file/),
	]);
});

it("a shard looks at its own images alone, and still sees whose names collide", async () => {
	const disk = createDisk();
	writeFileSync(join(disk.out, "1.jpg"), "in the way of another shard");
	const names = ["1.jpg", "2.jpg", "3.jpg", "2.jpg"];
	const { counts, images, reasons } = await disk.look(
		names.map((name, at) => disk.image(`${at}`, name, at + 1)),
		{ isMine: (index) => index % 2 === 0 },
	);
	expect([counts.buy, images, reasons]).toEqual([
		1,
		1,
		[expect.stringMatching(/^4: would share the name .*2\.jpg with line 2/)],
	]);
});

it("bad rows are told in the order of the file", async () => {
	const disk = createDisk();
	writeFileSync(join(disk.out, "1.jpg"), "mine");
	const { bad } = await disk.look([
		disk.image("1", "1.jpg", 1),
		{ line: 2, reason: "no prompt" } as unknown as PlannedRow,
		disk.image("3", "3.jpg", 3),
		disk.image("4", "3.jpg", 4),
	]);
	expect(bad.map(({ line }) => line)).toEqual([1, 2, 4]);
});

it("a model without a fixed price leaves the estimate open", async () => {
	const disk = createDisk();
	const image = disk.image("a", "1.jpg", 1, { priceMicros: undefined });
	expect((await disk.look([image])).estimateMicros).toBeUndefined();
});

it("what another process of the same batch places meanwhile is no conflict", async () => {
	const disk = createDisk();
	const images = [
		disk.image("brought", "1.jpg", 1),
		disk.image("placed", "2.jpg", 2),
		disk.image("stranger", "3.jpg", 3),
	];
	const { needs, reasons } = await disk.look(images, {
		async meanwhile() {
			await disk.bring("brought", "1.jpg");
			await disk.leave("placed", bought);
			writeFileSync(join(disk.out, "2.jpg"), "x");
			writeFileSync(join(disk.out, "3.jpg"), "x");
		},
	});
	expect(needs).toEqual(["continue", "continue", "nothing"]);
	expect(reasons).toEqual([
		expect.stringMatching(/^3: .*3\.jpg exists, and no batch put it there/),
	]);
});
