import {
	mkdirSync,
	renameSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { expect, it, type TestContext } from "vitest";
import type { Content } from "../../src/gallery/content.ts";
import { noise } from "../cli/paint.ts";
import { createShell } from "../cli/shell.ts";
import { isMissing, openPage } from "./browser.ts";

/** A folder with one image that is watched, by a process of its own. */
async function watched(context: TestContext) {
	const shell = await createShell(context);
	const place = (name: string) => join(shell.cwd, name);
	mkdirSync(place("out/deep"), { recursive: true });
	writeFileSync(place("out/a b#.jpg"), await noise(40));
	writeFileSync(place("secret.jpg"), await noise(32));
	writeFileSync(place("out/notes.txt"), "private");
	symlinkSync(place("out/notes.txt"), place("out/link.jpg"));
	const running = shell.start(["gallery", "out", "--watch"]);
	const url = await running.printed(/^(http:\S+)\n/);
	const put = async (name: string, pixels: number) => {
		writeFileSync(place(".part"), await noise(pixels));
		renameSync(place(".part"), place(name));
	};
	const content = async () =>
		(await (await fetch(`${url}content.json`)).json()) as Content;
	return { shell, running, url, put, place, content };
}

function ask(url: string, path: string, headers = {}, method = "GET") {
	return new Promise<number | undefined>((resolve, reject) => {
		const { hostname, port } = new URL(url);
		request({ hostname, port, path, method, headers }, (response) => {
			response.resume();
			resolve(response.statusCode);
		})
			.on("error", reject)
			.end();
	});
}

it("serves the images of the folder to this machine and nothing else, and writes nothing", async (context) => {
	const { shell, running, url, content } = await watched(context);
	const { images } = await content();
	expect(images).toMatchObject([
		{ file: "a b#.jpg" },
		{ file: "link.jpg", damage: expect.stringContaining("not an image") },
	]);
	const { src = "", thumb = "" } = images[0] ?? {};
	for (const path of ["/", src, thumb]) expect(await ask(url, path)).toBe(200);
	const full = await fetch(new URL(src, url));
	expect(full.headers.get("content-type")).toBe("image/jpeg");
	expect(Buffer.from(await full.arrayBuffer())).toEqual(await noise(40));
	for (const path of [
		...[
			"/notes.txt",
			"/images/notes.txt",
			"/images/link.jpg",
			images[1]?.src ?? "",
		],
		...["/images/", "/images/../../secret.jpg", "/images/..%2fsecret.jpg"],
		...[`//${src}`, "/thumbs/", "/%00", "/index.html"],
	])
		expect([path, await ask(url, path)]).toEqual([path, 404]);
	expect(await ask(url, "/", { host: "evil.test" })).toBe(403);
	expect(await ask(url, "/", {}, "POST")).toBe(405);
	running.kill("SIGINT");
	const { code, stderr } = await running.ended;
	expect({ code, stderr }).toMatchObject({
		code: 0,
		stderr: expect.stringMatching(
			/^2 images, 1 of them broken, .*Ctrl-C ends\n$/,
		),
	});
	expect(shell.files().filter((name) => /index|thumbs/.test(name))).toEqual([]);
});

it.skipIf(isMissing)(
	`shows in an open page what comes and goes${isMissing ? ` (left out: ${isMissing})` : ""}`,
	async (context) => {
		const { url, put, place } = await watched(context);
		const page = await openPage(url, { mayAsk: url });
		const files = () => page.locator(".card .file").allTextContents();
		await expect.poll(files).toEqual(["a b#.jpg", "link.jpg"]);
		await page.locator('.card [data-do="star"]').first().click();
		await put("out/deep/new.jpg", 64);
		await expect.poll(files).toEqual(["a b#.jpg", "deep/new.jpg", "link.jpg"]);
		const fresh = page.locator(".card img").nth(1);
		await expect
			.poll(() =>
				fresh.evaluate((img: { naturalWidth: number }) => img.naturalWidth),
			)
			.toBe(64);
		expect(
			await page.locator('.card [data-do="star"]').first().textContent(),
		).toBe("★");
		rmSync(place("out/link.jpg"));
		await expect.poll(files).toEqual(["a b#.jpg", "deep/new.jpg"]);
	},
);
