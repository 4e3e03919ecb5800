import {
	cpSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, describe, expect, it } from "vitest";
import { fillPage } from "../../src/gallery/content.ts";
import { readGalleryPage } from "../../src/package-files.ts";
import { createWorld, type World } from "../cli/world.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { tinyJpeg } from "../tiny-jpeg.ts";
import { isMissing, openPage } from "./browser.ts";

const hostile = [
	`<img src=x onerror="document.title='hit'">`,
	"</script><script>document.title='hit'</script>",
	`"><svg onload="document.title='hit'">`,
	"\u202eturned round\u001b[31m {{7*7}} $& \u2028",
];

/** A folder of pictures of several shapes with their page. */
async function gallery(): Promise<World> {
	const world = await createWorld();
	const prompts = ["a red teapot", "a blue lamp", ...hostile];
	const rows = prompts.map((prompt, at) =>
		JSON.stringify({ prompt, seed: at + 1, sku: `S${at + 1}` }),
	);
	writeFileSync(join(world.cwd, "rows.jsonl"), rows.join("\n"));
	const { code: bought } = await world.run([
		...["batch", "rows.jsonl", "-o", "out/{index}.jpg", "-y"],
		...["--report", "report.jsonl"],
	]);
	expect(bought).toBe(0);
	const theirs = sharp({
		create: { width: 400, height: 900, channels: 3, background: "#246" },
	});
	writeFileSync(
		join(world.cwd, "out/theirs <b>it's.png"),
		await theirs.png().toBuffer(),
	);
	writeFileSync(join(world.cwd, "out/z.jpg"), tinyJpeg().subarray(0, 30));
	const { code } = await world.run([
		...["gallery", "out", "--caption", "{sku}", "--report", "report.jsonl"],
	]);
	expect(code).toBe(0);
	return world;
}

/** Holds the page of a gallery for those that only look at it. */
let lasting: string | undefined;

afterAll(() => {
	if (lasting) rmSync(lasting, { recursive: true });
});

async function pageOfGallery(): Promise<string> {
	if (lasting === undefined) {
		const { cwd } = await gallery();
		lasting = mkdtempSync(join(tmpdir(), "flux-ultra-"));
		cpSync(join(cwd, "out"), lasting, { recursive: true });
	}
	return pageIn(lasting);
}

const pageIn = (...folders: readonly string[]) =>
	pathToFileURL(join(...folders, "index.html")).href;

const visible = (page: Page) => page.locator(".card .file").allTextContents();
/** What is asked of an `<img>`. */
interface Img {
	readonly naturalWidth: number;
	readonly style: { readonly transform: string };
}

const transformOf = (img: Img) => img.style.transform;

const clipboard = (page: Page) =>
	page.evaluate("navigator.clipboard.readText()");

/** Waits from here: the page's own policy keeps it from evaluating text again and again, as `waitForFunction` has it. */
const becomes = (page: Page, claim: string) =>
	expect.poll(() => page.evaluate(claim)).toBe(true);

describe.skipIf(isMissing)(
	`the page in a browser${isMissing ? ` (left out: ${isMissing})` : ""}`,
	() => {
		it("opens from a file and shows each picture; prompts are text", async () => {
			const page = await openPage(await pageOfGallery());
			expect(await page.title()).toBe("out");
			const images = page.locator(".card img");
			await expect.poll(() => images.count()).toBe(7);
			for (const image of await images.all()) {
				await image.scrollIntoViewIfNeeded();
				await expect
					.poll(() => image.evaluate(({ naturalWidth }: Img) => naturalWidth))
					.toBeGreaterThan(0);
			}
			const prompts = await page.locator(".card .prompt").allTextContents();
			expect(prompts.slice(2, 6)).toEqual(hostile);
			expect(await page.locator(".card script, .card svg").count()).toBe(0);
			expect(await page.locator(".card.broken .picture").textContent()).toMatch(
				/cut at byte 30/,
			);
			expect(await page.title()).toBe("out");
		});

		it("shows a picture of another format than its name says, or what it is", async () => {
			const world = await createWorld();
			const red = { width: 8, height: 8, channels: 3, background: "red" };
			const picture = sharp({ create: { ...red, channels: 3 } });
			for (const [name, bytes] of [
				["gif.jpg", await picture.clone().gif().toBuffer()],
				["tiff.jpg", await picture.clone().tiff().toBuffer()],
			] as const)
				writeFileSync(join(world.cwd, name), bytes);
			await world.run(["gallery", "."]);
			const page = await openPage(pageIn(world.cwd));
			const [gif, tiff] = [
				page.locator(".card").nth(0),
				page.locator(".card").nth(1),
			];
			await expect
				.poll(() => tiff.locator(".picture").textContent())
				.toContain("a TIFF or a camera's raw file, which is not shown here");
			await expect
				.poll(() => gif.locator("img").evaluate((img: Img) => img.naturalWidth))
				.toBe(8);
			expect(await gif.locator(".figures").textContent()).toContain("a GIF");
		});

		it("searches, sorts, and shows only what is starred, also after it was closed", async () => {
			const page = await openPage(await pageOfGallery());
			await page.locator("#search").fill("teapot");
			expect(await visible(page)).toEqual(["1.jpg"]);
			expect(await page.locator("#count").textContent()).toBe(
				"1 of 8 pictures",
			);
			await page.locator("#search").fill("nothing like it");
			expect(await page.locator("#nothing").isVisible()).toBe(true);
			await page.locator("#search").fill("");
			await page.locator("#sort").selectOption("prompt");
			expect((await visible(page))[0]).not.toBe("1.jpg");
			await page.locator("#sort").selectOption("number");
			await page.locator(".card").nth(1).locator('[data-do="star"]').click();
			// The browser keeps it in another process, in its own time.
			const starredAgain = async () => {
				await page.reload();
				return page.locator("#only-stars .number").textContent();
			};
			await expect.poll(starredAgain).toBe("1");
			await page.locator("#only-stars").click();
			expect(await visible(page)).toEqual(["2.jpg"]);
		});

		it("makes the cards of a large folder as they come near, and all of them to print and to go behind them", async () => {
			const folder = temporaryFolder();
			const images = Array.from({ length: 450 }, (_, at) => ({
				...{
					id: `${at}`,
					number: at + 1,
					file: `${at + 1}.jpg`,
					path: "x.jpg",
				},
				...{ src: "data:,", damage: "none" },
			}));
			const failed = [{ line: "2", why: "moderated" }];
			const content = { title: "large", images, failed };
			const file = join(folder, "index.html");
			writeFileSync(file, fillPage(readGalleryPage(), content));
			const page = await openPage(pathToFileURL(file).href);
			const cards = page.locator(".card");
			const search = page.locator("#search");
			expect(await cards.count()).toBe(100);
			await cards.last().scrollIntoViewIfNeeded();
			await cards.nth(100).waitFor();
			expect(await cards.count()).toBe(200);
			await search.fill("#450");
			expect(await visible(page)).toEqual(["450.jpg"]);
			for (const showAll of [
				() => page.keyboard.press("End"),
				() => page.pdf(),
				() => page.getByText("1 not there").click(),
			]) {
				await search.fill("");
				await search.blur();
				expect(await cards.count()).toBe(100);
				await showAll();
				expect(await cards.count()).toBe(450);
				await search.fill("#1");
			}
		});

		it("exports stars as lines for a shell and as rows for batch", async () => {
			const world = await gallery();
			const page = await openPage(pageIn(world.cwd, "out"));
			for (const at of [0, 1])
				await page.locator(".card").nth(at).locator('[data-do="star"]').click();
			const saved = async (button: string) => {
				const download = page.waitForEvent("download");
				await page.locator(button).click();
				return readFileSync(await (await download).path(), "utf8");
			};
			expect(await saved("#export-files")).toBe("1.jpg\n2.jpg\n");
			const rows = await saved("#export-rows");
			writeFileSync(join(world.cwd, "out/stars.jsonl"), rows);
			const { code, records } = await world.run(
				[
					...["batch", "stars.jsonl", "--prompt", "{prompt} at night"],
					...["-o", "night/", "--dry-run", "--json"],
				],
				{ cwd: join(world.cwd, "out") },
			);
			expect(code).toBe(0);
			expect(records).toMatchObject([
				{ prompt: "a red teapot at night" },
				{ prompt: "a blue lamp at night" },
			]);
		});

		it("copies the prompt, and the command that makes the picture again", async () => {
			const page = await openPage(await pageOfGallery());
			const card = page.locator(".card").first();
			// What is said is gone after a while.
			await page.evaluate(`window.said = [];
				new MutationObserver(() => said.push(document.querySelector("#status").textContent))
					.observe(document.querySelector("#status"), { childList: true })`);
			await card.hover();
			await card.locator('[data-do="prompt"]').click();
			await expect.poll(() => clipboard(page)).toBe("a red teapot");
			await card.locator('[data-do="command"]').click();
			await expect
				.poll(() => clipboard(page))
				.toBe("flux-ultra 'a red teapot' --seed 1 --sandbox");
			await expect
				.poll(() => page.evaluate("said"))
				.toContain("Command copied");
		});

		it("does all of it by keyboard alone", async () => {
			const page = await openPage(await pageOfGallery());
			const press = async (...keys: readonly string[]) => {
				for (const key of keys) await page.keyboard.press(key);
			};
			const focused = () =>
				page.evaluate(
					"document.activeElement.closest('.card')?.querySelector('.file').textContent",
				);
			await press("/");
			await page.keyboard.type("a");
			await press("Escape");
			expect(await focused()).toBe("1.jpg");
			await press("ArrowRight");
			expect(await focused()).toBe("2.jpg");
			await press("s", "End", "Home", "ArrowDown", "ArrowUp");
			expect(await focused()).toBe("1.jpg");
			await press("Enter");
			const viewer = page.locator("#viewer");
			expect(await viewer.isVisible()).toBe(true);
			await press("ArrowRight");
			expect(await viewer.locator(".file").textContent()).toBe("2.jpg");
			expect(
				await viewer.locator('[data-do="star"]').getAttribute("aria-pressed"),
			).toBe("true");
			await press("+", "+");
			const transform = () => viewer.locator(".full").evaluate(transformOf);
			const before = await transform();
			expect(before).toContain("scale(2.25)");
			await press("ArrowRight");
			expect(await transform()).not.toBe(before);
			await press("0", "Escape");
			expect(await viewer.isVisible()).toBe(false);
			await expect.poll(focused).toBe("2.jpg");
			await press("x", "ArrowLeft", "x", "v");
			expect(await viewer.locator(".pane").count()).toBe(2);
			await press("+");
			const both = await viewer.locator(".full").all();
			expect(
				new Set(await Promise.all(both.map((one) => one.evaluate(transformOf))))
					.size,
			).toBe(1);
			await press("Escape", "?");
			expect(await page.locator("#keys").isVisible()).toBe(true);
		});

		it("zooms by wheel, double click and two fingers", async () => {
			const page = await openPage(await pageOfGallery());
			await page.locator(".card .picture").nth(1).click();
			const full = page.locator("#viewer .full");
			const scale = async () =>
				Number(/scale\((.*)\)/.exec(await full.evaluate(transformOf))?.[1]);
			await page.mouse.move(300, 200);
			await page.mouse.wheel(0, -300);
			await expect.poll(scale).toBeGreaterThan(2);
			await page.locator('[data-do="fit"]').click();
			expect(await scale()).toBe(1);
			await page.evaluate(`{
				const frame = document.querySelector("#viewer .frame");
				const send = (type, id, x) => frame.dispatchEvent(new PointerEvent(type,
					{ pointerId: id, clientX: x, clientY: 200, bubbles: true, cancelable: true }));
				frame.querySelector(".full").setPointerCapture = frame.setPointerCapture = () => {};
				send("pointerdown", 11, 300); send("pointerdown", 12, 400);
				send("pointermove", 12, 600);
				send("pointerup", 11, 300); send("pointerup", 12, 600);
			}`);
			expect(await scale()).toBeCloseTo(3);
		});

		it("goes to its pixels from any zoom, and from there to the window by a double click", async () => {
			const page = await openPage(await pageOfGallery(), {
				viewport: { width: 300, height: 300 },
			});
			await page.locator(".card .picture").last().scrollIntoViewIfNeeded();
			await page.getByLabel(/theirs/).click();
			const zoom = page.locator("#viewer .zoom");
			const share = () => zoom.textContent();
			await page.keyboard.press("+");
			// Once the picture has come.
			await expect.poll(share).toMatch(/^[1-9]\d %$/);
			await page.keyboard.press("1");
			expect(await share()).toBe("100 %");
			await page.keyboard.press("1");
			expect(await share()).toBe("100 %");
			await page.locator("#viewer .frame").dblclick();
			expect(await share()).toBe("Fit");
			await page.locator("#viewer .frame").dblclick();
			expect(await share()).toBe("100 %");
		});

		it("stars each of two that are compared, by buttons and keys", async () => {
			const page = await openPage(await pageOfGallery());
			for (const key of ["/", "Escape", "x", "ArrowRight", "x", "v"])
				await page.keyboard.press(key);
			const stars = page.locator('#viewer .pane [data-do="star"]');
			await page.keyboard.press("Shift+S");
			expect(await stars.allTextContents()).toEqual(["☆", "★"]);
			await page.keyboard.press("s");
			expect(await stars.allTextContents()).toEqual(["★", "★"]);
			await stars.last().click();
			expect(await stars.allTextContents()).toEqual(["★", "☆"]);
			// The page hears of it a moment later, and then gives the focus to the card.
			await page.evaluate(
				'window.viewerClosed = false; document.querySelector("#viewer").addEventListener("close", () => { window.viewerClosed = true; })',
			);
			await page.keyboard.press("Escape");
			await becomes(page, "window.viewerClosed");
			await page.keyboard.press("Enter");
			await stars.click();
			await page.keyboard.press("ArrowRight");
			const file = page.locator("#viewer .file");
			expect(await file.textContent()).toBe("2.jpg");
		});

		it("has pictures of one shape in columns, and the first one below the header again", async () => {
			const world = await gallery();
			rmSync(join(world.cwd, "out/theirs <b>it's.png"));
			await world.run(["gallery", "out"]);
			const page = await openPage(pageIn(world.cwd, "out"), {
				viewport: { width: 1_280, height: 500 },
			});
			const boxes = await page
				.locator(".card .picture")
				.evaluateAll((all) => all.map((one) => one.getBoundingClientRect()));
			const widths = boxes.map(({ width }) => Math.round(width));
			expect(boxes).toHaveLength(7);
			expect(new Set(widths).size).toBe(1);
			for (const key of ["/", "Escape", "End", "Home"])
				await page.keyboard.press(key);
			const topOf = async (place: string) =>
				(await page.locator(place).first().boundingBox()) ?? {
					y: 0,
					height: 0,
				};
			const header = await topOf("header");
			const { y } = await topOf(".card");
			expect(y).toBeGreaterThanOrEqual(header.y + header.height);
		});

		it("shows captions, and the rows of a report that failed", async () => {
			const world = await createWorld({ faults: ["run:moderated@1"] });
			const rows = "sku,prompt\nA1,<b>one</b>\n";
			writeFileSync(join(world.cwd, "rows.csv"), rows);
			mkdirSync(join(world.cwd, "out"));
			const report = ["--report", "report.csv"];
			await world.run(["batch", "rows.csv", "-o", "out/", "-y", ...report]);
			await world.run(["gallery", "out", ...report, "--caption", "{sku}"]);
			const page = await openPage(pageIn(world.cwd, "out"));
			const failed = page.locator("#failed li");
			expect(await failed.locator(".caption").textContent()).toBe("A1");
			expect(await failed.locator(".prompt").textContent()).toBe("<b>one</b>");
			expect(await failed.locator(".facts").textContent()).toMatch(
				/^line 2 · failed: /,
			);
		});

		it.each(["light", "dark"] as const)(
			"has nothing serious for axe, in %s: the page, a picture, two of them, the keys",
			async (colorScheme) => {
				// A button that is about to show has little contrast.
				const reducedMotion = "reduce";
				const page = await openPage(await pageOfGallery(), {
					colorScheme,
					reducedMotion,
				});
				const axe = createRequire(import.meta.url).resolve(
					"axe-core/axe.min.js",
				);
				await page.evaluate(readFileSync(axe, "utf8"));
				const look = async () => {
					const { violations } = await page.evaluate<{
						violations: {
							id: string;
							impact: string;
							nodes: { html: string }[];
						}[];
					}>("axe.run()");
					return violations
						.filter(({ impact }) => ["serious", "critical"].includes(impact))
						.map(({ id, nodes }) => [id, nodes[0]?.html]);
				};
				for (const key of ["/", "Escape", "x", "ArrowRight", "x"])
					await page.keyboard.press(key);
				expect(await look()).toEqual([]);
				await page.locator(".card .picture").first().click();
				expect(await look()).toEqual([]);
				await page.keyboard.press("Escape");
				await page.keyboard.press("v");
				expect(await page.locator("#viewer .pane").count()).toBe(2);
				expect(await look()).toEqual([]);
				await page.keyboard.press("Escape");
				await page.keyboard.press("?");
				expect(await page.locator("#keys").isVisible()).toBe(true);
				expect(await look()).toEqual([]);
			},
		);

		it("moves nothing while pictures come, and prints without its buttons", async () => {
			const page = await openPage(await pageOfGallery());
			await page.evaluate(`window.shift = 0;
				new PerformanceObserver((list) => { for (const one of list.getEntries()) window.shift += one.value; })
					.observe({ type: "layout-shift", buffered: true })`);
			await page.mouse.wheel(0, 5_000);
			await page.locator(".card").last().scrollIntoViewIfNeeded();
			await becomes(
				page,
				"[...document.images].every((one) => one.naturalWidth > 0)",
			);
			// What has moved is told with a frame, behind it.
			await page.evaluate(
				"new Promise((told) => requestAnimationFrame(() => setTimeout(told)))",
			);
			expect(await page.evaluate("window.shift")).toBeLessThan(0.02);
			await page.emulateMedia({ media: "print" });
			expect(await page.locator("#search").isVisible()).toBe(false);
			expect(await page.locator(".card .actions").first().isVisible()).toBe(
				false,
			);
			expect(await page.locator(".card img").first().isVisible()).toBe(true);
		});
	},
);
