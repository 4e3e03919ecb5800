import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { median } from "./numbers.mjs";
import { createPlace, flux } from "./programs.mjs";

const images = 1_000;
const times = 5;
const executablePath = "/usr/bin/chromium";

/** The page of a folder: how long it takes to be made, to open, and what the browser's process of the page holds of it. */
export async function run(bench) {
	const place = await createPlace(bench);
	const folder = path.join(place.folder, "images");
	await fill(folder);
	const argv = ["gallery", folder, "--quiet"];
	const made = await flux(place, argv, { peak: true });
	const again = await flux(place, argv, { peak: true });
	const figures = [
		{
			...{ name: "page of 1,000 images, made", unit: "s of CPU" },
			...{ value: made.cpuMs / 1_000, digits: 1 },
		},
		{
			...{ name: "made again", unit: "s of CPU", digits: 1 },
			value: again.cpuMs / 1_000,
		},
		{
			...{ name: "memory of making it", unit: "MiB" },
			value: made.peakMiB,
		},
	];
	if (!existsSync(executablePath)) {
		console.log(`${executablePath} is missing: nothing is opened`);
		return figures;
	}
	const page = pathToFileURL(path.join(folder, "index.html")).href;
	const opened = [];
	for (let time = 0; time < times; time++) opened.push(await open(page));
	const of = (field) => median(opened.map((one) => one[field]));
	return [
		...figures,
		{
			...{ name: "page of 1,000 images, opened", unit: "ms", atMost: 2_000 },
			value: of("openMs"),
		},
		{
			...{ name: "memory of it, opened", unit: "MiB", atMost: 300 },
			value: of("openedMiB"),
		},
		{
			...{ name: "memory of it, seen to its end", unit: "MiB", atMost: 300 },
			value: of("seenMiB"),
			note: `${Math.round(of("cachedMiB"))} MiB of decoded pictures aside`,
		},
	];
}

/** Four megapixels each; their bytes differ behind the end of the picture, which makes them images of their own. */
async function fill(folder) {
	await mkdir(folder);
	const { default: sharp } = await import("sharp");
	const noise = { type: "gaussian", mean: 128, sigma: 20 };
	const picture = { width: 2752, height: 1536, channels: 3, noise };
	const bytes = await sharp({ create: { ...picture, background: "#888" } })
		.blur(4)
		.jpeg()
		.toBuffer();
	for (let at = 1; at <= images; at++)
		await writeFile(
			path.join(folder, `${at}.jpg`),
			Buffer.concat([bytes, Buffer.from(String(at))]),
		);
}

/** In a browser of its own: until the first pictures are drawn, and once each has been in sight. */
async function open(url) {
	const { chromium } = await import("playwright-core");
	const browser = await chromium.launch({
		executablePath,
		args: ["--no-sandbox"],
	});
	try {
		const page = await browser.newPage({
			viewport: { width: 1_600, height: 1_000 },
		});
		const startedAtMs = performance.now();
		await page.goto(url);
		await page.evaluate(firstPictures);
		const openMs = performance.now() - startedAtMs;
		const opened = await memoryOf(browser);
		await page.evaluate(seeAll);
		const seen = await memoryOf(browser);
		return {
			openMs,
			openedMiB: opened.wholeMiB,
			// A cache up to a limit of the browser's own, which it gives back where memory is short.
			seenMiB: seen.wholeMiB - seen.cachedMiB,
			cachedMiB: seen.cachedMiB,
		};
	} finally {
		await browser.close();
	}
}

const firstPictures = `Promise.all([...document.querySelectorAll(".card img")].slice(0, 8).map((img) => img.decode()))
	.then(() => new Promise(requestAnimationFrame)).then(() => true)`;

const seeAll = `(async () => {
	for (let y = 0; y < document.body.scrollHeight; y += innerHeight) {
		scrollTo(0, y);
		await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 20)));
	}
	return document.querySelectorAll(".card").length;
})()`;

/** What the process of the page has of its own, and its share of what it has with others (proportional set size). */
async function memoryOf(browser) {
	const session = await browser.newBrowserCDPSession();
	const { processInfo } = await session.send("SystemInfo.getProcessInfo");
	const pids = processInfo.flatMap(({ type, id }) =>
		type === "renderer" ? [id] : [],
	);
	const sizes = await Promise.all(
		pids.map(async (pid) => {
			const text = await readFile(`/proc/${pid}/smaps_rollup`, "utf8");
			const sizeOf = (name) =>
				Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1]) / 1_024;
			return { wholeMiB: sizeOf("Pss"), cachedMiB: sizeOf("Pss_Shmem") };
		}),
	);
	return sizes.sort((a, b) => b.wholeMiB - a.wholeMiB)[0];
}
